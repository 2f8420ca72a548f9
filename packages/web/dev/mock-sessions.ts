import type { Session } from '@ai-sessions/protocol';
import { MockSession } from './mock-log.ts';
import { answer, type MockPlayer, markdownSample, playTurn } from './mock-script.ts';

const minutes = (count: number) => new Date(Date.now() - count * 60_000).toISOString();

export function newRecord(id: string, change: Partial<Session> = {}): Session {
  return {
    id,
    name: 'Session',
    status: 'running',
    activity: 'idle',
    termination_reason: null,
    error_message: null,
    exit_code: null,
    profile_id: 'prf_default',
    allowed_tools: ['Read'],
    denied_tools: [],
    permission_mode: 'acceptEdits',
    model: 'opus',
    max_turns: null,
    max_budget_usd: null,
    mcp_server_names: [],
    mcp_servers: [],
    network: null,
    created_at: new Date().toISOString(),
    started_at: new Date().toISOString(),
    terminated_at: null,
    active_seconds: 0,
    hibernated_seconds: 0,
    last_seq: 0,
    ...change,
    usage: {
      input_tokens: 0,
      output_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      total_cost_usd: 0,
      ...change.usage,
    },
  };
}

const topics = ['Phishing mail', 'Beacon', 'Failed logins', 'Rule review', 'Memory image', 'Weekly report'];

/** Records of sessions that ended hours and years ago. */
export function oldRecords(count: number): Session[] {
  return Array.from({ length: count }, (_, index) =>
    newRecord(`ses_old${index}`, {
      name: `${topics[index % topics.length]} ${count - index}`,
      status: index % 23 === 5 ? 'failed' : 'terminated',
      activity: null,
      termination_reason: index % 23 === 5 ? 'process_crashed' : index % 3 === 0 ? 'timeout' : 'user_requested',
      created_at: minutes(3000 + index * 47),
      usage: used((index % 70) / 10),
    }),
  );
}

const used = (usd: number) => ({
  input_tokens: 182_400,
  output_tokens: 20_312,
  cache_read_input_tokens: 1_204_000,
  cache_creation_input_tokens: 60_100,
  total_cost_usd: usd,
});

/** Sessions in every state there is, with something in them. */
export async function seedSessions(): Promise<MockSession[]> {
  const make = (id: string, change: Partial<Session>) => new MockSession(newRecord(id, change));
  const main = make('ses_main', {
    name: 'Phishing on FIN-LAPTOP-7',
    created_at: minutes(34),
    max_budget_usd: 5,
    usage: used(3.42),
    mcp_server_names: ['limacharlie'],
    mcp_servers: [{ name: 'limacharlie', status: 'connected', error: null }],
  });
  const waiting = make('ses_waiting', {
    name: 'Block the C2 address at the edge',
    created_at: minutes(61),
    usage: used(0.84),
    permission_mode: 'plan',
  });
  const asking = make('ses_asking', { name: 'Weekly detection report', created_at: minutes(12), usage: used(0.11) });
  const working = make('ses_working', {
    name: 'Rewrite the Sysmon parser',
    activity: 'working',
    created_at: minutes(7),
    max_budget_usd: 1,
    usage: used(0.93),
  });
  const asleep = make('ses_asleep', {
    name: 'Triage of last night’s alerts',
    activity: 'hibernated',
    created_at: minutes(600),
    usage: used(1.2),
    profile_id: 'prf_full',
    permission_mode: 'bypassPermissions',
  });
  const starting = make('ses_starting', {
    name: 'Compare two memory images',
    status: 'pending',
    activity: null,
    started_at: null,
    created_at: minutes(0),
  });
  const empty = make('ses_empty', { name: 'Scratch', created_at: minutes(2) });
  const large = make('ses_large', { name: 'Long investigation (20,000 events)', created_at: minutes(3000), usage: used(48.1) });
  const ended = make('ses_ended', { name: 'Explain the D&R rule syntax', created_at: minutes(1500), usage: used(0.2) });
  const failed = make('ses_failed', { name: 'Unpack the sample', created_at: minutes(2900), usage: used(0.02) });

  for (const text of [
    'What happened on FIN-LAPTOP-7?',
    'Fix the detection rule for encoded PowerShell',
    'Let an agent look through the auth logs',
  ]) {
    await playTurn(main, text, 0, (player) => answer(player, text));
  }
  await playTurn(main, 'Search the proxy logs for the same address', 0, failingTurn);
  for (const session of [ended, failed])
    await playTurn(session, 'Explain it', 0, (player) =>
      player.say('text', 'A rule has two parts: what it *detects* and how it *responds*.'),
    );
  ended.end('terminated', 'user_requested');
  failed.end(
    'failed',
    'process_crashed',
    'Claude Code died 4 times within 5 minutes; the last time it was killed for using more than 2048 MB of memory.',
  );
  fill(large);
  void playTurn(waiting, 'Run the check against the intelligence service', 0, (player) => answer(player, 'approve'));
  void playTurn(asking, 'I have a question about the report', 0, (player) => answer(player, 'question'));
  return [main, waiting, asking, working, asleep, starting, empty, large, ended, failed];
}

async function failingTurn(player: MockPlayer): Promise<void> {
  await player.tool(
    'Grep',
    { pattern: '45\\.33\\.32\\.156', path: '/workspace/proxy' },
    'ripgrep: /workspace/proxy: No such file or directory',
    { error: true },
  );
  await player.tool(
    'mcp__limacharlie__search_events',
    { query: 'net.dst == 45.33.32.156', limit: 50 },
    '[{"sensor":"FIN-LAPTOP-7","count":412},{"sensor":"HR-DESK-2","count":3}]',
  );
  await player.say(
    'text',
    'There are no proxy logs in the workspace, but the sensors show **two hosts**: FIN-LAPTOP-7 with 412 connections and HR-DESK-2 with 3.',
  );
}

function fill(session: MockSession): void {
  for (let turn = 0; session.events.length < 20_000; turn++) {
    const prompt_id = `pmt_l${turn}`;
    session.add('prompt_status', { prompt_id, status: 'queued', text: `Look at host number ${turn}` });
    session.add('prompt_status', { prompt_id, status: 'started' });
    session.add('user', { prompt_id, content: [{ type: 'text', text: `Look at host number ${turn}` }] });
    for (let call = 0; call < 5; call++) {
      const id = `toolu_l${turn}_${call}`;
      const input = { command: `grep -c host-${turn} /workspace/logs/part-${call}.log` };
      session.add('assistant', {
        message_id: `msg_l${turn}_${call}`,
        model: 'claude-opus-5-5',
        content: [{ type: 'tool_use', id, name: 'Bash', input }],
      });
      session.add('tool_use', { id, name: 'Bash', input });
      session.add('tool_result', { tool_use_id: id, content: String(call * turn), is_error: false });
    }
    const text = turn % 10 === 0 ? markdownSample : `Host **${turn}** shows nothing unusual in ${turn * 5} lines.`;
    session.add('assistant', { message_id: `msg_l${turn}`, model: 'claude-opus-5-5', content: [{ type: 'text', text }] });
    const figures = { num_turns: 6, input_tokens: 8000, output_tokens: 300, total_cost_usd: turn * 0.05 };
    session.add('result', { subtype: 'success', is_error: false, success: true, result: text, summary: text, ...figures, prompt_id });
    session.add('prompt_status', { prompt_id, status: 'completed' });
  }
}
