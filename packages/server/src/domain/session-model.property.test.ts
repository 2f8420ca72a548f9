import { type Report, type Result, defaultSettings, fixedLimits } from '@ai-sessions/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LogModel } from './session-log-model.fixture.ts';
import { type Command, type Outcome, type SessionState, activityOf, isLive, newSession } from './session-state.ts';
import { deadline } from './session-timers.ts';
import { type Transition, transition } from './session-transition.ts';
import { uptimeAt } from './session-uptime.ts';

const limited = { idle: 60_000, approval: 30_000, lifetime: 3_600_000, start: 20_000 };
/** Nothing ends a session by its age: whatever gets stuck stays stuck. */
const unlimited = { ...limited, lifetime: 0 };
const begin = Date.parse('2026-01-01T00:00:00.000Z');

/** The session under test with its clock, its viewers and the account that the log gives of it. */
class World {
  now = begin;
  attended = false;
  nextId = 1;
  state: SessionState;
  readonly log = new LogModel();
  /** Reports of the present epoch that were sent, for sending them again. */
  sent: Report[] = [];
  resultEffects = new Map<string, number>();

  readonly timers: typeof limited;

  constructor(timers = limited) {
    this.timers = timers;
    const now = this.timestamp;
    this.state = newSession({ id: 'ses_1', userId: 'u', name: 'n', profileId: null, settings: defaultSettings, claudeSessionId: 'c', now });
    this.do({ kind: 'create', initialPrompt: null });
  }

  get timestamp(): string {
    return new Date(this.now).toISOString();
  }

  do(command: Command): Transition {
    const before = this.state;
    const done = transition(before, command, { now: this.timestamp, attended: this.attended, timers: this.timers });
    if (!done.outcome.ok) expect(done.state).toBe(before);
    expect(done.state.last_seq).toBe(before.last_seq + done.events.length);
    for (const event of done.events) this.log.apply(event);
    if (done.state.epoch !== before.epoch) this.sent = [];
    this.state = done.state;
    this.check(before);
    return done;
  }

  /** As the runner that has it: numbered on from what it said before. */
  report(...reports: Report[]): Outcome {
    const first = this.sent.length + 1;
    this.sent.push(...reports);
    return this.do({ kind: 'reports', epoch: this.state.epoch, first, reports }).outcome;
  }

  check(before: SessionState): void {
    const { state, log } = this;
    expect(isLive(state)).toBe(!log.over);
    expect(state.prompts.map(({ prompt_id, status }) => [prompt_id, status === 'started'])).toEqual(
      log.prompts.map(({ id, started }) => [id, started]),
    );
    expect(state.asks.map(({ id }) => id)).toEqual([...log.asks]);
    expect(state.prompts.filter(({ status }) => status === 'queued').length).toBeLessThanOrEqual(fixedLimits.queuedPrompts);
    expect(state.prompts.slice(1).every(({ status }) => status === 'queued')).toBe(true);
    expect(state.epoch).toBeGreaterThanOrEqual(before.epoch);
    const [then, since] = [uptimeAt(before, this.timestamp), uptimeAt(state, this.timestamp)];
    expect(since.active).toBeGreaterThanOrEqual(Math.min(then.active, before.uptime.active_ms));
    expect(since.hibernated).toBeGreaterThanOrEqual(before.uptime.hibernated_ms);
    if (!isLive(state)) {
      expect(state).toMatchObject({ incarnation: 'none', resolutions: [], interrupting: null });
      expect(activityOf(state)).toBeNull();
      expect(deadline(state, this.timers)).toBeNull();
      return;
    }
    expect(activityOf(state) === 'waiting').toBe(state.status === 'running' && log.asks.size > 0);
    if (state.incarnation === 'none') expect([log.prompts.length, log.asks.size]).toEqual([0, 0]);
    this.#everyDeadlineIsAWayOut();
  }

  /** What is due at the deadline happens at the deadline: else it would be due for ever, and nothing would come of it. */
  #everyDeadlineIsAWayOut(): void {
    const { timers, attended } = this;
    const due = deadline(this.state, timers);
    if (due === null) return void expect([timers.lifetime, this.state.incarnation]).toEqual([0, 'none']);
    const then = transition(this.state, { kind: 'tick' }, { now: due, attended, timers }).state;
    const next = deadline(then, timers);
    if (next !== null) expect(next > due).toBe(true);
  }
}

/** A step: what it does to the world, and what the log's account says has to come of it. */
interface Step {
  readonly name: string;
  run(world: World): void;
}
const step = (name: string, run: (world: World) => void): Step => ({ name, run });

const result = (promptId: string | null): Result => ({
  subtype: 'success',
  is_error: false,
  success: true,
  result: '',
  summary: '',
  num_turns: 1,
  input_tokens: 0,
  output_tokens: 0,
  total_cost_usd: 0,
  prompt_id: promptId,
});
const asked = (id: string): Report => ({ kind: 'approval_opened', tool_use_id: id, tool_name: 'Bash', tool_input: {} });
const first = (world: World) => world.log.prompts[0];

/** The way that most sessions take most of the time, so that the rest is tried from deep inside it too. */
const usual: Step[] = [
  step('is brought up', (world) => {
    if (world.state.incarnation === 'none') world.do({ kind: 'wake' });
    world.do({ kind: 'assign', runnerId: 'r' });
    if (world.state.incarnation === 'starting') world.report({ kind: 'ready', recovered: false });
  }),
  step('a turn begins', (world) => {
    if (world.log.prompts.length === 0) world.do({ kind: 'prompt', promptId: `pmt_${world.nextId++}`, text: 'x' });
    const [sent] = world.state.prompts;
    if (sent?.status === 'sent') world.report({ kind: 'prompt_started', prompt_id: sent.prompt_id, content: [] });
  }),
];

const steps: fc.Arbitrary<Step>[] = [
  ...[1, 2, 3].map(() => fc.constantFrom(...usual)),
  fc.constant(
    step('prompt', (world) => {
      const promptId = `pmt_${world.nextId++}`;
      const waiting = world.state.prompts.filter(({ status }) => status === 'queued').length;
      const { outcome } = world.do({ kind: 'prompt', promptId, text: 'x' });
      const wanted = world.log.over ? 'session_not_running' : waiting >= fixedLimits.queuedPrompts ? 'queue_full' : null;
      expect(outcome).toMatchObject(wanted === null ? { ok: true, promptId } : { ok: false, code: wanted });
      if (wanted === null) expect(world.log.prompts.at(-1)?.id).toBe(promptId);
    }),
  ),
  fc.nat(5).map((index) =>
    step(`cancel ${index}`, (world) => {
      const target = world.log.prompts[index];
      const { outcome } = world.do({ kind: 'cancel_prompt', promptId: target?.id ?? 'pmt_unknown' });
      if (target === undefined) expect(outcome).toMatchObject({ code: 'not_found' });
      else if (target.started) expect(outcome).toMatchObject({ code: 'already_resolved' });
      else if (outcome.ok) expect(world.log.ended.get(target.id)).toBe('cancelled');
    }),
  ),
  fc.constant(step('interrupt', (world) => expect(world.do({ kind: 'interrupt' }).outcome.ok).toBe(!world.log.over))),
  fc.constant(
    step('assign', (world) => {
      const wanted = world.state.incarnation === 'wanted';
      const { epoch } = world.state;
      expect(world.do({ kind: 'assign', runnerId: 'r' }).outcome.ok).toBe(wanted);
      expect(world.state.epoch).toBe(wanted ? epoch + 1 : epoch);
    }),
  ),
  fc.constant(step('ready', (world) => void world.report({ kind: 'ready', recovered: false }))),
  fc.constant(
    step('turn starts', (world) => {
      const [sent] = world.state.prompts;
      if (sent !== undefined && sent.status !== 'queued') world.report({ kind: 'prompt_started', prompt_id: sent.prompt_id, content: [] });
    }),
  ),
  fc.constant(
    step('turn ends', (world) => {
      const prompt = first(world);
      if (prompt?.started !== true) return;
      world.report({ kind: 'turn_ended', result: result(prompt.id) });
      expect(world.log.ended.get(prompt.id)).toBe('completed');
    }),
  ),
  fc.constant(step('a turn of its own ends', (world) => void world.report({ kind: 'turn_ended', result: result(null) }))),
  fc.nat(2).map((n) => step(`asks t${n}`, (world) => world.state.incarnation === 'up' && void world.report(asked(`t${n}`)))),
  fc.tuple(fc.nat(2), fc.boolean(), fc.boolean()).map(([n, one, other]) =>
    step(`two answers to t${n}`, (world) => {
      const id = `t${n}`;
      const open = world.log.asks.has(id);
      const before = world.log.resolved.get(id);
      const outcomes = [one, other].map(
        (approved) => world.do({ kind: 'resolve_approval', id, approved, scope: approved ? 'session' : 'once' }).outcome,
      );
      if (open) {
        expect(outcomes).toMatchObject([{ ok: true }, { ok: false, code: 'already_resolved', first: { by: 'user' } }]);
        expect(world.state.resolutions.filter((resolution) => resolution.id === id)).toMatchObject([{ approved: one }]);
      } else if (before === undefined) expect(outcomes).toMatchObject([{ code: 'not_found' }, { code: 'not_found' }]);
      else expect(outcomes).toMatchObject([{ code: 'already_resolved', first: { by: before } }, { code: 'already_resolved' }]);
    }),
  ),
  fc
    .nat(2)
    .map((n) =>
      step(
        `t${n} settled by a rule`,
        (world) => void world.report({ kind: 'approval_settled', tool_use_id: `t${n}`, approved: true, by: 'rule' }),
      ),
    ),
  fc.constant(step('hibernated', (world) => world.state.incarnation === 'hibernating' && void world.report({ kind: 'hibernated' }))),
  fc
    .constantFrom('crashed' as const, 'lost' as const, 'unable' as const)
    .map((why) => step(`exited: ${why}`, (world) => void world.report({ kind: 'exited', why, exit_code: 1, error_message: 'x' }))),
  fc.constant(
    step('lost', (world) => {
      world.do({ kind: 'lost', epoch: world.state.epoch });
    }),
  ),
  fc.constant(
    step('stale: of an epoch before', (world) => {
      const before = world.state;
      const { outcome } = world.do({ kind: 'reports', epoch: before.epoch - 1, first: 1, reports: [{ kind: 'ready', recovered: false }] });
      expect(outcome).toMatchObject({ ok: false, code: 'stale' });
      expect(world.do({ kind: 'lost', epoch: before.epoch - 1 }).outcome).toMatchObject({ ok: false, code: 'stale' });
    }),
  ),
  fc.constant(
    step('all reports once more', (world) => {
      if (world.sent.length === 0) return;
      const { epoch, last_seq } = world.state;
      expect(world.do({ kind: 'reports', epoch, first: 1, reports: world.sent }).events).toEqual([]);
      expect(world.state.last_seq).toBe(last_seq);
    }),
  ),
  fc.constant(
    step('a report is missing', (world) => {
      const { epoch, acked } = world.state;
      const { outcome } = world.do({ kind: 'reports', epoch, first: acked + 2, reports: [{ kind: 'hibernated' }] });
      expect(outcome).toMatchObject({ ok: false, code: 'gap' });
    }),
  ),
  fc.boolean().map((attended) =>
    step(attended ? 'a viewer comes' : 'the last viewer leaves', (world) => {
      world.attended = attended;
      world.do({ kind: 'attendance' });
      expect(world.state.asks.every(({ expires_at }) => (expires_at === null) === attended)).toBe(true);
    }),
  ),
  fc.constant(
    step('the server starts', (world) => {
      world.attended = false;
      const { prompts, asks } = world.state;
      world.do({ kind: 'server_started' });
      world.do({ kind: 'tick' });
      if (world.log.over) return;
      expect(world.state.asks.map(({ id }) => id)).toEqual(asks.map(({ id }) => id));
      expect(world.state.prompts).toEqual(prompts);
    }),
  ),
  fc.nat(40).map((seconds) =>
    step(`${seconds} s pass`, (world) => {
      world.now += seconds * 1000;
      world.do({ kind: 'tick' });
    }),
  ),
  fc.constant(
    step('the next deadline comes', (world) => {
      const due = deadline(world.state, world.timers);
      if (due === null) return;
      world.now = Math.max(world.now, Date.parse(due));
      world.do({ kind: 'tick' });
    }),
  ),
  fc.constant(step('the clock is set back', (world) => void (world.now -= 5000))),
  fc.constant(
    step('wake', (world) => {
      world.do({ kind: 'wake' });
    }),
  ),
];
const ending = step('terminate', (world) => {
  expect(world.do({ kind: 'terminate', reason: 'user_requested' }).outcome.ok).toBe(true);
  expect(world.log.over).toBe(true);
});

class Run implements fc.Command<object, World> {
  readonly #step: Step;
  constructor(one: Step) {
    this.#step = one;
  }
  check(): boolean {
    return true;
  }
  run(_: object, world: World): void {
    this.#step.run(world);
  }
  toString(): string {
    return this.#step.name;
  }
}
const story = fc.commands(
  [...steps.map((one) => one.map((given) => new Run(given))), fc.nat(20).map((n) => new Run(n === 0 ? ending : step('nothing', () => {})))],
  { maxCommands: 120, size: '+1' },
);

test('whatever happens in whatever order, the log’s account and the state agree, and every deadline is a way out', () => {
  fc.assert(
    fc.property(story, (commands) => {
      const world = new World();
      fc.modelRun(() => ({ model: {}, real: world }), commands);
      for (const { id } of world.log.prompts) expect(world.log.ended.has(id)).toBe(false);
      world.do({ kind: 'terminate', reason: 'cancelled' });
      expect(world.log.over).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('from wherever it got to: when nobody does anything any more, time alone brings it to rest', () => {
  fc.assert(
    fc.property(story, (commands) => {
      const world = new World(unlimited);
      fc.modelRun(() => ({ model: {}, real: world }), commands);
      // The runner is gone, and with it everything it would have told.
      if (isLive(world.state) && world.state.epoch > 0) world.do({ kind: 'lost', epoch: world.state.epoch });
      world.attended = false;
      world.do({ kind: 'attendance' });
      for (let ticks = 0; isLive(world.state) && world.state.incarnation !== 'none'; ticks++) {
        expect(ticks).toBeLessThan(30);
        world.now = Math.max(world.now, Date.parse(deadline(world.state, unlimited) ?? ''));
        expect(Number.isNaN(world.now)).toBe(false);
        world.do({ kind: 'tick' });
      }
      expect([world.log.prompts.length, world.log.asks.size]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});
