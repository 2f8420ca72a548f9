import { scriptPrompt } from '@ai-sessions/scripted-model';
import { AgentSdkSession } from '../agent-sdk-session.ts';
import { alternate } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import { Installation } from '../installation.ts';
import { type Goal, type Measurement, atMostTimes } from '../measurement.ts';
import type { User } from '../user.ts';
import type { Viewer } from '../viewer.ts';
import { epochNow, inTime, pause } from '../waiting.ts';

/** Each is a command of a session of its own, and runs until the session ends. */
const HOGS = {
  processor: 'for n in 1 2 3 4; do (while :; do :; done) & done; wait',
  memory: `while :; do python3 -c 'x = [b"x" * (16 << 20) for _ in range(1000)]'; done 2>/dev/null`,
  processes: 'while :; do for n in $(seq 600); do sleep 1 & done; wait; done 2>/dev/null',
  disk: 'while :; do for n in 1 2 3 4 5 6 7 8; do head -c 64M /dev/zero > hog$n; done; rm -f hog*; done',
  output: 'while :; do yes "$(head -c 4000 /dev/zero | tr "\\0" x)" | head -c 200M; done',
};
/** A session's own limits as they are by default, but for memory: the machine of the bench need not have five times as much. */
const LIMITS = { memory_mb: 1024 };
const STARTS = 15;
const TURNS = 10;
/** Of a hog, before anything is measured beside it: by then it has been found out. What it costs before that is a line of its own. */
const SETTLE_MS = 6000;
const SAID = 'a sentence of the answer. '.repeat(20);
/** The turns of the neighbour: one that only says something, and one that runs a command before. */
const TURN = {
  talking: scriptPrompt([{ text: SAID }]),
  'with a command': scriptPrompt([{ tools: [{ name: 'Bash', input: { command: 'echo bench' } }] }, { text: SAID }]),
};
type Kind = keyof typeof TURN;
const LOG_LINE_MS = 2000;
const KINDS = ['talking', 'with a command'] as const satisfies readonly Kind[];
type Turns = Record<Kind, number[]>;

/**
 * What a session notices of others. Turns with and without a tool call, alone and beside sessions that use up whatever they can; the floor is
 * the quiet turn. And what the sandbox adds to the start of Claude Code: the runner's own time from being told to until Claude Code is up, with nothing
 * kept ready, against the bare process.
 */
export async function measureIsolation(bench: Bench): Promise<Measurement[]> {
  const { modelUrl, signal } = bench;
  const env = { AI_SESSIONS_WARM_POOL: '0', AI_SESSIONS_SANDBOX_LIMITS: JSON.stringify(LIMITS) };
  await using installation = await Installation.start({ modelUrl, runner: true, env, signal });
  return [...(await measureStarts(installation, bench)), ...(await measureNeighbours(installation.user, signal))];
}

async function measureStarts(installation: Installation, { modelUrl, signal }: Bench): Promise<Measurement[]> {
  const { user, runner } = installation;
  const output = (): string => runner?.output ?? '';
  const making: number[] = [];
  async function sandboxed(): Promise<number> {
    const from = output().length;
    const id = await user.createSession();
    using viewer = user.view(id);
    await viewer.arrival('session_status', signal, ({ payload }) => payload.status === 'running');
    const told = () => /"sandboxMs":(\d+),"readyMs":(\d+)/.exec(output().slice(from));
    // The viewer may hear of it before the line of the log is here.
    for (let waitedMs = 0; told() === null && waitedMs < LOG_LINE_MS; waitedMs += 20) await pause(20, signal);
    const [, sandboxMs, readyMs] = told() ?? [];
    const ended = viewer.arrival('session_end', signal);
    await user.endSession(id);
    await ended;
    await pause(400, signal);
    if (readyMs === undefined) throw new Error('the runner does not tell when Claude Code was up');
    making.push(Number(sandboxMs));
    return Number(readyMs);
  }
  async function bare(): Promise<number> {
    const { session, readyMs } = await AgentSdkSession.start(modelUrl, signal);
    await session[Symbol.asyncDispose]();
    await pause(400, signal);
    return readyMs;
  }
  // The first round reads the program from the disk.
  await alternate(1, sandboxed, bare);
  making.length = 0;
  const samples = await alternate(STARTS, sandboxed, bare);
  const goal = { ...atMostTimes(samples.ours, samples.floor, 1.1), text: '≤ 1.1× bare process' };
  return [
    { name: 'start in a sandbox (floor: bare)', unit: 'ms', ...samples, goal },
    { name: 'of that making the sandbox', unit: 'ms', ours: making },
  ];
}

async function measureNeighbours(user: User, signal: AbortSignal): Promise<Measurement[]> {
  await using neighbour = await Neighbour.open(user, signal);
  await neighbour.turns(3);
  const quiet = await neighbour.turns(TURNS);
  const beside = (name: string, loud: Turns): Measurement[] =>
    KINDS.map((kind) => ({ name: `turn ${kind} beside ${name} (floor: quiet)`, unit: 'ms', ours: loud[kind], floor: quiet[kind] }));
  const lines: Measurement[] = [];
  for (const [name, command] of Object.entries(HOGS)) {
    await using hog = await Hog.open(user, command, signal);
    await pause(SETTLE_MS, signal);
    const loud = await neighbour.turns(TURNS / 2);
    lines.push(...beside(`a hog: ${name}${(await hog.alive()) ? '' : ', which had stopped'}`, loud));
  }
  await using all = new AsyncDisposableStack();
  const hogs: Hog[] = [];
  for (const command of Object.values(HOGS)) hogs.push(all.use(await Hog.open(user, command, signal)));
  const first = beside('all five, in their first seconds', await neighbour.turns(2));
  await pause(SETTLE_MS, signal);
  const turns = await neighbour.turns(TURNS);
  const left = (await Promise.all(hogs.map((hog) => hog.alive()))).filter(Boolean).length;
  const loud = beside(`all five${left === hogs.length ? '' : `, ${left} of them at work to the end`}`, turns);
  return [...lines, ...first, ...loud.map((line) => ({ ...line, goal: atMostTwice(line.ours, line.floor ?? []) }))];
}

function atMostTwice(loud: readonly number[], quiet: readonly number[]): Goal {
  return { ...atMostTimes(loud, quiet, 2), text: '≤ 2× quiet' };
}

class Neighbour implements AsyncDisposable {
  readonly #user: User;
  readonly #id: string;
  readonly #viewer: Viewer;
  readonly #signal: AbortSignal;

  private constructor(user: User, id: string, viewer: Viewer, signal: AbortSignal) {
    this.#user = user;
    this.#id = id;
    this.#viewer = viewer;
    this.#signal = signal;
  }

  static async open(user: User, signal: AbortSignal): Promise<Neighbour> {
    const id = await user.createSession({ allowed_tools: ['Bash'] });
    const viewer = user.view(id);
    await viewer.arrival('session_status', signal, ({ payload }) => payload.status === 'running');
    return new Neighbour(user, id, viewer, signal);
  }

  /** Milliseconds of so many turns of each kind, one after the other. */
  async turns(count: number): Promise<Turns> {
    const times: Turns = { talking: [], 'with a command': [] };
    for (let turn = 0; turn < count; turn++) for (const kind of KINDS) times[kind].push(await this.#turn(TURN[kind]));
    return times;
  }

  async #turn(text: string): Promise<number> {
    const ended = this.#viewer.arrival('result', this.#signal);
    const begun = epochNow();
    this.#viewer.send('prompt', { text });
    const took = (await ended) - begun;
    await pause(150, this.#signal);
    return took;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#viewer[Symbol.dispose]();
    await this.#user.endSession(this.#id);
  }
}

class Hog implements AsyncDisposable {
  readonly #user: User;
  readonly #id: string;
  readonly #signal: AbortSignal;

  private constructor(user: User, id: string, signal: AbortSignal) {
    this.#user = user;
    this.#id = id;
    this.#signal = signal;
  }

  /** One that is at work. */
  static async open(user: User, command: string, signal: AbortSignal): Promise<Hog> {
    const id = await user.createSession({ allowed_tools: ['Bash'] });
    using viewer = user.view(id);
    await viewer.arrival('session_status', signal, ({ payload }) => payload.status === 'running');
    const called = viewer.arrival('tool_use', signal);
    // One that is stopped at a limit, as the watchdog over the disk does, begins anew.
    const calls = Array.from({ length: 50 }, () => ({ tools: [{ name: 'Bash', input: { command, timeout: 600_000 } }] }));
    viewer.send('prompt', { text: scriptPrompt([...calls, { text: 'done' }]) });
    await inTime(called, 'the hog does not begin', signal);
    return new Hog(user, id, signal);
  }

  /** False if it has ended meanwhile, or just recovers from what it did to itself: what was measured beside it is worth less then. */
  async alive(): Promise<boolean> {
    const { session } = (await this.#user.call('GET', `/v1/sessions/${this.#id}`)) as { session: { activity: string | null } };
    this.#signal.throwIfAborted();
    return session.activity === 'working';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#user.endSession(this.#id);
  }
}
