import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bus, BusMessage } from '../bus/bus.ts';
import { createMemoryBus } from '../bus/memory/memory-bus.ts';
import { systemClock } from '../clock.ts';
import { assistantReport, sessionFacts } from '../store/session.fixture.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { LogPage, Store } from '../store/store.ts';
import { type Commands, createCommands } from './commands.ts';
import { type EventFeed, createEventFeed } from './event-feed.ts';
import { InFlight } from './in-flight.ts';
import type { Parcel } from './parcel.ts';

const log = pino({ level: 'silent' });
const timers = { idle: 0, approval: 0, lifetime: 0, start: 0 };
const folder = mkdtempSync(path.join(tmpdir(), 'feed-'));
let store: Store;
let sessions = 0;

beforeAll(() => {
  store = openSqliteStore({ file: path.join(folder, 'feed.db') });
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A bus that loses, doubles and delays hints as told, one letter a message. */
function faultyBus(plan: readonly string[]): Bus {
  const inner = createMemoryBus();
  let next = 0;
  return {
    ...inner,
    publish(message: BusMessage) {
      const fate = plan[next++ % Math.max(1, plan.length)] ?? 'whole';
      if (fate === 'lost') return;
      if (fate === 'bare') inner.publish({ ...message, envelopes: [] });
      else inner.publish(message);
      if (fate === 'doubled') inner.publish(message);
      if (fate === 'late') setImmediate(() => inner.publish(message));
    },
  };
}

interface World {
  readonly id: string;
  readonly feed: EventFeed;
  readonly commands: Commands;
  readonly bus: Bus;
  readonly inFlight: InFlight;
  readonly attendance: string[];
}

async function world(plan: readonly string[] = ['whole']): Promise<World> {
  const id = `ses_${sessions++}`;
  const bus = faultyBus(plan);
  const inFlight = new InFlight();
  const attendance: string[] = [];
  const feed = createEventFeed({ store, bus, clock: systemClock, log, inFlight, onAttendance: (sessionId) => attendance.push(sessionId) });
  const commands = createCommands({ store, bus, clock: systemClock, timers, attended: () => false, perform: () => {} });
  await commands.create(sessionFacts(id, { userId: id }), { kind: 'create', initialPrompt: null }, { maxLive: 1e6, idempotentSince: '' });
  await commands.apply(id, { kind: 'assign', runnerId: 'r' });
  await commands.apply(id, { kind: 'reports', epoch: 1, first: 1, reports: [{ kind: 'ready', recovered: false }] });
  return { id, feed, commands, bus, inFlight, attendance };
}

interface Frame {
  readonly type?: string;
  readonly seq?: number;
  readonly payload: { readonly text?: string };
}

function viewer() {
  const seqs: number[] = [];
  const frames: string[] = [];
  return {
    seqs,
    frames,
    sink: {
      history: ({ json }: LogPage, more: boolean) => {
        seqs.push(...(JSON.parse(`[${json}]`) as Frame[]).map(({ seq = 0 }) => seq));
        frames.push(`history${more ? '+' : ''}`);
        return Promise.resolve();
      },
      send: ({ texts }: Parcel) => {
        for (const { type, seq, payload } of texts.map((text) => JSON.parse(text) as Frame)) {
          if (seq !== undefined) seqs.push(seq);
          frames.push(seq !== undefined ? 'event' : type === 'session_status' ? 'status' : (payload.text ?? 'live'));
        }
      },
    },
  };
}

/** More viewers than are sent everything at once. */
const crowd = 70;
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, n) => n + from);

describe('attaching', () => {
  test('history, then the status, then what happens', async () => {
    const { id, feed, commands } = await world();
    const one = viewer();
    const gone = new AbortController();
    await feed.attach(id, 0, one.sink, { deltas: false, signal: gone.signal });
    expect(one.frames).toEqual(['history', 'status']);
    await commands.apply(id, { kind: 'reports', epoch: 1, first: 2, reports: [assistantReport('a')] });
    expect(one.frames).toEqual(['history', 'status', 'event']);
    expect(one.seqs).toEqual([1, 2]);
    gone.abort();
    await commands.apply(id, { kind: 'reports', epoch: 1, first: 3, reports: [assistantReport('b')] });
    expect(one.seqs).toEqual([1, 2]);
    await feed[Symbol.asyncDispose]();
  });

  test('after_seq leaves out what was seen; one beyond the end is taken as the end', async () => {
    const { id, feed, commands } = await world();
    await commands.apply(id, { kind: 'reports', epoch: 1, first: 2, reports: ['a', 'b', 'c'].map((text) => assistantReport(text)) });
    const [late, ahead] = [viewer(), viewer()];
    const { signal } = new AbortController();
    await feed.attach(id, 3, late.sink, { deltas: false, signal });
    await feed.attach(id, 99, ahead.sink, { deltas: false, signal });
    expect(late.seqs).toEqual([4]);
    await commands.apply(id, { kind: 'reports', epoch: 1, first: 5, reports: [assistantReport('d')] });
    expect(late.seqs).toEqual([4, 5]);
    expect(ahead.seqs).toEqual([5]);
    await feed[Symbol.asyncDispose]();
  });

  test('a block in flight begins with one delta that holds it so far, for those who want deltas', async () => {
    const { id, feed, bus, inFlight } = await world();
    for (const [offset, text] of [
      [0, 'Hel'],
      [3, 'lo'],
    ] as const)
      inFlight.add({ sessionId: id, epoch: 1 }, { type: 'assistant_delta', payload: { message_id: 'm', index: 0, offset, text } });
    const [with_, without] = [viewer(), viewer()];
    const { signal } = new AbortController();
    await feed.attach(id, 0, with_.sink, { deltas: true, signal });
    await feed.attach(id, 0, without.sink, { deltas: false, signal });
    bus.publish({ sessionId: id, live: [{ type: 'assistant_delta', text: '{"payload":{"text":"!"}}' }] });
    expect(with_.frames).toEqual(['history', 'status', 'Hello', '!']);
    expect(without.frames).toEqual(['history', 'status']);
    inFlight.settle({ sessionId: id, epoch: 1 }, 2, [assistantReport('Hello!')]);
    expect(inFlight.snapshot(id)).toEqual([]);
    await feed[Symbol.asyncDispose]();
  });

  test('one that fell behind gets the block in flight once more from its beginning', async () => {
    const { id, feed, commands, inFlight } = await world(['bare']);
    const one = viewer();
    await feed.attach(id, 0, one.sink, { deltas: true, signal: new AbortController().signal });
    inFlight.add(
      { sessionId: id, epoch: 1 },
      { type: 'assistant_delta', payload: { message_id: 'm', index: 1, offset: 0, text: 'so far' } },
    );
    await commands.apply(id, { kind: 'reports', epoch: 1, first: 2, reports: [assistantReport('a')] });
    await expect.poll(() => one.frames.at(-1)).toBe('so far');
    expect(one.seqs).toEqual([1, 2]);
    await feed[Symbol.asyncDispose]();
  });

  test('the first viewer and the last one are told of, those between are not', async () => {
    const { id, feed, attendance } = await world();
    const [first, second] = [new AbortController(), new AbortController()];
    await feed.attach(id, 0, viewer().sink, { deltas: false, signal: first.signal });
    await feed.attach(id, 0, viewer().sink, { deltas: false, signal: second.signal });
    expect(feed.attended(id)).toBe(true);
    first.abort();
    expect(attendance).toEqual([id]);
    second.abort();
    expect(attendance).toEqual([id, id]);
    expect(feed.attended(id)).toBe(false);
    await feed[Symbol.asyncDispose]();
  });
});

test('whatever the bus loses, doubles or delays, every viewer gets every event once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('whole', 'lost', 'bare', 'doubled', 'late'), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (plan, late, crowded) => {
        const { id, feed, commands, bus } = await world(plan);
        const attachAfter = [...late, ...(crowded ? Array.from({ length: crowd }, (_, n) => n % 3) : [])];
        const viewers: ReturnType<typeof viewer>[] = [];
        const attached: Promise<void>[] = [];
        const gone = new AbortController();
        for (let n = 0; n < 12; n++) {
          for (const _ of attachAfter.filter((when) => when === n)) {
            const one = viewer();
            viewers.push(one);
            attached.push(feed.attach(id, 0, one.sink, { deltas: false, signal: gone.signal }));
          }
          await commands.apply(id, { kind: 'reports', epoch: 1, first: n + 2, reports: [assistantReport(`${n}`)] });
        }
        await Promise.all(attached);
        // What the poll of the log does for a bus that lost its last hint.
        const state = (await store.sessions.get(id))?.state;
        for (const _ of upTo(plan.length + 1)) bus.publish({ sessionId: id, lastSeq: state?.last_seq ?? 0 });
        await expect.poll(() => viewers.every((one) => one.seqs.length >= 13), { timeout: 5000 }).toBe(true);
        for (const one of viewers) expect(one.seqs).toEqual(upTo(13));
        gone.abort();
        await feed[Symbol.asyncDispose]();
      },
    ),
    { numRuns: 30 },
  );
});

describe('a crowd', () => {
  test('gets what is heard in few pieces, in order; who comes in the middle of a block gets each delta of it once', async () => {
    const { id, feed, commands, bus, inFlight } = await world();
    const { signal } = new AbortController();
    const early = Array.from({ length: crowd }, viewer);
    await Promise.all(early.map(({ sink }) => feed.attach(id, 0, sink, { deltas: true, signal })));
    const delta = (offset: number, text: string) => {
      inFlight.add({ sessionId: id, epoch: 1 }, { type: 'assistant_delta', payload: { message_id: 'm', index: 0, offset, text } });
      bus.publish({ sessionId: id, live: [{ type: 'assistant_delta', text: JSON.stringify({ payload: { text } }) }] });
    };
    delta(0, 'a');
    delta(1, 'b');
    // What it is told at its coming holds what still waits to be sent to the others.
    const late = viewer();
    await feed.attach(id, 0, late.sink, { deltas: true, signal });
    delta(2, 'c');
    await commands.apply(id, { kind: 'reports', epoch: 1, first: 2, reports: [assistantReport('abc')] });
    for (const one of early) await expect.poll(() => one.frames.slice(2)).toEqual(['a', 'b', 'c', 'event']);
    await expect.poll(() => late.frames).toEqual(['history', 'status', 'ab', 'c', 'event']);
    await feed[Symbol.asyncDispose]();
  });

  test('that shrinks to a few loses nothing that was gathered for it', async () => {
    const { id, feed, commands } = await world();
    const stays = viewer();
    await feed.attach(id, 0, stays.sink, { deltas: false, signal: new AbortController().signal });
    const leave = new AbortController();
    const others = Array.from({ length: crowd }, () => feed.attach(id, 0, viewer().sink, { deltas: false, signal: leave.signal }));
    await Promise.all(others);
    await commands.apply(id, { kind: 'reports', epoch: 1, first: 2, reports: [assistantReport('a')] });
    leave.abort();
    await commands.apply(id, { kind: 'reports', epoch: 1, first: 3, reports: [assistantReport('b')] });
    expect(stays.seqs).toEqual([1, 2, 3]);
    await feed[Symbol.asyncDispose]();
  });
});
