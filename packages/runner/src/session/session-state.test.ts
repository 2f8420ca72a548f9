import type { CurrentPrompt, Report } from '@ai-sessions/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  begin,
  DEATHS_WITHIN_MS,
  MAX_DEATHS,
  type SessionEvent,
  type SessionState,
  type Step,
  step,
} from './session-state.ts';
import { turnError, turnFinished } from '../claude/turn-result.ts';

const prompt = (prompt_id: string, interrupted = false): CurrentPrompt => ({ prompt_id, text: `text of ${prompt_id}`, interrupted });
const success = turnFinished('done');
const failure = turnError('[raw]');
const started = (kind: 'none' | 'resend' | 'goes_on' = 'none'): SessionEvent => ({ type: 'started', resumption: { kind } });
const died = (at: number): SessionEvent => ({ type: 'died', at, exitCode: null, why: 'was killed' });
const result = (promptId: string | null | undefined, told = success): SessionEvent => ({ type: 'result', result: told, promptId });

/** Plays events; gives the last state, and all actions as short words. */
function play(first: CurrentPrompt | null, events: readonly SessionEvent[]): { state: SessionState; told: string[]; actions: Action[] } {
  const opening = begin(first);
  let { state } = opening;
  const all = [...opening.actions];
  for (const event of events) {
    const next: Step = step(state, event);
    state = next.state;
    all.push(...next.actions);
  }
  return { state, told: all.map(word), actions: all };
}

function word(action: Action): string {
  switch (action.do) {
    case 'report':
      return reportWord(action.report);
    case 'start':
      return action.recovering ? `restart(${action.turn?.promptId ?? ''})` : `start(${action.turn?.promptId ?? ''})`;
    case 'hand_over':
      return `hand_over(${action.prompt.prompt_id})`;
    case 'stop':
      return action.gently ? 'stop gently' : 'stop';
    default:
      return action.do;
  }
}

function reportWord(report: Report): string {
  switch (report.kind) {
    case 'turn_ended':
      return `ended(${report.result.prompt_id ?? ''}:${report.result.subtype})`;
    case 'prompt_started':
      return `started(${report.prompt_id})`;
    case 'event':
      return 'payload' in report && 'subtype' in report.payload ? report.payload.subtype : report.type;
    case 'exited':
      return `exited(${report.why})`;
    case 'ready':
      return report.recovered ? 'ready again' : 'ready';
    default:
      return report.kind;
  }
}

interface Case {
  readonly what: string;
  readonly first?: CurrentPrompt;
  readonly events: readonly SessionEvent[];
  readonly told: readonly string[];
  readonly phase: SessionState['phase'];
}

const ask: SessionEvent = { type: 'prompt', prompt: prompt('p1') };
const interrupt: SessionEvent = { type: 'interrupt', promptId: null };
const up = ['start()', 'ready', 'settle_asks'];
const running = [...up, 'started(p1)', 'hand_over(p1)'];

const cases: readonly Case[] = [
  { what: 'a turn', events: [started(), ask, result('p1')], told: [...running, 'settle_asks', 'ended(p1:success)'], phase: 'idle' },
  {
    what: 'a prompt while it starts',
    events: [ask, started()],
    told: ['start()', 'ready', 'started(p1)', 'hand_over(p1)'],
    phase: 'working',
  },
  {
    what: 'a prompt in the assignment',
    first: prompt('p1'),
    events: [started('resend')],
    told: ['start(p1)', 'ready', 'started(p1)', 'hand_over(p1)'],
    phase: 'working',
  },
  {
    what: 'a prompt told twice',
    events: [started(), ask, result('p1'), ask],
    told: [...running, 'settle_asks', 'ended(p1:success)'],
    phase: 'idle',
  },
  {
    what: 'an interrupted prompt goes on without being announced again',
    first: prompt('p1', true),
    events: [started('goes_on'), result('p1')],
    told: ['start(p1)', 'ready', 'settle_asks', 'ended(p1:success)'],
    phase: 'idle',
  },
  {
    what: 'an interrupted prompt that never arrived is handed over',
    first: prompt('p1', true),
    events: [started('resend')],
    told: ['start(p1)', 'ready', 'hand_over(p1)'],
    phase: 'working',
  },
  {
    what: 'an interrupted prompt whose turn was over',
    first: prompt('p1', true),
    events: [{ type: 'started', resumption: { kind: 'finished', text: 'done' } }],
    told: ['start(p1)', 'ready', 'settle_asks', 'ended(p1:success)'],
    phase: 'idle',
  },
  {
    what: 'a turn that cannot be continued',
    first: prompt('p1', true),
    events: [{ type: 'started', resumption: { kind: 'impossible', text: 'sorry' } }],
    told: ['start(p1)', 'ready', 'settle_asks', 'ended(p1:error_during_execution)'],
    phase: 'idle',
  },
  {
    what: 'interrupt',
    events: [started(), ask, interrupt, result('p1', failure)],
    told: [...running, 'settle_asks', 'interrupt', 'settle_asks', 'ended(p1:interrupted)'],
    phase: 'idle',
  },
  {
    what: 'interrupt that came too late',
    events: [started(), ask, interrupt, result('p1')],
    told: [...running, 'settle_asks', 'interrupt', 'settle_asks', 'ended(p1:success)'],
    phase: 'idle',
  },
  { what: 'interrupt of another prompt', events: [started(), ask, { type: 'interrupt', promptId: 'p0' }], told: running, phase: 'working' },
  { what: 'interrupt while idle', events: [started(), interrupt], told: up, phase: 'idle' },
  {
    what: 'interrupt while starting',
    events: [ask, interrupt, started('resend')],
    told: ['start()', 'ready', 'started(p1)', 'settle_asks', 'ended(p1:interrupted)'],
    phase: 'idle',
  },
  {
    what: 'interrupt of a turn that is being recovered',
    events: [started(), ask, died(0), interrupt, started('goes_on'), result('p1', failure)],
    told: [...running, 'recovered', 'restart(p1)', 'ready again', 'settle_asks', 'interrupt', 'settle_asks', 'ended(p1:interrupted)'],
    phase: 'idle',
  },
  {
    what: 'interrupt that is not heard',
    events: [started(), ask, interrupt, { type: 'interrupt_overdue' }, died(0), started()],
    told: [
      ...running,
      'settle_asks',
      'interrupt',
      'kill_claude',
      'settle_asks',
      'ended(p1:interrupted)',
      'recovered',
      'restart()',
      'ready again',
      'settle_asks',
    ],
    phase: 'idle',
  },
  {
    what: 'a prompt that Claude Code dropped unseen',
    events: [started(), ask, interrupt, { type: 'prompt_closed', promptId: 'p1', dropped: true }],
    told: [...running, 'settle_asks', 'interrupt', 'settle_asks', 'ended(p1:interrupted)'],
    phase: 'idle',
  },
  {
    what: 'a prompt closed after its result',
    events: [started(), ask, result('p1'), { type: 'prompt_closed', promptId: 'p1', dropped: false }],
    told: [...running, 'settle_asks', 'ended(p1:success)'],
    phase: 'idle',
  },
  {
    what: 'stalled',
    events: [started(), ask, { type: 'stalled', text: 'silence' }, result('p1', failure)],
    told: [...running, 'settle_asks', 'interrupt', 'settle_asks', 'ended(p1:error_during_execution)'],
    phase: 'idle',
  },
  {
    what: 'a turn of its own',
    events: [started(), { type: 'turn_began' }, ask, result(null)],
    told: [...up, 'settle_asks', 'ended(:success)', 'started(p1)', 'hand_over(p1)'],
    phase: 'working',
  },
  {
    what: 'a turn of its own that came to nothing',
    events: [started(), { type: 'turn_began' }, ask, { type: 'quiet' }],
    told: [...up, 'started(p1)', 'hand_over(p1)'],
    phase: 'working',
  },
  {
    what: 'the end of a turn of its own beside ours',
    events: [started(), ask, result(null), result('p1')],
    told: [...running, 'ended(:success)', 'settle_asks', 'ended(p1:success)'],
    phase: 'idle',
  },
  {
    what: 'a result that does not say whose',
    events: [started(), ask, result(undefined)],
    told: [...running, 'settle_asks', 'ended(p1:success)'],
    phase: 'idle',
  },
  {
    what: 'death while idle',
    events: [started(), died(0), started()],
    told: [...up, 'recovered', 'restart()', 'ready again', 'settle_asks'],
    phase: 'idle',
  },
  {
    what: 'death in a turn',
    events: [started(), ask, died(0), started('goes_on'), result('p1')],
    told: [...running, 'recovered', 'restart(p1)', 'ready again', 'settle_asks', 'ended(p1:success)'],
    phase: 'idle',
  },
  {
    what: 'death before the prompt arrived',
    events: [started(), ask, died(0), started('resend')],
    told: [...running, 'recovered', 'restart(p1)', 'ready again', 'hand_over(p1)'],
    phase: 'working',
  },
  {
    what: 'too many deaths',
    events: [started(), ask, died(0), died(1), died(2), died(3), { type: 'stopped' }, ask, started()],
    told: [
      ...running,
      ...[0, 1, 2].flatMap(() => ['recovered', 'restart(p1)']),
      'settle_asks',
      'ended(p1:error_during_execution)',
      'stop',
      'exited(crashed)',
    ],
    phase: 'gone',
  },
  {
    what: 'many deaths over a long time',
    events: [started(), ...[1, 2, 3, 4, 5].flatMap((time) => [died(time * DEATHS_WITHIN_MS), started()])],
    told: [...up, ...[1, 2, 3, 4, 5].flatMap(() => ['recovered', 'restart()', 'ready again', 'settle_asks'])],
    phase: 'idle',
  },
  {
    what: 'hibernate',
    events: [started(), { type: 'hibernate' }, { type: 'stopped' }],
    told: [...up, 'stop gently', 'hibernated'],
    phase: 'gone',
  },
  {
    what: 'hibernate while it is brought back',
    events: [started(), died(0), { type: 'hibernate' }, { type: 'stopped' }],
    told: [...up, 'recovered', 'restart()', 'stop', 'hibernated'],
    phase: 'gone',
  },
  { what: 'hibernate in a turn', events: [started(), ask, { type: 'hibernate' }], told: running, phase: 'working' },
  {
    what: 'end while idle',
    events: [started(), { type: 'end' }, { type: 'end' }, { type: 'stopped' }],
    told: [...up, 'settle_asks', 'stop gently', 'exited(ended)'],
    phase: 'gone',
  },
  {
    what: 'end in a turn',
    events: [started(), ask, { type: 'end' }, result('p1'), died(0), { type: 'stopped' }],
    told: [...running, 'settle_asks', 'ended(p1:interrupted)', 'stop', 'exited(ended)'],
    phase: 'gone',
  },
  {
    what: 'end before anything began',
    first: prompt('p1'),
    events: [{ type: 'end' }, { type: 'stopped' }],
    told: ['start(p1)', 'settle_asks', 'stop', 'exited(ended)'],
    phase: 'gone',
  },
  {
    what: 'no sandbox',
    events: [{ type: 'unable', why: 'no' }, { type: 'stopped' }],
    told: ['start()', 'settle_asks', 'stop', 'exited(unable)'],
    phase: 'gone',
  },
  {
    what: 'no sandbox for a prompt',
    first: prompt('p1'),
    events: [{ type: 'unable', why: 'no' }, { type: 'stopped' }],
    told: ['start(p1)', 'settle_asks', 'started(p1)', 'ended(p1:error_during_execution)', 'stop', 'exited(unable)'],
    phase: 'gone',
  },
];

describe('session state', () => {
  it.each(cases)('$what', ({ first, events, told, phase }) => {
    const played = play(first ?? null, events);
    expect(played.told).toEqual(told);
    expect(played.state.phase).toBe(phase);
  });

  it('keeps its promises whatever happens', () => {
    const id = fc.constantFrom('p1', 'p2', 'p3');
    const event: fc.Arbitrary<SessionEvent> = fc.oneof(
      fc.constantFrom(started(), started('resend'), started('goes_on'), {
        type: 'started',
        resumption: { kind: 'impossible', text: '' },
      } as const),
      id.map((promptId): SessionEvent => ({ type: 'prompt', prompt: prompt(promptId) })),
      fc.option(id).map((promptId): SessionEvent => ({ type: 'interrupt', promptId })),
      fc
        .tuple(fc.constantFrom('p1', 'p2', 'p3', null, undefined), fc.constantFrom(success, failure))
        .map(([promptId, told]) => result(promptId, told)),
      fc.constantFrom<SessionEvent>(
        { type: 'turn_began' },
        { type: 'quiet' },
        { type: 'interrupt_overdue' },
        { type: 'stalled', text: 's' },
      ),
      fc.tuple(id, fc.boolean()).map(([promptId, dropped]): SessionEvent => ({ type: 'prompt_closed', promptId, dropped })),
      fc.nat(DEATHS_WITHIN_MS * 3).map(died),
      fc.constantFrom<SessionEvent>({ type: 'hibernate' }, { type: 'end' }),
    );
    fc.assert(
      fc.property(fc.option(id.map((promptId) => prompt(promptId))), fc.array(event, { maxLength: 60 }), (first, events) => {
        const { told, state } = play(first, [...events, { type: 'end' }, { type: 'stopped' }]);
        const begun = told.filter((item) => item.startsWith('started('));
        const ended = told.filter((item) => item.startsWith('ended(p')).map((item) => item.replace(/:.*/, ')').replace('ended', 'started'));
        expect(new Set(begun).size).toBe(begun.length);
        expect(ended).toEqual(begun);
        expect(state.phase).toBe('gone');
        expect(told.filter((item) => item.startsWith('exited') || item === 'hibernated')).toHaveLength(1);
        expect(told.at(-1)).toMatch(/^(exited|hibernated)/);
        const deaths = told.filter((item) => item.startsWith('restart'));
        if (events.every((item) => item.type !== 'died' || item.at < DEATHS_WITHIN_MS))
          expect(deaths.length).toBeLessThanOrEqual(MAX_DEATHS);
      }),
      { numRuns: 2000 },
    );
  });
});
