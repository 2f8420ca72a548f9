import { expect, test } from 'vitest';
import { failureOf } from './step-failure.ts';

const error = { status: 529 } as const;

test.each<[string, Parameters<typeof failureOf>[0], number, string | undefined]>([
  ['no fault', { chunk: 1 }, 1, undefined],
  ['an error', { chunk: 1, error }, 7, 'refusal'],
  ['an error, once', { chunk: 1, error: { ...error, times: 1 } }, 1, 'refusal'],
  ['an error, once, then', { chunk: 1, error: { ...error, times: 1 } }, 2, undefined],
  ['an error in the stream', { chunk: 1, error, error_after_deltas: 2 }, 1, 'error'],
  ['an error in the stream without details', { chunk: 1, error_after_deltas: 2, times: 2 }, 2, 'error'],
  ['the same, then', { chunk: 1, error_after_deltas: 2, times: 2 }, 3, undefined],
  ['a cut', { chunk: 1, cut_after_deltas: 0 }, 9, 'cut'],
  ['a cut, once, then', { chunk: 1, cut_after_deltas: 0, times: 1 }, 2, undefined],
  ['an early end', { chunk: 1, eof_after_deltas: 0 }, 1, 'eof'],
  ['a stall', { chunk: 1, stall_after_deltas: 0 }, 1, 'stall'],
  ['an error, once, before a cut', { chunk: 1, error: { ...error, times: 1 }, cut_after_deltas: 0 }, 2, 'cut'],
])('%s', (_, step, attempt, kind) => {
  expect(failureOf(step, attempt)?.kind).toBe(kind);
});
