import { type Report, type Result, type Settings, defaultSettings } from '@ai-sessions/protocol';
import { describe, expect, test } from 'vitest';
import { owedToRunner } from './session-ownership.ts';
import { type Command, type SessionState, type Timers, activityOf, newSession } from './session-state.ts';
import { deadline } from './session-timers.ts';
import { type Transition, transition } from './session-transition.ts';
import { uptimeAt } from './session-uptime.ts';

const timers: Timers = { idle: 600_000, approval: 300_000, lifetime: 86_400_000, start: 90_000 };
const start = Date.parse('2026-01-01T00:00:00.000Z');

/** A session one can talk to: each call is a command, the clock stands unless moved. */
class Case {
  state: SessionState;
  seconds = 0;
  attended = false;
  next = 1;
  last: Transition | null = null;

  constructor(settings: Partial<Settings> = {}) {
    const now = new Date(start).toISOString();
    this.state = newSession({
      id: 'ses_1',
      userId: 'usr_1',
      name: 'n',
      profileId: null,
      settings: { ...defaultSettings, ...settings },
      claudeSessionId: 'c',
      now,
    });
  }

  do(command: Command): Transition {
    const done = transition(this.state, command, {
      now: new Date(start + this.seconds * 1000).toISOString(),
      attended: this.attended,
      timers,
    });
    this.state = done.state;
    this.last = done;
    return done;
  }

  report(...reports: Report[]): Transition {
    const first = this.next;
    this.next += reports.length;
    return this.do({ kind: 'reports', epoch: this.state.epoch, first, reports });
  }

  prompt(id: string): Transition {
    return this.do({ kind: 'prompt', promptId: `pmt_${id}`, text: id });
  }

  running(): this {
    this.do({ kind: 'create', initialPrompt: null });
    return this.assigned();
  }

  assigned(): this {
    this.next = 1;
    this.do({ kind: 'assign', runnerId: 'r1' });
    this.report({ kind: 'ready', recovered: false });
    return this;
  }

  working(id = 'a'): this {
    this.prompt(id);
    this.report({ kind: 'prompt_started', prompt_id: `pmt_${id}`, content: [{ type: 'text', text: id }] });
    return this;
  }
}

const ended = (id: string, change: Partial<Result> = {}): Report => ({
  kind: 'turn_ended',
  result: {
    subtype: 'success',
    is_error: false,
    success: true,
    result: 'ok',
    summary: 'ok',
    num_turns: 1,
    input_tokens: 1,
    output_tokens: 1,
    total_cost_usd: 0,
    prompt_id: `pmt_${id}`,
    ...change,
  },
});
const asked = (id: string): Report => ({
  kind: 'approval_opened',
  tool_use_id: id,
  tool_name: 'Bash',
  tool_input: { command: 'x' },
  suggested_pattern: 'Bash(x:*)',
});
const types = (done: Transition) =>
  done.events.map((event) => (event.type === 'prompt_status' ? `${event.type}:${event.payload.status}` : event.type));
const effects = (done: Transition) => done.effects.map((effect) => effect.kind);

describe('creation', () => {
  test('a new session waits for a runner, its first event in the log', () => {
    const one = new Case();
    const done = one.do({ kind: 'create', initialPrompt: { promptId: 'pmt_i', text: 'hi' } });
    expect(types(done)).toEqual(['system', 'prompt_status:queued']);
    expect(effects(done)).toEqual(['need_runner']);
    expect(one.state).toMatchObject({ status: 'pending', incarnation: 'wanted', last_seq: 2 });
    expect(activityOf(one.state)).toBeNull();
  });

  test('it runs once its runner is ready', () => {
    const one = new Case().running();
    expect(one.state).toMatchObject({ status: 'running', incarnation: 'up', epoch: 1, acked: 1 });
    expect(activityOf(one.state)).toBe('idle');
  });

  test('no runner in time: it failed, by timeout', () => {
    const one = new Case();
    one.do({ kind: 'create', initialPrompt: null });
    one.seconds = 90;
    const done = one.do({ kind: 'tick' });
    expect(one.state).toMatchObject({ status: 'failed', termination_reason: 'timeout' });
    expect(types(done)).toEqual(['session_end']);
  });

  test('a second runner does not get it', () => {
    const one = new Case().running();
    expect(one.do({ kind: 'assign', runnerId: 'r2' }).outcome).toEqual({ ok: false, code: 'not_wanted' });
  });
});

describe('prompts', () => {
  test('one at a time, each with one result and then completed', () => {
    const one = new Case().running();
    expect(effects(one.prompt('a'))).toEqual(['prompt']);
    expect(effects(one.prompt('b'))).toEqual([]);
    one.report({ kind: 'prompt_started', prompt_id: 'pmt_a', content: [{ type: 'text', text: 'a' }] });
    const done = one.report(ended('a'));
    expect(types(done)).toEqual(['result', 'prompt_status:completed']);
    expect(done.effects).toMatchObject([{ kind: 'prompt', promptId: 'pmt_b', interrupted: false }]);
  });

  test('a pending session takes them; its runner gets the first with the assignment', () => {
    const one = new Case();
    one.do({ kind: 'create', initialPrompt: null });
    one.prompt('a');
    one.assigned();
    expect(one.state.prompts).toMatchObject([{ prompt_id: 'pmt_a', status: 'sent' }]);
    expect(owedToRunner(one.state)).toMatchObject([{ kind: 'prompt', promptId: 'pmt_a' }]);
  });

  test('a queued one can be cancelled, a started one not', () => {
    const one = new Case().running().working('a');
    one.prompt('b');
    expect(types(one.do({ kind: 'cancel_prompt', promptId: 'pmt_b' }))).toEqual(['prompt_status:cancelled']);
    expect(one.do({ kind: 'cancel_prompt', promptId: 'pmt_a' }).outcome).toEqual({ ok: false, code: 'already_resolved' });
    expect(one.do({ kind: 'cancel_prompt', promptId: 'pmt_x' }).outcome).toEqual({ ok: false, code: 'not_found' });
  });

  test('the hundred-and-first that would wait is refused', () => {
    const one = new Case().running().working('a');
    for (let n = 0; n < 100; n++) expect(one.prompt(`q${n}`).outcome.ok).toBe(true);
    expect(one.prompt('more').outcome).toEqual({ ok: false, code: 'queue_full' });
  });

  test('over the budget they are refused until it is raised', () => {
    const one = new Case({ max_budget_usd: 1 }).running().working('a');
    one.do({
      kind: 'usage',
      model: 'claude-opus-5-5',
      newCall: true,
      callId: 'one',
      durationMs: 10,
      usage: { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, total_cost_usd: 1.5 },
    });
    const done = one.report(ended('a', { subtype: 'error_during_execution', is_error: true, success: false }));
    expect(done.events[0]).toMatchObject({ type: 'result', payload: { subtype: 'error_max_budget_usd', total_cost_usd: 1.5 } });
    expect(one.prompt('b').outcome).toEqual({ ok: false, code: 'budget_exhausted' });
    one.do({ kind: 'update', maxBudgetUsd: 2 });
    expect(one.prompt('b').outcome.ok).toBe(true);
  });

  test('a one-shot session ends when its work is done', () => {
    const one = new Case({ one_shot: true }).running().working('a');
    expect(types(one.report(ended('a')))).toEqual(['result', 'prompt_status:completed', 'session_end']);
    expect(one.state).toMatchObject({ status: 'terminated', termination_reason: 'completed' });
  });
});

describe('asks', () => {
  test('the first answer counts; the second hears who was first', () => {
    const one = new Case().running().working();
    expect(types(one.report(asked('t1')))).toEqual(['tool_approval_request']);
    expect(activityOf(one.state)).toBe('waiting');
    const answer = { kind: 'resolve_approval', id: 't1', approved: true, scope: 'session' } as const;
    const done = one.do(answer);
    expect(done.effects).toMatchObject([{ kind: 'resolution', resolution: { id: 't1', approved: true, pattern: 'Bash(x:*)' } }]);
    expect(one.state.session_allowed_tools).toEqual(['Bash(x:*)']);
    expect(one.do(answer).outcome).toEqual({ ok: false, code: 'already_resolved', first: { by: 'user', at: expect.any(String) } });
    expect(one.do({ ...answer, id: 't2' }).outcome).toEqual({ ok: false, code: 'not_found' });
  });

  test('asked again under the same id: not a second request; one already answered gets its answer again', () => {
    const one = new Case().running().working();
    one.report(asked('t1'));
    expect(types(one.report(asked('t1')))).toEqual([]);
    one.do({ kind: 'resolve_approval', id: 't1', approved: false, scope: 'once', message: 'no' });
    expect(one.report(asked('t1')).effects).toMatchObject([{ kind: 'resolution', resolution: { approved: false, message: 'no' } }]);
  });

  test('unattended they expire as a deny that says so; attended they do not', () => {
    const one = new Case().running().working();
    one.attended = true;
    one.report(asked('t1'));
    expect(one.state.asks[0]?.expires_at).toBeNull();
    one.seconds = 10;
    one.attended = false;
    one.do({ kind: 'attendance' });
    expect(one.state.asks[0]?.expires_at).toBe(new Date(start + 310_000).toISOString());
    one.seconds = 310;
    const done = one.do({ kind: 'tick' });
    expect(done.events).toMatchObject([{ type: 'tool_approval_resolved', payload: { approved: false, by: 'expired' } }]);
    expect(done.effects).toMatchObject([{ kind: 'resolution', resolution: { approved: false } }]);
  });

  test('a turn that ends leaves none open', () => {
    const one = new Case().running().working();
    one.report(asked('t1'), { kind: 'question_opened', question_id: 'qst_1', tool_use_id: 't2', questions: [] });
    expect(types(one.report(ended('a')))).toEqual([
      'tool_approval_resolved',
      'ask_user_question_resolved',
      'result',
      'prompt_status:completed',
    ]);
    expect(one.state.asks).toEqual([]);
  });
});

describe('sleep and loss', () => {
  test('idle long enough it sleeps; the next prompt wakes it under a new epoch', () => {
    const one = new Case().running();
    one.seconds = 600;
    expect(effects(one.do({ kind: 'tick' }))).toEqual(['hibernate']);
    expect(activityOf(one.state)).toBe('hibernated');
    one.report({ kind: 'hibernated' });
    expect(one.state.incarnation).toBe('none');
    expect(effects(one.prompt('a'))).toEqual(['need_runner']);
    one.assigned();
    expect(one.state).toMatchObject({ epoch: 2, incarnation: 'up' });
  });

  test('a prompt that comes while it falls asleep wakes it afterwards', () => {
    const one = new Case().running();
    one.seconds = 600;
    one.do({ kind: 'tick' });
    expect(effects(one.prompt('a'))).toEqual([]);
    expect(effects(one.report({ kind: 'hibernated' }))).toEqual(['end', 'need_runner']);
  });

  test('an answer is given again to whoever asks again, but not once it was handed to Claude Code: the call may have run', () => {
    const one = new Case().running().working();
    one.report(asked('t1'));
    one.do({ kind: 'resolve_approval', id: 't1', approved: true, scope: 'once' });
    expect(one.state.resolutions).toMatchObject([{ id: 't1' }]);
    expect(owedToRunner(one.state)).toContainEqual(expect.objectContaining({ kind: 'resolution' }));
    one.report({ kind: 'approval_handed_over', tool_use_id: 't1' });
    expect(one.state.resolutions).toEqual([]);
    expect(owedToRunner(one.state).some(({ kind }) => kind === 'resolution')).toBe(false);
  });

  test('an answer that came while no runner had the session goes with its assignment', () => {
    const one = new Case().running().working();
    one.report(asked('t1'));
    one.do({ kind: 'lost', epoch: 1 });
    one.do({ kind: 'resolve_approval', id: 't1', approved: true, scope: 'once' });
    const done = one.do({ kind: 'assign', runnerId: 'r1' });
    expect(done.effects).toMatchObject([{ kind: 'assign' }, { kind: 'resolution', resolution: { id: 't1', approved: true } }]);
  });

  test('a lost runner: idle sessions sleep, working ones go on elsewhere with the turn marked as interrupted', () => {
    const idle = new Case().running();
    idle.do({ kind: 'lost', epoch: 1 });
    expect(idle.state).toMatchObject({ status: 'running', incarnation: 'none' });
    const busy = new Case().running().working();
    busy.report(asked('t1'));
    expect(effects(busy.do({ kind: 'lost', epoch: 1 }))).toEqual(['end', 'need_runner']);
    busy.assigned();
    expect(busy.state.asks).toHaveLength(1);
    expect(owedToRunner(busy.state)).toMatchObject([{ kind: 'prompt', interrupted: true }]);
  });

  test('lost again and again it fails', () => {
    const one = new Case().running().working();
    for (let n = 0; n < 3; n++) {
      one.do({ kind: 'lost', epoch: one.state.epoch });
      one.assigned();
    }
    one.do({ kind: 'lost', epoch: one.state.epoch });
    expect(one.state).toMatchObject({ status: 'failed', termination_reason: 'process_crashed' });
  });

  test('reports of an older epoch, and repeated ones, change nothing; a hole is refused', () => {
    const one = new Case().running().working();
    const before = one.state;
    expect(one.do({ kind: 'reports', epoch: 0, first: 1, reports: [ended('a')] }).outcome).toMatchObject({ code: 'stale' });
    one.do({ kind: 'reports', epoch: 1, first: 1, reports: [{ kind: 'ready', recovered: false }] });
    expect(one.do({ kind: 'reports', epoch: 1, first: 9, reports: [ended('a')] }).outcome).toMatchObject({ code: 'gap' });
    expect(one.state).toEqual(before);
  });

  test('of an epoch that is over only what went out to the network counts, told by the runner that held it', () => {
    const one = new Case().running().working();
    one.do({ kind: 'lost', epoch: 1 });
    one.assigned();
    const before = one.state;
    const outcome = { kind: 'egress_outcome' as const, row: 3, outcome: { ...noBytes, count: 2 } };
    const late = { kind: 'late_reports' as const, runnerId: 'r1', epoch: 1, reports: [ended('a'), outcome] };
    expect(one.do(late)).toMatchObject({ ledger: [{ op: 'outcome', key: 'connection/1/3' }], events: [], effects: [], state: before });
    expect(one.do({ ...late, runnerId: 'r2' }).outcome).toMatchObject({ code: 'stale' });
    expect(one.do({ ...late, epoch: 3 }).outcome).toMatchObject({ code: 'stale' });
  });
});

const noBytes = { bytes_up: null, bytes_down: null, duration_ms: null, error: null };

test('100 prompts may wait, the next is refused until one of them is through', () => {
  const one = new Case().running().working('first');
  for (let n = 0; n < 100; n++) expect(one.prompt(`${n}`).outcome).toMatchObject({ ok: true });
  expect(one.prompt('over').outcome).toEqual({ ok: false, code: 'queue_full' });
  one.do({ kind: 'cancel_prompt', promptId: 'pmt_7' });
  expect(one.prompt('instead').outcome).toMatchObject({ ok: true });
  expect(one.prompt('over').outcome).toEqual({ ok: false, code: 'queue_full' });
  one.report(ended('first'));
  expect(one.prompt('last').outcome).toMatchObject({ ok: true });
});

describe('no state without a way out', () => {
  /** Lets the time of the next deadline come, and what is due then happen. */
  const next = (one: Case): Transition => {
    const at = deadline(one.state, timers);
    if (at === null) throw new Error('no deadline');
    one.seconds = (Date.parse(at) - start) / 1000;
    return one.do({ kind: 'tick' });
  };

  test.each([
    ['waits for a runner', (one: Case) => one.do({ kind: 'create', initialPrompt: { promptId: 'pmt_a', text: 'a' } })],
    [
      'is brought up',
      (one: Case) => {
        one.do({ kind: 'create', initialPrompt: { promptId: 'pmt_a', text: 'a' } });
        one.seconds = 80;
        one.do({ kind: 'assign', runnerId: 'r1' });
      },
    ],
    [
      'was given back by its runner',
      (one: Case) => {
        one.do({ kind: 'create', initialPrompt: null });
        one.do({ kind: 'assign', runnerId: 'r1' });
        one.seconds = 60;
        one.do({ kind: 'lost', epoch: 1 });
      },
    ],
  ])('a new session that %s for 90 s fails by timeout', (_, begin) => {
    const one = new Case();
    begin(one);
    next(one);
    expect(one.seconds).toBe(90);
    expect(one.state).toMatchObject({ status: 'failed', termination_reason: 'timeout' });
  });

  test('a session that cannot be resumed in time is taken from its runner and given anew, the fourth time it fails', () => {
    const one = new Case().running();
    one.do({ kind: 'lost', epoch: 1 });
    one.prompt('a');
    for (const times of [1, 2, 3]) {
      one.do({ kind: 'assign', runnerId: 'r1' });
      expect(effects(next(one)), String(times)).toEqual(times === 3 ? ['end'] : ['end', 'need_runner']);
    }
    expect(one.state).toMatchObject({ status: 'failed', termination_reason: 'process_crashed' });
  });

  test('a runner that does not put a session to sleep in time loses it', () => {
    const one = new Case().running();
    one.seconds = 600;
    one.do({ kind: 'tick' });
    expect(one.state.incarnation).toBe('hibernating');
    expect(effects(next(one))).toEqual(['end']);
    expect(one.state.incarnation).toBe('none');
  });

  test('work that no runner takes up is told to have failed, and the session sleeps', () => {
    const one = new Case().running().working('a');
    one.attended = true;
    one.prompt('b');
    one.report(asked('t1'));
    one.do({ kind: 'lost', epoch: 1 });
    one.seconds = 500;
    one.do({ kind: 'tick' });
    expect(one.state.incarnation).toBe('wanted');
    one.seconds = 900;
    expect(types(one.do({ kind: 'tick' }))).toEqual([
      'tool_approval_resolved',
      'result',
      'prompt_status:completed',
      'prompt_status:cancelled',
      'system',
    ]);
    expect(one.state).toMatchObject({ status: 'running', incarnation: 'none', prompts: [], asks: [] });
    expect(one.prompt('c').outcome).toMatchObject({ ok: true });
    expect(one.state.incarnation).toBe('wanted');
  });

  test('a server that was away takes no time from anybody', () => {
    const pending = new Case();
    pending.do({ kind: 'create', initialPrompt: null });
    const waiting = new Case().running().working('a');
    waiting.report(asked('t1'));
    waiting.do({ kind: 'lost', epoch: 1 });
    for (const one of [pending, waiting]) {
      one.seconds = 7200;
      one.do({ kind: 'server_started' });
      one.do({ kind: 'tick' });
    }
    expect(pending.state.status).toBe('pending');
    expect(waiting.state).toMatchObject({ incarnation: 'wanted', prompts: [{ prompt_id: 'pmt_a' }], asks: [{ id: 't1' }] });
    waiting.seconds = 7200 + 300;
    expect(types(waiting.do({ kind: 'tick' }))).toEqual(['tool_approval_resolved']);
    pending.seconds = 7290;
    pending.do({ kind: 'tick' });
    expect(pending.state.status).toBe('failed');
  });
});

describe('uptime', () => {
  const at = (one: Case) => {
    const { active, hibernated } = uptimeAt(one.state, new Date(start + one.seconds * 1000).toISOString());
    return [active / 1000, hibernated / 1000];
  };
  const sleep = (one: Case) => {
    one.do({ kind: 'tick' });
    one.report({ kind: 'hibernated' });
  };

  test('counts the time with processes and that asleep; waiting for a runner is neither', () => {
    const one = new Case();
    one.do({ kind: 'create', initialPrompt: null });
    one.seconds = 30;
    expect(at(one)).toEqual([0, 0]);
    one.assigned();
    one.seconds = 300;
    one.do({ kind: 'tick' });
    one.seconds = 330;
    one.do({ kind: 'tick' });
    one.seconds = 630;
    expect(at(one)).toEqual([600, 0]);
    sleep(one);
    one.seconds = 10_630;
    expect(at(one)).toEqual([600, 10_000]);
    one.prompt('a');
    one.seconds = 10_700;
    expect(at(one)).toEqual([600, 10_000]);
    one.assigned();
    one.seconds = 10_710;
    expect(at(one)).toEqual([610, 10_000]);
    one.do({ kind: 'terminate', reason: 'user_requested' });
    one.seconds = 20_000;
    expect(at(one)).toEqual([610, 10_000]);
  });

  test('a clock that was set back takes nothing, a machine that was off for a day adds ten minutes at most', () => {
    const one = new Case().running();
    one.seconds = -3600;
    one.do({ kind: 'lost', epoch: 1 });
    expect(at(one)).toEqual([0, 0]);
    const other = new Case({ ttl_seconds: null }).running();
    other.seconds = 80_000;
    other.do({ kind: 'lost', epoch: 1 });
    expect(at(other)).toEqual([600, 0]);
  });
});

describe('the end', () => {
  test('everything open gets its last event before session_end', () => {
    const one = new Case().running().working('a');
    one.prompt('b');
    one.report(asked('t1'));
    const done = one.do({ kind: 'terminate', reason: 'user_requested' });
    expect(types(done)).toEqual(['tool_approval_resolved', 'result', 'prompt_status:completed', 'prompt_status:cancelled', 'session_end']);
    expect(done.effects).toEqual([{ kind: 'end', epoch: 1 }]);
    expect(one.do({ kind: 'terminate', reason: 'user_requested' })).toMatchObject({ outcome: { ok: true }, events: [] });
    expect(one.prompt('c').outcome).toEqual({ ok: false, code: 'session_not_running' });
  });

  test('a crash fails it with what the process said', () => {
    const one = new Case().running().working('a');
    const done = one.report({ kind: 'exited', why: 'crashed', exit_code: 3, error_message: 'boom' });
    expect(done.events[0]).toMatchObject({ type: 'result', payload: { subtype: 'error_during_execution' } });
    expect(one.state).toMatchObject({ status: 'failed', termination_reason: 'process_crashed', exit_code: 3, error_message: 'boom' });
  });

  test('one that cannot be resumed, say for a full disk, gives its work back and sleeps; the next prompt tries again', () => {
    const one = new Case().running();
    one.do({ kind: 'lost', epoch: 1 });
    one.prompt('a');
    one.prompt('b');
    one.next = 1;
    one.do({ kind: 'assign', runnerId: 'r1' });
    const done = one.report({ kind: 'exited', why: 'unable', exit_code: null, error_message: 'No space is left on the disk.' });
    expect(types(done)).toEqual(['prompt_status:started', 'result', 'prompt_status:completed', 'prompt_status:cancelled', 'system']);
    expect(done.events[1]).toMatchObject({ payload: { result: expect.stringMatching(/No space is left.*send the prompt again/) } });
    expect(one.state).toMatchObject({ status: 'running', incarnation: 'none', prompts: [] });
    expect(effects(one.prompt('c'))).toContain('need_runner');
  });

  test('one that cannot be brought up for the first time fails with the reason', () => {
    const one = new Case();
    one.do({ kind: 'create', initialPrompt: null });
    one.do({ kind: 'assign', runnerId: 'r1' });
    one.report({ kind: 'exited', why: 'unable', exit_code: null, error_message: 'No space is left on the disk.' });
    expect(one.state).toMatchObject({
      status: 'failed',
      termination_reason: 'process_crashed',
      error_message: 'No space is left on the disk.',
    });
  });

  test.each([
    ['ttl_seconds', { ttl_seconds: 60 }, 60],
    ['the maximal lifetime', {}, 86_400],
  ])('%s ends it by timeout, asleep or not', (_, settings, seconds) => {
    const one = new Case(settings).running();
    one.seconds = seconds;
    one.do({ kind: 'tick' });
    expect(one.state).toMatchObject({ status: 'terminated', termination_reason: 'timeout' });
    expect(deadline(one.state, timers)).toBeNull();
  });
});

describe('use other than by prompts', () => {
  test('puts sleep off', () => {
    const one = new Case().running();
    one.seconds = 500;
    one.do({ kind: 'used' });
    one.seconds = 1000;
    expect(effects(one.do({ kind: 'tick' }))).toEqual([]);
    one.seconds = 1100;
    expect(effects(one.do({ kind: 'tick' }))).toEqual(['hibernate']);
  });

  test('while it works there is nothing to put off', () => {
    const one = new Case().running().working();
    one.do({ kind: 'used' });
    expect(one.state.idle_since).toBeNull();
  });

  test('wakes one that sleeps, once, and lets it sleep again', () => {
    const one = new Case().running();
    one.seconds = 600;
    one.do({ kind: 'tick' });
    expect(effects(one.do({ kind: 'wake' }))).toEqual([]);
    one.report({ kind: 'hibernated' });
    expect(effects(one.do({ kind: 'wake' }))).toEqual(['need_runner']);
    expect(effects(one.do({ kind: 'wake' }))).toEqual([]);
    one.assigned();
    expect(one.state).toMatchObject({ incarnation: 'up', idle_since: new Date(start + 600_000).toISOString() });
    one.seconds = 1200;
    expect(effects(one.do({ kind: 'tick' }))).toEqual(['hibernate']);
  });

  test('does not wake the dead', () => {
    const one = new Case().running();
    one.do({ kind: 'terminate', reason: 'user_requested' });
    expect(one.do({ kind: 'wake' }).outcome).toEqual({ ok: false, code: 'session_not_running' });
  });
});
