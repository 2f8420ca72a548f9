import { type NewEvent, type Report, defaultSettings } from '@ai-sessions/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Command, type SessionState, activityOf, isLive, newSession } from './session-state.ts';
import { deadline } from './session-timers.ts';
import { transition } from './session-transition.ts';

const timers = { idle: 60_000, approval: 30_000, lifetime: 3_600_000, start: 20_000 };
const promptIds = ['pmt_a', 'pmt_b', 'pmt_c', 'pmt_d'];
const askIds = ['t1', 't2', 't3'];

type Step = {
  readonly command: Command | 'next reports';
  readonly reports: readonly Report[];
  readonly seconds: number;
  readonly attended: boolean;
};

const report: fc.Arbitrary<Report> = fc.oneof(
  fc.constant<Report>({ kind: 'ready', recovered: false }),
  fc.constantFrom(...promptIds).map((prompt_id): Report => ({ kind: 'prompt_started', prompt_id, content: [] })),
  fc.constantFrom(...promptIds, null).map((prompt_id): Report => ({
    kind: 'turn_ended',
    result: {
      subtype: 'success',
      is_error: false,
      success: true,
      result: '',
      summary: '',
      num_turns: 1,
      input_tokens: 0,
      output_tokens: 0,
      total_cost_usd: 0,
      prompt_id,
    },
  })),
  fc.constantFrom(...askIds).map((tool_use_id): Report => ({ kind: 'approval_opened', tool_use_id, tool_name: 'Bash', tool_input: {} })),
  fc.constantFrom(...askIds).map((tool_use_id): Report => ({ kind: 'approval_settled', tool_use_id, approved: false, by: 'interrupted' })),
  fc.constant<Report>({ kind: 'event', type: 'assistant', payload: { message_id: 'm', model: 'x', content: [] } }),
  fc.constant<Report>({ kind: 'hibernated' }),
  fc
    .constantFrom('ended' as const, 'crashed' as const, 'lost' as const, 'unable' as const)
    .map((why): Report => ({ kind: 'exited', why, exit_code: null, error_message: null })),
);
const command: fc.Arbitrary<Command | 'next reports'> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('next reports' as const) },
  { weight: 3, arbitrary: fc.constantFrom(...promptIds).map((promptId): Command => ({ kind: 'prompt', promptId, text: 'x' })) },
  fc.constantFrom(...promptIds).map((promptId): Command => ({ kind: 'cancel_prompt', promptId })),
  { weight: 3, arbitrary: fc.constant<Command>({ kind: 'assign', runnerId: 'r1' }) },
  fc.constant<Command>({ kind: 'interrupt' }),
  fc.constantFrom(...askIds).map((id): Command => ({ kind: 'resolve_approval', id, approved: true, scope: 'once' })),
  fc.nat(3).map((epoch): Command => ({ kind: 'lost', epoch })),
  fc.constant<Command>({ kind: 'attendance' }),
  { weight: 2, arbitrary: fc.constant<Command>({ kind: 'tick' }) },
  fc.constant<Command>({ kind: 'terminate', reason: 'user_requested' }),
);
const step: fc.Arbitrary<Step> = fc.record({
  command,
  reports: fc.array(report, { minLength: 1, maxLength: 3 }),
  seconds: fc.nat(30),
  attended: fc.boolean(),
});

test('whatever happens in whatever order, the promises hold', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let now = Date.parse('2026-01-01T00:00:00.000Z');
      const at = () => new Date(now).toISOString();
      let state = newSession({
        id: 'ses_1',
        userId: 'u',
        name: 'n',
        profileId: null,
        settings: defaultSettings,
        claudeSessionId: 'c',
        now: at(),
      });
      const log: NewEvent[] = [];
      const given = new Set<string>();
      const run = (one: Command, attended: boolean) => {
        const done = transition(state, one, { now: at(), attended, timers });
        expect(done.state.last_seq).toBe(state.last_seq + done.events.length);
        if (!done.outcome.ok) expect(done.state).toBe(state);
        state = done.state;
        log.push(...done.events);
        check(state, log);
      };
      run({ kind: 'create', initialPrompt: null }, false);
      for (const { command: wanted, reports, seconds, attended } of steps) {
        now += seconds * 1000;
        if (wanted === 'next reports') run({ kind: 'reports', epoch: state.epoch, first: state.acked + 1, reports }, attended);
        else if (wanted.kind !== 'prompt') run(wanted, attended);
        else if (!given.has(wanted.promptId)) {
          given.add(wanted.promptId);
          run(wanted, attended);
        }
      }
      run({ kind: 'terminate', reason: 'cancelled' }, false);
      expect(isLive(state)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

function check(state: SessionState, log: readonly NewEvent[]): void {
  const ends = log.findIndex((event) => event.type === 'session_end');
  expect(isLive(state)).toBe(ends === -1);
  if (ends !== -1) expect(ends).toBe(log.length - 1);
  for (const id of promptIds) {
    const statuses = log.flatMap((event) =>
      event.type === 'prompt_status' && event.payload.prompt_id === id ? [event.payload.status] : [],
    );
    const results = log.filter((event) => event.type === 'result' && event.payload.prompt_id === id).length;
    const open = state.prompts.find((prompt) => prompt.prompt_id === id);
    expect(['', 'queued', 'queued started', 'queued started completed', 'queued cancelled']).toContain(statuses.join(' '));
    expect(results).toBe(statuses.includes('completed') ? 1 : 0);
    expect(open !== undefined).toBe(statuses.length > 0 && !statuses.includes('completed') && !statuses.includes('cancelled'));
    expect(open?.status === 'started').toBe(statuses.at(-1) === 'started');
  }
  expect(state.prompts.slice(1).every((prompt) => prompt.status === 'queued')).toBe(true);
  const asked = log.filter((event) => event.type === 'tool_approval_request').length;
  const resolved = log.filter((event) => event.type === 'tool_approval_resolved').length;
  expect(asked - resolved).toBe(state.asks.length);
  if (isLive(state)) {
    // Nothing is stuck: what has no process and no runner sought has nothing to do, and every limit has its time.
    if (state.incarnation === 'none' && state.status === 'running') expect(state.prompts).toEqual([]);
    expect(deadline(state, timers)).not.toBeNull();
  } else {
    expect(state).toMatchObject({ incarnation: 'none', prompts: [], asks: [] });
    expect(activityOf(state)).toBeNull();
  }
}
