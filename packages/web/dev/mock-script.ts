import type { ContentBlock, Question } from '@ai-sessions/protocol';
import type { MockSession } from './mock-log.ts';

let ids = 0;
const newId = (prefix: string) => `${prefix}_${(ids++).toString(36).padStart(6, '0')}`;

/** Plays what a session would do. `pace` is the wait between two pieces of a stream in milliseconds; 0 writes history. */
export class MockPlayer {
  readonly #session: MockSession;
  readonly #pace: number;

  constructor(session: MockSession, pace: number) {
    this.#session = session;
    this.#pace = pace;
  }

  async say(kind: 'text' | 'thinking', text: string, parent?: string): Promise<void> {
    const message_id = newId('msg');
    if (this.#pace > 0) {
      for (let offset = 0; offset < text.length; offset += 12) {
        if (this.#session.interrupted) break;
        this.#session.tell('assistant_delta', { message_id, index: 0, offset, [kind]: text.slice(offset, offset + 12) }, parent);
        await pause(this.#pace);
      }
    }
    this.#assistant(message_id, { type: kind, [kind]: text }, parent);
  }

  async tool(
    name: string,
    input: object,
    output: string | ContentBlock[],
    options: { error?: boolean; ask?: string | true; parent?: string } = {},
  ): Promise<string> {
    const id = newId('toolu');
    const message = newId('msg');
    const json = JSON.stringify(input);
    if (this.#pace > 0) {
      this.#session.tell('assistant_delta', { message_id: message, index: 0, offset: 0, partial_json: json }, options.parent);
      await pause(this.#pace * 8);
    }
    this.#assistant(message, { type: 'tool_use', id, name, input }, options.parent);
    this.#session.add('tool_use', { id, name, input }, options.parent);
    if (options.ask !== undefined && !(await this.#asked(id, name, input, options.ask, options.parent))) return id;
    await pause(this.#pace * 20);
    this.#session.add('tool_result', { tool_use_id: id, content: output, is_error: options.error ?? false }, options.parent);
    return id;
  }

  async question(questions: Question[]): Promise<void> {
    const question_id = newId('qst');
    this.#session.add('tool_use', { id: newId('toolu'), name: 'AskUserQuestion', input: { questions } });
    this.#session.add('ask_user_question', { question_id, questions });
    this.#session.live.pending_questions = [{ question_id, questions }];
    this.#session.become('waiting');
    const answer = await new Promise<Record<string, unknown>>((resolve) => this.#session.answers.set(question_id, resolve));
    this.#session.live.pending_questions = [];
    const isInterrupted = answer.interrupted === true;
    this.#session.add('ask_user_question_resolved', {
      question_id,
      by: isInterrupted ? 'interrupted' : 'user',
      ...(isInterrupted ? {} : { answers: answer.answers as Record<string, string> }),
    });
    this.#session.become('working');
  }

  /** Leaves an approval open, as in a session that was left alone. */
  openApproval(name: string, input: object, pattern: string | undefined, parent?: string): void {
    void this.tool(name, input, 'done', { ask: pattern ?? true, ...(parent === undefined ? {} : { parent }) });
  }

  async #asked(id: string, tool_name: string, tool_input: object, ask: string | true, parent?: string): Promise<boolean> {
    const approval = { tool_use_id: id, tool_name, tool_input, ...(ask === true ? {} : { suggested_pattern: ask }) };
    this.#session.add('tool_approval_request', approval, parent);
    this.#session.live.pending_approvals = [
      ...this.#session.live.pending_approvals,
      parent === undefined ? approval : { ...approval, parent_tool_use_id: parent },
    ];
    this.#session.become('waiting');
    const answer = await new Promise<Record<string, unknown>>((resolve) => this.#session.answers.set(id, resolve));
    const approved = answer.approved === true;
    this.#session.live.pending_approvals = this.#session.live.pending_approvals.filter((open) => open.tool_use_id !== id);
    this.#session.add(
      'tool_approval_resolved',
      { tool_use_id: id, approved, by: answer.interrupted === true ? 'interrupted' : 'user' },
      parent,
    );
    this.#session.become('working');
    if (!approved)
      this.#session.add(
        'tool_result',
        { tool_use_id: id, content: typeof answer.message === 'string' ? answer.message : 'The user does not want this.', is_error: true },
        parent,
      );
    return approved;
  }

  #assistant(message_id: string, block: ContentBlock, parent?: string): void {
    this.#session.add('assistant', { message_id, model: 'claude-opus-5-5', content: [block] }, parent);
  }
}

/** One turn, from the prompt to its result. */
export async function playTurn(
  session: MockSession,
  text: string,
  pace: number,
  body: (player: MockPlayer) => Promise<void>,
  clientMsgId?: string,
): Promise<void> {
  const prompt_id = newId('pmt');
  session.add('prompt_status', { prompt_id, status: 'queued', text, ...(clientMsgId === undefined ? {} : { client_msg_id: clientMsgId }) });
  session.live.queue = [...session.live.queue, { prompt_id, status: 'queued', text }];
  const before = session.running;
  session.running = before.then(async () => {
    if (!session.live.queue.some((queued) => queued.prompt_id === prompt_id)) return;
    session.live.queue = session.live.queue.filter((queued) => queued.prompt_id !== prompt_id);
    session.interrupted = false;
    session.add('prompt_status', { prompt_id, status: 'started' });
    session.become('working');
    session.add('user', { prompt_id, content: [{ type: 'text', text }] });
    await body(new MockPlayer(session, pace));
    session.spend(1834, 412, 0.0231);
    const subtype = session.interrupted ? 'interrupted' : 'success';
    const figures = { num_turns: 3, input_tokens: 18_340, output_tokens: 1412, total_cost_usd: session.record.usage.total_cost_usd };
    session.add('result', {
      subtype,
      is_error: session.interrupted,
      success: !session.interrupted,
      result: '',
      summary: '',
      ...figures,
      prompt_id,
    });
    session.add('prompt_status', { prompt_id, status: 'completed' });
    if (session.record.status === 'running') session.become('idle');
  });
  await session.running;
}

/** What the mock answers to a prompt, by words in it. */
export async function answer(player: MockPlayer, text: string): Promise<void> {
  if (/question/i.test(text)) return askSomething(player);
  if (/agent/i.test(text)) return runAgent(player);
  if (/plan/i.test(text)) return proposePlan(player);
  if (/edit|fix/i.test(text)) return fixSomething(player);
  if (/approve|delete|run/i.test(text)) return runSomething(player);
  await player.say('thinking', 'The user wants an overview. I should look at what is there first, then say what matters.');
  await player.say('text', markdownSample);
}

async function askSomething(player: MockPlayer): Promise<void> {
  await player.say('text', 'Before I go on I need to know two things.');
  await player.question([
    {
      question: 'Which log source should I search first?',
      header: 'Source',
      options: [
        { label: 'EDR events', description: 'Process and network events of the sensor, the last 7 days' },
        { label: 'Firewall', description: 'Connections only, 30 days' },
      ],
      multi_select: false,
    },
    {
      question: 'What should the report contain?',
      header: 'Report',
      options: [
        { label: 'Timeline', description: 'What happened when' },
        { label: 'Indicators', description: 'Hashes, addresses, paths' },
        { label: 'Recommendations', description: '' },
      ],
      multi_select: true,
    },
  ]);
  await player.say('text', 'Thank you. I start with that.');
}

async function runAgent(player: MockPlayer): Promise<void> {
  await player.say('text', 'I have that looked at by a subagent.');
  const agent = await player.tool(
    'Agent',
    {
      description: 'Look through the auth logs',
      subagent_type: 'log-analyst',
      prompt: 'Look through /workspace/logs/auth.log for failed logins and group them by source.',
    },
    'Three sources with more than 100 failed logins each; one of them succeeded at 03:12.',
  );
  await player.say('text', 'Looking at the file sizes first.', agent);
  await player.tool('Bash', { command: 'wc -l /workspace/logs/*.log' }, '  10412 auth.log\n   2231 sudo.log', { parent: agent });
  await player.tool('Grep', { pattern: 'Failed password', path: '/workspace/logs' }, '…\n(10,003 matches)', { parent: agent });
  await player.say(
    'text',
    'The subagent found **three sources** with more than 100 failed logins each. One of them, `45.33.32.156`, got in at 03:12.',
  );
}

async function proposePlan(player: MockPlayer): Promise<void> {
  const plan =
    '## Contain the host\n\n1. Isolate the sensor from the network\n2. Collect memory and the suspicious binary\n3. Remove the persistence keys\n\nNothing is deleted before the collection is verified.';
  await player.tool('ExitPlanMode', { plan }, 'User has approved your plan.', { ask: true });
  await player.say('text', 'I begin with the isolation.');
}

async function fixSomething(player: MockPlayer): Promise<void> {
  await player.tool(
    'Read',
    { file_path: '/workspace/detect/rules.py' },
    '     1\timport re\n     2\t\n     3\tSUSPICIOUS = re.compile(r"powershell .*-enc")\n     4\t\n     5\tdef matches(line):\n     6\t    return SUSPICIOUS.match(line)\n',
  );
  await player.tool(
    'Edit',
    {
      file_path: '/workspace/detect/rules.py',
      old_string: 'SUSPICIOUS = re.compile(r"powershell .*-enc")\n\ndef matches(line):\n    return SUSPICIOUS.match(line)',
      new_string:
        'SUSPICIOUS = re.compile(r"powershell(\\.exe)? .*-e(nc(odedcommand)?)?\\b", re.I)\n\ndef matches(line):\n    """True where a command line hides what it runs."""\n    return SUSPICIOUS.search(line) is not None',
    },
    'The file /workspace/detect/rules.py has been updated.',
  );
  await player.tool(
    'TodoWrite',
    {
      todos: [
        { content: 'Fix the pattern', status: 'completed' },
        { content: 'Add a test', status: 'in_progress', activeForm: 'Adding a test' },
        { content: 'Run all tests', status: 'pending' },
      ],
    },
    'Todos have been modified.',
  );
  await player.tool(
    'Write',
    {
      file_path: '/workspace/detect/test_rules.py',
      content: 'from rules import matches\n\n\ndef test_short_flag():\n    assert matches("powershell.exe -e aQBlAHgA")\n',
    },
    'File created.',
  );
  await player.tool(
    'Bash',
    { command: 'cd /workspace/detect && python3 -m pytest -q', description: 'Run the tests' },
    '.                                                                        [100%]\n1 passed in 0.02s',
  );
  await player.say(
    'text',
    'The pattern only matched at the **beginning** of the line and only in lower case. Both are mended, with a test.',
  );
}

async function runSomething(player: MockPlayer): Promise<void> {
  await player.say('text', 'I would list what the host has open.');
  await player.tool(
    'Bash',
    {
      command: 'curl -fsS https://intel.example.com/v1/ip/45.33.32.156 | jq .verdict',
      description: 'Ask the threat intelligence service about the address',
    },
    '"malicious"',
    { ask: 'Bash(curl:*)' },
  );
  await player.say('text', 'The service says: **malicious**, known for command and control.');
}

export function pause(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

export const markdownSample = `## What I found

The host ran **update.exe** from a temporary directory at 09:41 UTC. Three things stand out:

1. The binary is *unsigned* and was written by \`outlook.exe\`
2. It connected to \`45.33.32.156:443\` every 60 seconds
3. A new value under \`HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\`

| Time (UTC) | Process | What |
|---|---|---|
| 09:41:07 | outlook.exe | writes update.exe |
| 09:41:09 | update.exe | first connection |
| 09:42:00 | update.exe | sets the Run value |

\`\`\`python
def is_beacon(times: list[float], tolerance: float = 2.0) -> bool:
    """True where the gaps between connections are nearly the same."""
    gaps = [b - a for a, b in zip(times, times[1:])]
    return max(gaps) - min(gaps) <= tolerance
\`\`\`

> The interval is steady within 1.4 s, which is typical of a beacon.

See the [report format](https://example.com/reports) for how I would write this up. Next I would:

- [x] collect the binary
- [ ] isolate the host
- [ ] look for the same hash elsewhere
`;
