import { type Attack, type AttackGroup, commandOf, type Verdict, verdictOf } from './attack.ts';
import { ending, planting, settings } from './attacks/settings.ts';
import { type Viewer, script, textOf } from '../harness/user.ts';
import { until } from '../harness/until.ts';
import type { World } from './world.ts';

export interface AttackResult {
  readonly group: string;
  readonly attack: Attack;
  readonly verdict: Verdict;
  readonly output: string | undefined;
}

const DESCRIPTION = 'red team: ';
const TURN_MS = 170_000;

/** Runs a group's attacks, each as a Bash call of the real Claude Code, in a session of their own. */
export async function runGroup(world: World, group: AttackGroup): Promise<AttackResult[]> {
  const asks = group === settings;
  const { user } = world.owner;
  const { id } = await user.createSession({ permission_mode: asks ? 'acceptEdits' : 'bypassPermissions', name: group.name });
  const viewer = await user.view(id);
  world.attackFrom({ id, viewer });
  const stopApproving = asks ? approveAll(viewer) : () => {};
  let turns = 0;
  try {
    if (asks) turns = await plant(world, viewer);
    const results: AttackResult[] = [];
    for (const attacks of group.oneByOne === true ? group.attacks.map((attack) => [attack]) : [group.attacks]) {
      const calls = attacks.map((attack) => ({ tools: [call(attack.id, commandOf(attack, world))] }));
      viewer.prompt(script(...calls, { text: 'attacked' }));
      await turnEnds(world, viewer, ++turns);
      for (const attack of attacks) {
        const output = outputOf(viewer, attack.id);
        results.push({ group: group.name, attack, output, verdict: await verdictOf(attack, world, output) });
      }
    }
    return results;
  } finally {
    stopApproving();
    viewer.close();
    await user.call('DELETE', `/v1/sessions/${id}`);
  }
}

/** Plants settings, has Claude Code start anew over them, and links CLAUDE.md to the host for the start after that. Gives the turns it took. */
async function plant(world: World, viewer: Viewer): Promise<number> {
  const link = `rm -f CLAUDE.md; ln -s '${world.host.file}' CLAUDE.md`;
  viewer.prompt(script({ tools: [call('planting', `cd /workspace; ${planting}\n${link}; echo planted`)] }, { text: 'planted' }));
  await turnEnds(world, viewer, 1);
  viewer.prompt(script({ tools: [call('ending', ending)] }, { text: 'ended' }));
  await viewer.frame('system', ({ payload }) => payload.subtype === 'recovered');
  await turnEnds(world, viewer, 2);
  return 2;
}

function call(attack: string, command: string) {
  return { name: 'Bash', input: { command, description: `${DESCRIPTION}${attack}`, timeout: 60_000 } };
}

function outputOf(viewer: Viewer, attack: string): string | undefined {
  const use = viewer.events.find(
    (event) => event.type === 'tool_use' && (event.payload.input as { description?: string }).description === `${DESCRIPTION}${attack}`,
  );
  const result = viewer.events.find(
    (event) => event.type === 'tool_result' && use?.type === 'tool_use' && event.payload.tool_use_id === use.payload.id,
  );
  if (result?.type !== 'tool_result') return undefined;
  const { content } = result.payload;
  return typeof content === 'string' ? content : content.map(textOf).join('\n');
}

async function turnEnds({ system }: World, viewer: Viewer, nth: number): Promise<void> {
  await until(
    () => viewer.events.filter(({ type }) => type === 'result').length >= nth,
    () => `the turn did not end: ${viewer.summary().slice(-3000)}\n${system.output.slice(-3000)}`,
    TURN_MS,
  );
}

/** Answers every question with yes, as a careless user does. */
function approveAll(viewer: Viewer): () => void {
  const answered = new Set<string>();
  const timer = setInterval(() => {
    for (const event of viewer.events) {
      if (event.type !== 'tool_approval_request' || answered.has(event.payload.tool_use_id)) continue;
      answered.add(event.payload.tool_use_id);
      viewer.send('tool_approval_response', { tool_use_id: event.payload.tool_use_id, approved: true });
    }
  }, 50);
  return () => clearInterval(timer);
}
