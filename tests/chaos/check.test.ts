import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DurableEvent } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { type LogFacts, checkLog } from './check-log.ts';
import { checkView } from './check-view.ts';
import { type Entry, Journal, digestOf, readJournal, seenEvent } from './journal.ts';
import type { PlannedTurn } from './plan.ts';
import { Random } from './random.ts';
import { schedule } from './schedule.ts';
import { screenOfLog } from './screen.ts';

/** Chaos is worth what its checker is worth: each thing that can go wrong is planted here once, and has to be found. */

const sessionId = 'ses_check';
const session = { session_id: sessionId };
const turn = (id: string, mark: string | null): PlannedTurn => ({
  id,
  kind: 'approval',
  text: 't',
  says: `said ${id}`,
  mark,
  burst: false,
});
const plan = { name: 's', turns: [turn('c1', 'c1'), turn('c2', null)] };
const success = { subtype: 'success', is_error: false, success: true, num_turns: 1, input_tokens: 1, output_tokens: 1, total_cost_usd: 0 };

function turnEvents(id: string, tool: string): object[] {
  const prompt = { prompt_id: `pmt_${id}`, client_msg_id: id };
  const command = { command: `echo ${id} | tee -a runs.txt` };
  const message = (content: object, nth: number) => ({
    type: 'assistant',
    payload: { message_id: `msg_${id}${nth}`, model: 'm', content: [content] },
  });
  return [
    { type: 'prompt_status', payload: { ...prompt, status: 'queued', text: 't' } },
    { type: 'prompt_status', payload: { ...prompt, status: 'started' } },
    { type: 'user', payload: { content: [{ type: 'text', text: 't' }], prompt_id: prompt.prompt_id } },
    message({ type: 'tool_use', id: tool, name: 'Bash', input: command }, 0),
    { type: 'tool_use', payload: { id: tool, name: 'Bash', input: command } },
    { type: 'tool_approval_request', payload: { tool_use_id: tool, tool_name: 'Bash', tool_input: command } },
    { type: 'tool_approval_resolved', payload: { tool_use_id: tool, approved: id === 'c1', by: 'user' } },
    { type: 'tool_result', payload: { tool_use_id: tool, content: id, is_error: id !== 'c1' } },
    message({ type: 'text', text: `said ${id}` }, 1),
    { type: 'result', payload: { ...success, result: 'x', summary: 'x', prompt_id: prompt.prompt_id } },
    { type: 'prompt_status', payload: { ...prompt, status: 'completed' } },
  ];
}

function numbered(events: readonly object[]): DurableEvent[] {
  return events.map(
    (event, index) => ({ ...event, seq: index + 1, timestamp: '2026-11-23T10:00:00.000Z', ...session }) as unknown as DurableEvent,
  );
}

const end = { type: 'session_end', payload: { status: 'terminated', reason: 'user_requested', exit_code: 0, error_message: null } };
const events = [...turnEvents('c1', 't1'), ...turnEvents('c2', 't2'), end];
const log = numbered(events);
const facts: LogFacts = { where: 's', plan, sent: new Set(['c1', 'c2']), refused: new Set(), marks: ['c1'], disturbed: () => false };

const rulesOf = (altered: readonly object[], change: Partial<LogFacts> = {}) => [
  ...new Set(checkLog(numbered(altered), { ...facts, ...change }).map(({ rule }) => rule)),
];
/** The log without the events that fit, or with others in their place. */
const without = (fits: (event: { type: string; payload: Record<string, unknown> }) => boolean, instead: object[] = []) =>
  events.flatMap((event) => (fits(event as never) ? instead : [event]));
const isStep = (id: string, status: string) => (event: { type: string; payload: Record<string, unknown> }) =>
  event.type === 'prompt_status' && event.payload['client_msg_id'] === id && event.payload['status'] === status;

test('a truthful log has nothing wrong with it', () => {
  expect(checkLog(log, facts)).toEqual([]);
});

test.each<[string, string[], object[], Partial<LogFacts>?]>([
  ['a hole in the numbers', ['log'], []],
  ['a prompt that is nowhere', ['prompt lost'], events.filter((_, index) => index >= 11), { marks: [] }],
  [
    'a prompt queued twice',
    ['prompt doubled'],
    [...events.slice(0, 11), ...turnEvents('c1', 't9').map((event) => withPrompt(event, 'pmt_again')), ...events.slice(11)],
  ],
  ['a turn run twice', ['turn'], [...events.slice(0, 10), events[9] ?? {}, ...events.slice(10)]],
  ['a turn without a result', ['turn'], without(({ type, payload }) => type === 'result' && payload['prompt_id'] === 'pmt_c1')],
  ['a turn without an end', ['turn'], without(isStep('c2', 'completed'))],
  [
    'a result of nobody',
    ['turn'],
    [...events.slice(0, 11), { type: 'result', payload: { ...success, result: '', summary: '', prompt_id: null } }, ...events.slice(11)],
  ],
  ['two turns at a time', ['overlap'], [...events.slice(0, 9), ...events.slice(11, 13), ...events.slice(9, 11), ...events.slice(13)]],
  [
    'other words',
    ['text'],
    without(
      ({ payload }) => payload['message_id'] === 'msg_c11',
      [{ type: 'assistant', payload: { message_id: 'msg_c11', model: 'm', content: [{ type: 'text', text: 'said c' }] } }],
    ),
  ],
  [
    'a failure out of nowhere',
    ['failed'],
    without(({ type }) => type === 'result', [])
      .toSpliced(9, 0, {
        type: 'result',
        payload: { ...success, subtype: 'error_during_execution', is_error: true, result: 'why', summary: '', prompt_id: 'pmt_c1' },
      })
      .toSpliced(20, 0, events[20] ?? {}),
  ],
  ['an approval answered twice', ['answer'], [...events.slice(0, 7), events[6] ?? {}, ...events.slice(7)]],
  ['an approval asked twice', ['answer'], [...events.slice(0, 6), events[5] ?? {}, ...events.slice(6)]],
  [
    'an approval never answered',
    ['answer'],
    without(({ type, payload }) => type === 'tool_approval_resolved' && payload['tool_use_id'] === 't2'),
  ],
  [
    'a denied call that ran',
    ['effect'],
    without(
      ({ type, payload }) => type === 'tool_result' && payload['tool_use_id'] === 't2',
      [{ type: 'tool_result', payload: { tool_use_id: 't2', content: '', is_error: false } }],
    ),
  ],
  ['a call that ran twice', ['run twice'], [...events], { marks: ['c1', 'c1'] }],
  ['a result of what never ran', ['effect'], [...events], { marks: [] }],
  ['a session that never ended', ['stuck'], events.slice(0, -1)],
])('found in the log: %s', (name, rules, altered, change) => {
  if (name === 'a hole in the numbers') {
    expect(checkLog(log.toSpliced(7, 1), facts).map(({ rule }) => rule)).toContain('log');
    return;
  }
  expect(rulesOf(altered, change)).toEqual(expect.arrayContaining(rules));
});

function withPrompt(event: object, id: string): object {
  const { payload } = event as { payload: Record<string, unknown> };
  return 'prompt_id' in payload ? { ...event, payload: { ...payload, prompt_id: id } } : event;
}

const at = 1;
const opened: Entry = { at, kind: 'opened', afterSeq: 0 };
const seen = log.map((event): Entry => ({ at, ...seenEvent(event) }));
const delta = (text: string, offset: number, message_id = 'msg_c11'): Entry => ({
  at,
  kind: 'delta',
  delta: { message_id, index: 0, offset, text },
});
const reconnected: Entry = { at, kind: 'connection', state: 'replaying' };
const view = (...entries: Entry[]) => checkView([opened, ...entries], { where: 'v', log, calm: () => true });
const viewRules = (...entries: Entry[]) => [...new Set(view(...entries).problems.map(({ rule }) => rule))];
/** The view with what is given before the first turn's answer (event 9). */
const withDeltas = (...deltas: Entry[]) => [...seen.slice(0, 8), ...deltas, ...seen.slice(8)];

test('a truthful view has nothing wrong with it', () => {
  expect(view(...withDeltas(delta('sai', 0), reconnected, delta('said', 0), delta(' c1', 4))).problems).toEqual([]);
  expect(view(...withDeltas(delta('said', 0), delta(' c1', 4))).blocks).toEqual({ whole: 1, partial: 0, dropped: 0 });
});

test.each<[string, string[], Entry[]]>([
  ['a gap', ['lost'], seen.toSpliced(5, 1)],
  ['a lost end', ['lost'], seen.slice(0, -2)],
  ['a gap over a reconnect', ['lost'], [...seen.slice(0, 5), { at, kind: 'opened', afterSeq: 7 }, ...seen.slice(7)]],
  ['a double', ['doubled'], seen.toSpliced(5, 0, ...seen.slice(4, 5))],
  ['a wrong order', ['order'], [...seen.slice(0, 4), ...seen.slice(4, 6).toReversed(), ...seen.slice(6)]],
  ['a changed event', ['changed'], seen.with(3, { at, kind: 'event', seq: 4, digest: digestOf('another') })],
  ['an event from nowhere', ['changed'], [...seen, { at, kind: 'event', seq: log.length + 1, digest: '' }]],
  ['a changed delta', ['delta text'], withDeltas(delta('said', 0), delta(' c9', 4))],
  ['a gap between deltas', ['delta gap'], withDeltas(delta('sa', 0), delta(' c1', 4))],
  ['a delta given twice', ['delta doubled'], withDeltas(delta('said', 0), delta(' c1', 4), delta(' c1', 4))],
  ['a delta after its block', ['delta late'], [...seen.slice(0, 9), delta('said c1', 0), ...seen.slice(9)]],
  ['a missing last delta', ['delta incomplete'], withDeltas(delta('said', 0))],
])('found in a view: %s', (_, rules, entries) => {
  expect(viewRules(...entries)).toEqual(expect.arrayContaining(rules));
});

test('a screen that lost an entry is another screen', () => {
  expect(screenOfLog(numbered(events.toSpliced(8, 1)))).not.toBe(screenOfLog(log));
});

test('a journal is there again after its writer was killed in the middle of a line', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
  const file = path.join(folder, 'a.jsonl');
  const journal = new Journal(file);
  journal.note({ kind: 'prompt', id: 'one\ntwo' });
  journal[Symbol.dispose]();
  using cut = new Journal(file);
  cut.note({ kind: 'prompt', id: 'three' });
  expect(readJournal(file)).toMatchObject([{ id: 'one\ntwo' }, { id: 'three' }]);
  rmSync(folder, { recursive: true });
});

test('the same seed gives the same faults, another one others', () => {
  const first = (seed: string) => [...schedule(new Random(seed).of('faults')).take(300)];
  expect(first('1')).toEqual(first('1'));
  expect(first('1')).not.toEqual(first('2'));
  expect(new Set(first('1').map((fault) => (fault.do === 'kill' ? fault.part : fault.fault))).size).toBe(9);
});
