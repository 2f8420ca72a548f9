import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { createClient } from './client.ts';
import { applyItem } from './conversation.ts';
import { type Conversation, emptyConversation, rootThread, threadOf } from './conversation-state.ts';
import { ModelServer } from './model-server.fixture.ts';
import { openSession, type SessionStream } from './open-session.ts';
import type { Connection } from './session-item.ts';

const timing = { heartbeatMs: 4, silenceMs: 6, pokeMs: 5, connectMs: 30, backoffMs: 1, backoffMaxMs: 3, steadyMs: 0 };

/** What the person at the client has done: what the server must know of in the end. */
interface Model {
  readonly sent: string[];
  readonly answered: Map<string, boolean>;
  asks: number;
  ended: boolean;
}

/** The client as its app has it, and the server. */
class Real {
  readonly server = new ModelServer();
  readonly stream: SessionStream;
  readonly seqs: number[] = [];
  readonly connections: Connection[] = [];
  state: Conversation = emptyConversation;
  readonly finished: Promise<void>;

  constructor() {
    const reply = () => Promise.resolve(new Response('{"session":{}}', { status: 200 }));
    const client = createClient({ baseUrl: 'http://model', token: () => 't', fetch: reply, WebSocket: this.server.WebSocket });
    let ids = 0;
    this.stream = openSession(client, 'ses_test', { deltas: true, timing, random: () => 0, newMessageId: () => `c${ids++}` });
    this.finished = this.#read();
  }

  async #read(): Promise<void> {
    for await (const item of this.stream) {
      this.state = applyItem(this.state, item);
      if (item.type === 'event') this.seqs.push(item.event.seq);
      if (item.type === 'connection') this.connections.push(item.connection);
    }
  }

  /** What holds at any time, whatever has happened. */
  check(): void {
    expect(this.seqs).toEqual(this.server.log.events.slice(0, this.seqs.length).map(({ seq }) => seq));
    expect(this.connections.every((next, index) => index === 0 || mayFollow(this.connections[index - 1]?.state, next.state))).toBe(true);
    const shown = [...threadOf(this.state, rootThread)].flatMap((entry) => (entry.kind === 'text' ? [entry.text] : []));
    const written = this.server.log.events.flatMap((event) => (event.type === 'assistant' ? [event.payload.content[0]?.['text']] : []));
    expect(shown).toEqual(written.slice(0, shown.length));
  }

  /** Waits until the client has all that there is. */
  async level(): Promise<void> {
    for (const socket of this.server.connections) socket.release();
    const { events } = this.server.log;
    await expect.poll(() => this.seqs.length, { timeout: 5000, interval: 2 }).toBe(events.length);
  }
}

const after: Readonly<Record<Connection['state'], readonly Connection['state'][]>> = {
  connecting: ['replaying', 'reconnecting', 'ended'],
  replaying: ['live', 'reconnecting', 'ended'],
  live: ['reconnecting', 'ended'],
  reconnecting: ['replaying', 'reconnecting', 'ended'],
  ended: [],
};
const mayFollow = (before: Connection['state'] | undefined, next: Connection['state']) =>
  before !== undefined && after[before].includes(next);

type Act = (real: Real, model: Model) => void | Promise<void>;

class Step implements fc.AsyncCommand<Model, Real> {
  readonly #name: string;
  readonly #act: Act;

  constructor(name: string, act: Act) {
    this.#name = name;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.#act(real, model);
    // Frames take a turn of the event loop each: some of what was begun gets through before the next step.
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    real.check();
  }

  toString(): string {
    return this.#name;
  }
}

const step = (name: string, act: Act) => fc.constant(new Step(name, act));
const some = ({ server }: Real, nth: number) => [...server.connections][nth % Math.max(1, server.connections.size)];

const steps = [
  step('the server records', ({ server }) => server.record('system', { subtype: 'note', message: 'x' })),
  fc.string({ minLength: 1, maxLength: 5 }).map((text) => new Step(`Claude writes ${text}`, ({ server }) => server.write(text))),
  step('a block is whole', ({ server }) => server.finish()),
  step('an approval is asked', ({ server }, model) => server.ask(`t${model.asks++}`)),
  fc.boolean().map(
    (approved) =>
      new Step(`it is answered ${approved}`, ({ stream, state }, { answered, ended }) => {
        const open = state.openApprovals.find(({ tool_use_id }) => !answered.has(tool_use_id));
        if (open === undefined || ended) return;
        answered.set(open.tool_use_id, approved);
        stream.respondApproval({ tool_use_id: open.tool_use_id, approved });
      }),
  ),
  step('a prompt is sent', ({ stream }, { sent }) => {
    if (stream.connection.state !== 'ended') sent.push(stream.send(`prompt ${sent.length}`));
  }),
  step('a connection is cut', (real) => some(real, 0)?.end(1006)),
  step('the server closes with 4500', (real) => some(real, 0)?.end(4500)),
  step('a connection goes silent', (real) => some(real, 0)?.freeze()),
  step('a connection is held up', (real) => some(real, 0)?.hold()),
  step('it is released', (real) => some(real, 0)?.release()),
  step('the server doubles', ({ server }) => void (server.copies = 2)),
  step('it no longer does', ({ server }) => void (server.copies = 1)),
  step('the server skips an event', ({ server }) => void (server.skips = 1)),
  fc.integer({ min: 1, max: 3 }).map((times) => new Step(`the server refuses ${times}`, ({ server }) => void (server.refusals = times))),
  step('the server restarts and forgets the block in flight', ({ server }) => server.restart()),
  step('the runner tells it anew', ({ server }) => server.tellBlock()),
  step('the network may have changed', ({ stream }) => stream.poke()),
  step('time passes', () => new Promise((resolve) => setTimeout(resolve, 3))),
];

let running: Real | undefined;
afterEach(async () => {
  running?.stream.close();
  await running?.finished;
});

test('whatever happens between them, the client has what the server has, and the server has what was sent', async () => {
  const property = fc.asyncProperty(fc.commands(steps, { maxCommands: 60 }), fc.boolean(), async (commands, ends) => {
    const real = new Real();
    running = real;
    const model: Model = { sent: [], answered: new Map(), asks: 0, ended: false };
    await fc.asyncModelRun(() => ({ model, real }), commands);
    const { server, stream } = real;
    server.copies = 1;
    server.refusals = 0;
    server.skips = 0;
    server.tellBlock();
    // Once nothing goes wrong any more everything arrives: one more event shows a hole that nothing followed.
    server.record('system', { subtype: 'note', message: 'calm' });
    const open = [...model.answered.keys()];
    await expect
      .poll(
        () => {
          for (const socket of server.connections) socket.release();
          return model.sent.every((id) => server.arrived.includes(id)) && open.every((id) => server.resolved.has(id));
        },
        { timeout: 5000, interval: 2 },
      )
      .toBe(true);
    server.finish();
    if (ends) server.endSession();
    await real.level();
    real.check();
    expect(real.state.inFlight).toEqual([]);
    const queued = server.log.events.flatMap((event) => (event.type === 'prompt_status' ? [event.payload.client_msg_id] : []));
    expect(queued).toHaveLength(model.sent.length);
    expect(new Set(queued)).toEqual(new Set(model.sent));
    expect([...model.answered].every(([id, approved]) => server.resolved.get(id) === approved)).toBe(true);
    if (ends) {
      await real.finished;
      expect(stream.connection).toMatchObject({ state: 'ended', reason: 'session_ended' });
    } else await expect.poll(() => stream.connection.state, { timeout: 5000, interval: 2 }).toBe('live');
    stream.close();
    await real.finished;
  });
  await fc.assert(property, { numRuns: 150 });
}, 120_000);
