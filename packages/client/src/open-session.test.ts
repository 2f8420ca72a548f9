import type { DurableEvent, EventPayload } from '@ai-sessions/protocol';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ApiCallError } from './api-call-error.ts';
import { createClient, type TokenSource } from './client.ts';
import { openSession, type OpenSessionOptions, type SessionStream } from './open-session.ts';
import type { Connection, SessionItem } from './session-item.ts';
import { success } from './session-log.fixture.ts';
import { SessionServer, testSession } from './session-server.fixture.ts';

const timing = { heartbeatMs: 40, silenceMs: 60, pokeMs: 30, connectMs: 2000, backoffMs: 2, backoffMaxMs: 20, steadyMs: 0 };
const note = (text: string): ['user', EventPayload<'user'>] => ['user', { content: [{ type: 'text', text }] }];

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]();
});

async function start(events = 0): Promise<{ server: SessionServer; open: (options?: Partial<Setup>) => Reader }> {
  const server = new SessionServer();
  opened.push(server);
  for (let n = 1; n <= events; n++) server.log.add(...note(`event ${n}`));
  const baseUrl = await server.listen();
  const open = ({ token = () => 'token-1', ...options }: Partial<Setup> = {}) => {
    const client = createClient({ baseUrl, token });
    const stream = openSession(client, testSession, { timing, deltas: true, random: () => 0, ...options });
    opened.push(stream);
    return new Reader(stream);
  };
  return { server, open };
}

interface Setup extends OpenSessionOptions {
  readonly token: TokenSource;
}

/** Reads a stream to its end, keeping what came. */
class Reader {
  readonly stream: SessionStream;
  readonly items: SessionItem[] = [];
  readonly finished: Promise<void>;
  #checks = new Set<() => void>();

  constructor(stream: SessionStream) {
    this.stream = stream;
    this.finished = this.#read();
  }

  async #read(): Promise<void> {
    for await (const item of this.stream) {
      this.items.push(item);
      for (const check of this.#checks) check();
    }
  }

  get events(): DurableEvent[] {
    return this.items.flatMap((item) => (item.type === 'event' ? [item.event] : []));
  }

  get seqs(): number[] {
    return this.events.map((event) => event.seq);
  }

  get connections(): Connection[] {
    return this.items.flatMap((item) => (item.type === 'connection' ? [item.connection] : []));
  }

  get reasons(): string[] {
    return this.connections.flatMap((connection) => (connection.state === 'reconnecting' ? [connection.reason] : []));
  }

  /** Waits until what was read satisfies `condition`; the test's own time limit bounds it. */
  until(condition: (reader: Reader) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (!condition(this)) return;
      this.#checks.delete(check);
      resolve();
    };
    this.#checks.add(check);
    check();
    return promise;
  }

  live(times = 1): Promise<void> {
    return this.until((reader) => reader.connections.filter((connection) => connection.state === 'live').length >= times);
  }
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('reading', () => {
  test('replays the log, says that it is live, and goes on', async () => {
    const { server, open } = await start(30);
    const reader = open();
    await reader.live();
    server.record(...note('new'));
    await reader.until(({ seqs }) => seqs.length === 31);
    expect(reader.seqs).toEqual(upTo(31));
    expect(reader.connections.map((connection) => connection.state)).toEqual(['connecting', 'replaying', 'live']);
  });

  test('begins after the event it is told', async () => {
    const { open } = await start(30);
    const reader = open({ afterSeq: 28 });
    await reader.live();
    expect(reader.seqs).toEqual([29, 30]);
  });

  test('takes what a newer server may send', async () => {
    const { server, open } = await start();
    server.script = (viewer) => {
      const [type, payload] = note('known');
      const envelope = { timestamp: '2027', session_id: testSession };
      viewer.raw({ ...envelope, type, payload: { ...payload, mood: 'new' }, seq: 1, extra: true });
      viewer.raw({ ...envelope, type: 'assistant_hologram', payload: {}, seq: 2 });
      viewer.raw({ ...envelope, type: 'weather', payload: {} });
      viewer.raw({ ...envelope, type, payload: 'not an object', seq: 3 });
      viewer.socket.send('not json');
      const status = { status: 'paused', activity: 'dreaming', last_seq: 3, pending_approvals: [], pending_questions: [], queue: [] };
      viewer.raw({ ...envelope, type: 'session_status', payload: status });
      return true;
    };
    const reader = open();
    await reader.live();
    expect(reader.items.filter((item) => item.type === 'event' || item.type === 'unknown_event')).toMatchObject([
      { event: { seq: 1 } },
      { name: 'assistant_hologram', seq: 2 },
      { name: 'user', seq: 3 },
    ]);
  });

  test('ends with the session, also for one who has the end already', async () => {
    const { server, open } = await start(3);
    const end = server.log.add('session_end', { status: 'terminated', reason: 'timeout', exit_code: 0, error_message: null });
    server.script = (viewer) => {
      server.history(viewer);
      viewer.raw(end);
      viewer.socket.close(4100);
      return true;
    };
    for (const afterSeq of [0, 4]) {
      const reader = open({ afterSeq });
      await reader.finished;
      expect(reader.seqs).toEqual(upTo(4).slice(afterSeq));
      expect(reader.connections.at(-1)).toMatchObject({ state: 'ended', reason: 'session_ended', end: { reason: 'timeout' } });
    }
    expect(server.connections).toBe(2);
  });

  test('stops when it is closed, by hand, by its signal, or by leaving the loop', async () => {
    const { open } = await start(3);
    const byHand = open();
    await byHand.live();
    byHand.stream.close();
    await byHand.finished;
    const abort = new AbortController();
    const bySignal = open({ signal: abort.signal });
    await bySignal.live();
    abort.abort();
    await bySignal.finished;
    expect(bySignal.connections.at(-1)).toEqual({ state: 'ended', reason: 'closed' });
    const already = open({ signal: AbortSignal.abort() });
    await already.finished;
    expect(already.connections.map((connection) => connection.state)).toEqual(['connecting', 'ended']);
  });
});

describe('reconnecting', () => {
  test('a cut connection is resumed after the last event', async () => {
    const { server, open } = await start(10);
    const seen: number[] = [];
    server.script = (viewer, nth) => {
      seen.push(viewer.afterSeq);
      if (nth > 1) return false;
      server.history(viewer, server.log.events.slice(0, 6));
      setTimeout(() => viewer.socket.terminate(), 5);
      return true;
    };
    const reader = open();
    await reader.live();
    expect([reader.seqs, seen, reader.reasons]).toEqual([upTo(10), [0, 6], ['connection_lost']]);
  });

  test('a repeated event is dropped; a hole makes it read again from the last good one', async () => {
    const { server, open } = await start(6);
    server.script = (viewer, nth) => {
      const [one, two, three, , five] = server.log.events as [DurableEvent, DurableEvent, DurableEvent, DurableEvent, DurableEvent];
      if (nth === 1) for (const event of [one, two, one, two, three, five]) viewer.raw(event);
      else return false;
      return true;
    };
    const reader = open();
    await reader.live();
    expect([reader.seqs, reader.reasons]).toEqual([upTo(6), ['hole']]);
  });

  const codes: [code: number, reason: string][] = [
    [4001, 'token_expired'],
    [4008, 'slow_consumer'],
    [1012, 'server_restarting'],
    [4500, 'server_error'],
    [1011, 'connection_lost'],
  ];
  test.each(codes)('close code %i is %s', async (code, reason) => {
    const { server, open } = await start(3);
    const tokens: (string | undefined)[] = [];
    server.script = (viewer, nth) => {
      if (nth === 1) setTimeout(() => viewer.socket.close(code), 20);
    };
    const reader = open({
      token: (rejected) => {
        tokens.push(rejected);
        return `token-${tokens.length}`;
      },
    });
    await reader.live(2);
    expect([reader.seqs, reader.reasons]).toEqual([upTo(3), [reason]]);
    expect(tokens).toEqual([undefined, code === 4001 ? 'token-1' : undefined]);
  });

  test('a peer that answers nothing is left', async () => {
    const { server, open } = await start(3);
    server.script = (viewer, nth) => {
      if (nth === 1) viewer.socket.on('message', () => undefined).pause();
    };
    const reader = open();
    await reader.live(2);
    server.record(...note('new'));
    await reader.until(({ seqs }) => seqs.length === 4);
    expect(reader.reasons).toEqual(['silent']);
  });

  test('a poke finds out at once that the peer is dead', async () => {
    const { server, open } = await start(1);
    server.script = (viewer, nth) => {
      if (nth === 1) viewer.socket.pause();
    };
    const reader = open({ timing: { ...timing, heartbeatMs: 600_000 } });
    await reader.live();
    reader.stream.poke();
    await reader.live(2);
    expect(reader.reasons).toEqual(['silent']);
  });

  test('a poke ends the wait for the next try', async () => {
    const { server, open } = await start(1);
    server.script = (viewer, nth) => {
      if (nth === 1) setTimeout(() => viewer.socket.terminate(), 20);
    };
    const reader = open({ timing: { ...timing, backoffMs: 600_000, backoffMaxMs: 600_000 } });
    await reader.until(({ reasons }) => reasons.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    reader.stream.poke();
    await reader.live(2);
  });

  test('a server that is away is tried until it is back, with growing waits', async () => {
    const { server, open } = await start(2);
    server.refuseUpgrade = 502;
    server.restStatus = 503;
    const reader = open();
    await reader.until(({ reasons }) => reasons.length === 4);
    server.refuseUpgrade = undefined;
    await reader.live();
    const waits = reader.connections.flatMap((connection) => (connection.state === 'reconnecting' ? [connection.retryInMs] : []));
    expect([reader.seqs, waits.slice(0, 4)]).toEqual([upTo(2), [2, 4, 8, 16]]);
  });

  test.each([404, 403, 401])('a session that is refused with %i ends the stream', async (status) => {
    const { server, open } = await start(2);
    server.refuseUpgrade = status;
    server.restStatus = status;
    const reader = open();
    await reader.finished;
    expect(reader.connections.at(-1)).toMatchObject({ state: 'ended', reason: 'refused', error: { status } });
  });

  test('a token source that has no more tokens ends the stream', async () => {
    const { open } = await start(2);
    const reader = open({
      token: () => {
        throw new ApiCallError('unauthorized', 401, 'Signed out.');
      },
    });
    await reader.finished;
    expect(reader.connections.at(-1)).toMatchObject({ state: 'ended', reason: 'refused', error: { code: 'unauthorized' } });
  });

  test('a reader that does not keep up gets everything, later', async () => {
    const { server, open } = await start(200);
    const reader = open({ bufferLimit: 4000 });
    await reader.live();
    expect(reader.seqs).toEqual(upTo(200));
    expect(reader.reasons.length).toBeGreaterThan(0);
    expect(new Set(reader.reasons)).toEqual(new Set(['slow_consumer']));
    expect(server.connections).toBe(reader.reasons.length + 1);
  });
});

describe('any way the connection breaks', () => {
  const act = fc.oneof(
    { weight: 6, arbitrary: fc.constant('send' as const) },
    fc.constantFrom<'cut' | 'close' | 'repeat' | 'skip' | 'stall'>('cut', 'close', 'repeat', 'skip', 'stall'),
  );

  test('each event comes once, in order', async () => {
    const property = fc.asyncProperty(fc.array(fc.array(act, { maxLength: 30 }), { maxLength: 8 }), async (connections) => {
      const { server, open } = await start(40);
      server.script = (viewer, nth) => {
        const acts = connections[nth - 1];
        if (acts === undefined) return false;
        let next = viewer.afterSeq;
        for (const each of acts) {
          if (each === 'cut') return viewer.socket.terminate() ?? true;
          if (each === 'close') return viewer.socket.close(4500) ?? true;
          if (each === 'stall') return viewer.socket.pause() ?? true;
          if (each === 'skip') next += 1;
          if (each === 'repeat') next = Math.max(0, next - 2);
          const event = server.log.events[next];
          if (event !== undefined) viewer.raw(event);
          next += 1;
        }
        return viewer.socket.close(1012) ?? true;
      };
      const reader = open({ timing: { ...timing, heartbeatMs: 10, silenceMs: 10 } });
      await reader.live();
      expect(reader.seqs).toEqual(upTo(40));
      await reader.stream[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });
    await fc.assert(property, { numRuns: 30 });
  }, 60_000);
});

describe('sending', () => {
  const queued = (server: SessionServer, id: string) =>
    server.record('prompt_status', { prompt_id: 'pmt_1', client_msg_id: id, status: 'queued', text: 'hi' });

  test('a prompt that was not acknowledged is sent again, with the same id, until it is', async () => {
    const { server, open } = await start();
    const got: string[] = [];
    server.onFrame = (frame, viewer) => {
      if (frame.type !== 'prompt') return;
      got.push(frame.payload.client_msg_id ?? '');
      if (got.length < 3) viewer.socket.terminate();
      else queued(server, got[0] ?? '');
    };
    const reader = open();
    const id = reader.stream.send('hi');
    await reader.until(({ events }) => events.length === 1);
    server.viewers[0]?.socket.terminate();
    await reader.until(({ reasons }) => reasons.length === 3);
    await reader.live(4);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(got).toEqual([id, id, id]);
    expect(reader.items.find((item) => item.type === 'prompt_sent')).toEqual({ type: 'prompt_sent', client_msg_id: id, text: 'hi' });
  });

  test('an acknowledgement in the replay is one too', async () => {
    const { server, open } = await start();
    const got: string[] = [];
    server.onFrame = (frame, viewer) => {
      if (frame.type !== 'prompt') return;
      got.push(frame.payload.client_msg_id ?? '');
      viewer.socket.terminate();
      queued(server, frame.payload.client_msg_id ?? '');
    };
    const reader = open();
    await reader.live();
    reader.stream.send('hi');
    await reader.live(2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(got.length).toBe(1);
  });

  test('a refused prompt is not sent again; one over the rate limit is, later', async () => {
    const { server, open } = await start();
    const texts: string[] = [];
    server.onFrame = (frame, viewer) => {
      if (frame.type !== 'prompt') return;
      texts.push(frame.payload.text);
      const envelope = { type: 'error', timestamp: '2026-11-23T10:00:00.000Z', session_id: testSession };
      const { client_msg_id, text } = frame.payload;
      if (text === 'bad') viewer.raw({ ...envelope, payload: { code: 'budget_exhausted', message: 'Spent.', client_msg_id } });
      else if (texts.length === 2)
        viewer.raw({ ...envelope, payload: { code: 'rate_limited', message: 'Slow.', client_msg_id, retry_after_ms: 5 } });
      else queued(server, client_msg_id ?? '');
    };
    const reader = open();
    await reader.live();
    reader.stream.send('bad');
    reader.stream.send('good');
    await reader.until(({ events }) => events.length === 1);
    expect(texts).toEqual(['bad', 'good', 'good']);
    expect(reader.items.flatMap((item) => (item.type === 'prompt_refused' ? [item.error.code] : []))).toEqual(['budget_exhausted']);
  });

  test('answers are kept until they are resolved, and dropped where another has answered', async () => {
    const { server, open } = await start();
    const approval = { tool_use_id: 't1', tool_name: 'Bash', tool_input: {} };
    server.state = { pending_approvals: [approval], pending_questions: [{ question_id: 'qst_1', questions: [] }] };
    const got: string[][] = [[], [], []];
    server.onFrame = (frame) => got[server.connections - 1]?.push(frame.type);
    const reader = open();
    await reader.live();
    reader.stream.respondApproval({ tool_use_id: 't1', approved: true });
    reader.stream.respondApproval({ tool_use_id: 't2', approved: true });
    reader.stream.respondQuestion('qst_1', { Which: 'a' });
    reader.stream.cancelPrompt('pmt_9');
    await vi.waitFor(() => expect(got[0]).toHaveLength(4));
    server.viewers[0]?.socket.terminate();
    await reader.live(2);
    await vi.waitFor(() => expect(got[1]).toEqual(['tool_approval_response', 'ask_user_question_response']));
    server.record('ask_user_question_resolved', { question_id: 'qst_1', by: 'user' });
    await reader.until(({ events }) => events.length === 1);
    server.state = { pending_approvals: [approval] };
    server.viewers[0]?.socket.terminate();
    await reader.live(3);
    await vi.waitFor(() => expect(got[2]).toEqual(['tool_approval_response']));
  });

  test('an interrupt goes now or not at all', async () => {
    const { server, open } = await start();
    const got: string[] = [];
    server.onFrame = (frame) => {
      got.push(frame.type);
      server.record('result', { ...success, subtype: 'interrupted' });
    };
    const reader = open();
    expect(reader.stream.interrupt()).toBe(false);
    await reader.live();
    expect(reader.stream.interrupt()).toBe(true);
    await reader.until(({ events }) => events.length === 1);
    expect(got).toEqual(['interrupt']);
  });

  test('what can never be sent is refused here', async () => {
    const { open } = await start();
    const reader = open();
    expect(() => reader.stream.send('😀'.repeat(300_000))).toThrow(/1 MB/);
    for (let n = 0; n < 100; n++) reader.stream.send('x');
    expect(() => reader.stream.send('x')).toThrow(/Wait/);
    reader.stream.close();
    expect(() => reader.stream.send('x')).toThrow(/ended/);
  });

  test('a prompt that the server finds too large is given up', async () => {
    const { server, open } = await start();
    server.onFrame = (frame, viewer) => {
      if (frame.type === 'prompt' && frame.payload.text.length > 10) viewer.socket.close(1009);
      else if (frame.type === 'prompt') queued(server, frame.payload.client_msg_id ?? '');
    };
    const reader = open();
    await reader.live();
    reader.stream.send('a rather long prompt');
    reader.stream.send('short');
    await reader.until(({ events, items }) => events.length === 1 && items.some((item) => item.type === 'prompt_refused'));
    expect(reader.items.find((item) => item.type === 'prompt_refused')).toMatchObject({ error: { code: 'payload_too_large' } });
  });
});
