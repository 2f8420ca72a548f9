import { scriptPrompt } from '@ai-sessions/scripted-model';
import { AgentSdkSession, textDelta } from '../agent-sdk-session.ts';
import { alternate } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import { type Measurement, atMostTimes, tailAtMostTimes } from '../measurement.ts';
import { epochNow, pause } from '../waiting.ts';

const rounds = 12;
const coldRounds = 5;
const answerRounds = 6;
/** Until the processes of the round before are gone. */
const restMs = 400;
/** Read by Claude Code at its start, so that no spare can serve the session. */
const cold = { environment: { MCP_TOOL_TIMEOUT: '60000' } };
const prompt = scriptPrompt([{ text: 'Hello.' }]);

/**
 * From `POST /v1/sessions` until a WebSocket sees the session `running`, in its sandbox and able to take a prompt, with a
 * spare Claude Code and without; against `query()` until `initializationResult()`, without a sandbox. And a session that is
 * created with a prompt until the first delta of its answer. The first round warms the disk cache and does not count.
 */
export async function measureReady(bench: Bench): Promise<Measurement[]> {
  const { signal } = bench;
  await alternate(
    1,
    () => ours(bench),
    () => sdk(bench),
  );
  const samples = await alternate(
    bench.rounds(rounds),
    () => ours(bench),
    () => sdk(bench),
  );
  const unaided = await alternate(
    bench.rounds(coldRounds),
    () => ours(bench, cold),
    () => sdk(bench),
  );
  const answers = await alternate(
    bench.rounds(answerRounds),
    () => ourAnswer(bench),
    () => sdkAnswer(bench),
  );
  await pause(restMs, signal);
  return [
    { name: 'create → ready', unit: 'ms', ...samples, goal: atMostTimes(samples.ours, samples.floor, 0.1) },
    { name: 'create → ready, the slow ones', unit: 'ms', ...samples, goal: tailAtMostTimes(samples.ours, samples.floor, 0.25) },
    { name: 'create → ready without a spare', unit: 'ms', ...unaided },
    { name: 'create with a prompt → first delta', unit: 'ms', ...answers },
  ];
}

async function ours({ installation, signal }: Bench, settings: Readonly<Record<string, unknown>> = {}): Promise<number> {
  const { user, rested } = await readied(installation, signal);
  const begun = epochNow();
  const id = await user.createSession(settings);
  using viewer = user.view(id);
  const ready = await viewer.arrival('session_status', signal, ({ payload }) => payload.status === 'running');
  const ended = viewer.arrival('session_end', signal);
  await user.endSession(id);
  await ended;
  await rested();
  return ready - begun;
}

async function ourAnswer({ installation, signal }: Bench): Promise<number> {
  const { user, rested } = await readied(installation, signal);
  const begun = epochNow();
  const id = await user.createSession({ initial_prompt: prompt });
  using viewer = user.view(id);
  const first = await viewer.arrival('assistant_delta', signal);
  await user.endSession(id);
  await rested();
  return first - begun;
}

/** The starting of spares must disturb neither side. */
async function readied(installation: Bench['installation'], signal: AbortSignal) {
  const whole = await installation();
  const rested = async (): Promise<void> => {
    await whole.rested(signal);
    await pause(restMs, signal);
  };
  await rested();
  return { user: whole.user, rested };
}

async function sdk({ modelUrl, signal }: Bench): Promise<number> {
  const { session, readyMs } = await AgentSdkSession.start(modelUrl, signal);
  await session[Symbol.asyncDispose]();
  await pause(restMs, signal);
  return readyMs;
}

async function sdkAnswer({ modelUrl, signal }: Bench): Promise<number> {
  const begun = epochNow();
  const { session } = await AgentSdkSession.start(modelUrl, signal);
  const arrived = session.arrival('text', signal, (message) => textDelta(message) !== undefined);
  session.prompt(prompt);
  const first = await arrived;
  await session[Symbol.asyncDispose]();
  await pause(restMs, signal);
  return first - begun;
}
