import type { Live, Report } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { InFlight } from './in-flight.ts';

const owned = (epoch = 1) => ({ sessionId: 'ses_1', epoch });
const delta = (index: number, text: string, offset = 0): Live => ({
  type: 'assistant_delta',
  payload: { message_id: 'm', index, offset, text },
});
const block: Report = {
  kind: 'event',
  type: 'assistant',
  payload: { message_id: 'm', model: 'x', content: [{ type: 'text', text: 'a' }] },
};
const texts = (inFlight: InFlight) => inFlight.snapshot('ses_1').map(({ payload }) => payload.text);

test('a block is in flight until its durable event', () => {
  const inFlight = new InFlight();
  inFlight.add(owned(), delta(0, 'a'));
  inFlight.settle(owned(), 1, [block]);
  inFlight.add(owned(), delta(1, 'b'));
  inFlight.add(owned(), delta(1, 'c', 1));
  expect(texts(inFlight)).toEqual(['bc']);
});

test('a report that is sent again does not take the next block with it', () => {
  const inFlight = new InFlight();
  inFlight.add(owned(), delta(0, 'a'));
  inFlight.settle(owned(), 1, [block]);
  inFlight.add(owned(), delta(1, 'b'));
  inFlight.settle(owned(), 1, [block]);
  expect(texts(inFlight)).toEqual(['b']);
  inFlight.settle(owned(), 1, [block, block]);
  expect(texts(inFlight)).toEqual([]);
});

test('an earlier epoch is heard no more, and its end is not that of the next', () => {
  const inFlight = new InFlight();
  inFlight.add(owned(2), delta(0, 'new'));
  expect(inFlight.add(owned(1), delta(5, 'old'))).toBe(false);
  inFlight.settle(owned(1), 9, [{ kind: 'exited', why: 'lost', exit_code: null, error_message: null }]);
  expect(texts(inFlight)).toEqual(['new']);
  inFlight.settle(owned(2), 1, [{ kind: 'hibernated' }]);
  expect(texts(inFlight)).toEqual([]);
});
