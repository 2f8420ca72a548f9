import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LinkFrame, Report } from '@ai-sessions/protocol';
import { pino } from 'pino';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemoryBus } from '../bus/memory/memory-bus.ts';
import { type Commands, createCommands } from '../sessions/commands.ts';
import { sessionFacts } from '../store/session.fixture.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { type RunnerDispatcher, createDispatcher } from './create-dispatcher.ts';
import type { RunnerConnection } from './runner-connection.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'dispatcher-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const begin = Date.parse('2026-01-01T00:00:00.000Z');
let files = 0;
let now = begin;
let store: Store;
let commands: Commands;
let dispatcher: RunnerDispatcher;
const clock = { now: () => now, timestamp: () => new Date(now).toISOString() };
const log = pino({ level: 'silent' });

beforeEach(() => {
  now = begin;
  store = openSqliteStore({ file: path.join(folder, `${files++}.db`) });
  start();
});
afterEach(async () => {
  await dispatcher[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

/** A server begins; the store is what an earlier one left. */
function start(): void {
  const bus = createMemoryBus();
  dispatcher = createDispatcher({
    store,
    log,
    clock,
    commands: () => commands,
    specs: {
      build: async (id, epoch) => ({ session_id: id, epoch }) as never,
      token: () => 'token',
    },
  });
  commands = createCommands({
    store,
    bus,
    clock,
    timers: { idle: 600_000, approval: 300_000, lifetime: 0, start: 90_000 },
    attended: () => false,
    perform: (state, effects, fresh) => dispatcher.perform(state, effects, fresh),
  });
}

class FakeRunner implements RunnerConnection {
  readonly hello: RunnerConnection['hello'];
  readonly sent: LinkFrame[] = [];
  constructor(id: string, capacity = 100, sessions: { session_id: string; epoch: number }[] = []) {
    this.hello = {
      type: 'hello',
      runner_id: id,
      boot_id: 'b',
      capacity,
      sandbox: 'none',
      claude_version: '0',
      sessions,
      stored: [],
    };
  }
  send(frame: LinkFrame): void {
    this.sent.push(frame);
  }
  reset(): void {}
  /** Of each assignment: session and epoch. */
  get assigned(): string[] {
    return this.sent.flatMap((frame) => (frame.type === 'assign' ? [`${frame.spec.session_id}/${frame.spec.epoch}`] : []));
  }
}

const create = (id: string) =>
  commands.create(sessionFacts(id), { kind: 'create', initialPrompt: null }, { maxLive: 100, idempotentSince: clock.timestamp() });
const report = (id: string, first: number, ...reports: Report[]) => commands.apply(id, { kind: 'reports', epoch: 1, first, reports });
const ready: Report = { kind: 'ready', recovered: false };
const stateOf = async (id: string) => (await store.sessions.get(id))?.state;
const soon = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

test('a session that falls asleep makes room for one that waits', async () => {
  const runner = new FakeRunner('r', 1);
  await dispatcher.connected(runner);
  await create('ses_1');
  await soon(() => expect(runner.assigned).toEqual(['ses_1/1']));
  await create('ses_2');
  await report('ses_1', 1, ready);
  now += 600_000;
  await commands.apply('ses_1', { kind: 'tick' });
  expect(runner.assigned).toEqual(['ses_1/1']);
  await report('ses_1', 2, { kind: 'hibernated' });
  await soon(() => expect(runner.assigned).toEqual(['ses_1/1', 'ses_2/1']));
});

test('an assignment that was lost with its link is sent again, and counts as no loss', async () => {
  const runner = new FakeRunner('r');
  await dispatcher.connected(runner);
  await create('ses_1');
  await soon(() => expect(runner.assigned).toEqual(['ses_1/1']));
  const again = new FakeRunner('r');
  await dispatcher.connected(again);
  await soon(() => expect(again.assigned).toEqual(['ses_1/1']));
  expect((await stateOf('ses_1'))?.losses).toEqual([]);
  await report('ses_1', 1, ready);
  const restarted = new FakeRunner('r');
  await dispatcher.connected(restarted);
  await soon(async () => expect((await stateOf('ses_1'))?.losses).toHaveLength(1));
});

test('a session that its runner does not name twice is given to it anew', async () => {
  const runner = new FakeRunner('r');
  await dispatcher.connected(runner);
  await create('ses_1');
  await soon(() => expect(runner.assigned).toEqual(['ses_1/1']));
  dispatcher.inventory(runner, []);
  await new Promise((resolve) => setTimeout(resolve, 200));
  dispatcher.inventory(runner, [{ session_id: 'ses_1', epoch: 1 }]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  dispatcher.inventory(runner, []);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(runner.assigned).toEqual(['ses_1/1']);
  dispatcher.inventory(runner, []);
  await soon(() => expect(runner.assigned).toEqual(['ses_1/1', 'ses_1/2']));
});

test('what a runner names twice and no row gives it is ended there', async () => {
  const runner = new FakeRunner('r');
  await dispatcher.connected(runner);
  await create('ses_1');
  await soon(() => expect(runner.assigned).toEqual(['ses_1/1']));
  const strange = [
    { session_id: 'ses_1', epoch: 1 },
    { session_id: 'ses_gone', epoch: 3 },
  ];
  dispatcher.inventory(runner, strange);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(runner.sent.some(({ type }) => type === 'end')).toBe(false);
  dispatcher.inventory(runner, strange);
  await soon(() => expect(runner.sent).toContainEqual({ type: 'end', session_id: 'ses_gone', epoch: 3 }));
  expect(runner.sent.filter(({ type }) => type === 'end')).toHaveLength(1);
});

test('sessions of a runner that went away, or that a new server never saw, are given back after 30 s', async () => {
  const runner = new FakeRunner('r');
  await dispatcher.connected(runner);
  for (const id of ['ses_1', 'ses_2']) {
    await create(id);
    await soon(() => expect(runner.assigned).toContain(`${id}/1`));
    await report(id, 1, ready);
  }
  await commands.apply('ses_2', { kind: 'prompt', promptId: 'pmt_1', text: 'go' });
  await dispatcher[Symbol.asyncDispose]();
  start();
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect((await stateOf('ses_1'))?.incarnation).toBe('up');
  now += 31_000;
  await soon(async () => expect((await stateOf('ses_1'))?.incarnation).toBe('none'));
  await soon(async () => expect((await stateOf('ses_2'))?.incarnation).toBe('wanted'));
  // It comes back: what has work goes on there, for its files are there.
  const again = new FakeRunner('r', 100, [{ session_id: 'ses_1', epoch: 1 }]);
  await dispatcher.connected(again);
  await soon(() => expect(again.assigned).toEqual(['ses_2/2']));
  expect(again.sent[0]).toEqual({ type: 'welcome', sessions: [] });
});

test('a session whose files are on one runner is not given to another', async () => {
  const home = new FakeRunner('home');
  await dispatcher.connected(home);
  await create('ses_1');
  await soon(() => expect(home.assigned).toEqual(['ses_1/1']));
  await report('ses_1', 1, ready);
  await commands.apply('ses_1', { kind: 'prompt', promptId: 'pmt_1', text: 'go' });
  dispatcher.disconnected(home);
  const other = new FakeRunner('other');
  await dispatcher.connected(other);
  now += 31_000;
  await soon(async () => expect((await stateOf('ses_1'))?.incarnation).toBe('wanted'));
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(other.assigned).toEqual([]);
});
