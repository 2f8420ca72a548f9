import { describe, expect, test } from 'vitest';
import { Holds } from './holds.ts';

const { signal } = new AbortController();

describe('Holds', () => {
  test('lets everybody at a name go on', async () => {
    const holds = new Holds();
    const waiting = Promise.all([holds.wait('a', signal), holds.wait('a', signal)]);
    holds.release('a');
    await waiting;
  });

  test('keeps one release for the next to come', async () => {
    const holds = new Holds();
    holds.release('a');
    holds.release('a');
    await holds.wait('a', signal);
    await expect(holds.wait('a', AbortSignal.abort(new Error('still held')))).rejects.toThrow('still held');
  });

  test('tells that somebody waits', async () => {
    const holds = new Holds();
    const reached = holds.reached('a', signal);
    const waiting = holds.wait('a', signal);
    await reached;
    await holds.reached('a', signal);
    holds.release('a');
    await waiting;
  });

  test('forgets who leaves', async () => {
    const holds = new Holds();
    const leaving = new AbortController();
    const waiting = holds.wait('a', leaving.signal);
    leaving.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    holds.release('a');
    await holds.wait('a', signal);
  });
});
