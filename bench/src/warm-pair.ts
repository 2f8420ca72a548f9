import { scriptPrompt } from '@ai-sessions/scripted-model';
import { AgentSdkSession } from './agent-sdk-session.ts';
import type { Bench } from './bench.ts';
import type { Viewer } from './viewer.ts';
import { epochNow, pause } from './waiting.ts';

const warmUps = 3;
/** Long enough for Claude Code to have nothing left to do for the turn before. */
const restMs = 60;

/** A session of ours and one of the Agent SDK, both idle after a few turns. */
export interface WarmPair extends AsyncDisposable {
  readonly viewer: Viewer;
  readonly sdk: AgentSdkSession;
  /** Runs a turn to its end; gives what `until` gave and the milliseconds of the whole turn. */
  ourTurn<Result>(text: string, until: () => Promise<Result>): Promise<Turn<Result>>;
  sdkTurn<Result>(text: string, until: () => Promise<Result>): Promise<Turn<Result>>;
}

interface Turn<Result> {
  readonly result: Result;
  /** When the prompt was sent, epoch ms. */
  readonly sentAt: number;
  readonly durationMs: number;
}

export async function warmPair(bench: Bench): Promise<WarmPair> {
  await using parts = new AsyncDisposableStack();
  const { modelUrl, signal } = bench;
  const { user } = await bench.installation();
  const id = parts.adopt(await user.createSession({ allowed_tools: ['Bash'] }), (created) => user.endSession(created));
  const viewer = parts.use(user.view(id));
  await viewer.arrival('session_status', signal, ({ payload }) => payload.status === 'running');
  const sdk = parts.use((await AgentSdkSession.start(modelUrl, signal)).session);

  async function ourTurn<Result>(text: string, until: () => Promise<Result>): Promise<Turn<Result>> {
    const wanted = until();
    const idle = viewer.arrival('session_status', signal, ({ payload }) => payload.activity === 'idle' && payload.queue.length === 0);
    const ended = viewer.arrival('result', signal);
    const sentAt = epochNow();
    viewer.send('prompt', { text });
    const [result, endedAt] = await Promise.all([wanted, ended, idle]);
    await pause(restMs, signal);
    return { result, sentAt, durationMs: endedAt - sentAt };
  }

  async function sdkTurn<Result>(text: string, until: () => Promise<Result>): Promise<Turn<Result>> {
    const wanted = until();
    const ended = sdk.arrival('result', signal, (message) => message.type === 'result');
    const sentAt = epochNow();
    sdk.prompt(text);
    const [result, endedAt] = await Promise.all([wanted, ended]);
    await pause(restMs, signal);
    return { result, sentAt, durationMs: endedAt - sentAt };
  }

  for (let turn = 0; turn < warmUps; turn++) {
    const prompt = scriptPrompt([{ text: `Warm ${turn}.` }]);
    await ourTurn(prompt, () => Promise.resolve());
    await sdkTurn(prompt, () => Promise.resolve());
  }
  const owned = parts.move();
  return { viewer, sdk, ourTurn, sdkTurn, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
