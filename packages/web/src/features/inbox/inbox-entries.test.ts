import type { OpenAsk } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { withAsks } from './inbox-entries.ts';

const ask = (id: string): OpenAsk => ({
  kind: 'question',
  id: `apr_${id}`,
  question_id: 'qst_1',
  questions: [],
  session_id: 'ses_1',
  session_name: 'One',
  opened_at: '2026-01-01T00:00:00.000Z',
  expires_at: null,
});
const told = (entries: ReturnType<typeof withAsks>) => entries.map((entry) => `${entry.ask.id}${entry.isGone ? ' gone' : ''}`);

test('what is answered keeps its place, what is new stands at the end', () => {
  const first = withAsks([], [ask('a'), ask('b')]);
  expect(told(first)).toEqual(['apr_a', 'apr_b']);
  expect(told(withAsks(first, [ask('b'), ask('c')]))).toEqual(['apr_a gone', 'apr_b', 'apr_c']);
});

test('an ask that is asked again is open again', () => {
  const gone = withAsks(withAsks([], [ask('a')]), []);
  expect(told(gone)).toEqual(['apr_a gone']);
  expect(told(withAsks(gone, [ask('a')]))).toEqual(['apr_a']);
});

test('of the answered only the last twenty are remembered', () => {
  const many = Array.from({ length: 30 }, (_, index) => ask(String(index)));
  const after = withAsks(withAsks([], many), [ask('29')]);
  expect(after).toHaveLength(21);
  expect(told(after)[0]).toBe('apr_9 gone');
});
