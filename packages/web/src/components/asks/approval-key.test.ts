import { expect, test } from 'vitest';
import { approvalKey } from './approval-key.ts';

const plain = { ctrlKey: false, metaKey: false, altKey: false, isComposing: false, target: { tagName: 'DIV' } as unknown as EventTarget };

test.each([
  [{ key: 'y' }, 'once'],
  [{ key: 'S' }, 'pattern'],
  [{ key: 'n' }, 'deny'],
  [{ key: 'x' }, undefined],
  [{ key: 'y', ctrlKey: true }, undefined],
  [{ key: 'n', metaKey: true }, undefined],
  [{ key: 'y', isComposing: true }, undefined],
  [{ key: 'y', target: { tagName: 'TEXTAREA' } as unknown as EventTarget }, undefined],
])('%o is %s', (event, chosen) => expect(approvalKey({ ...plain, ...event }, true)).toBe(chosen));

test('s does nothing where nothing can be allowed for the session', () => {
  expect(approvalKey({ ...plain, key: 's' }, false)).toBeUndefined();
});
