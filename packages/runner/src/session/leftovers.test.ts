import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Leftovers } from './leftovers.ts';

test('what could not be ended is tried again until it is gone, and one that hangs does not keep the others', async () => {
  const lines: string[] = [];
  const leftovers = new Leftovers(pino({ level: 'info' }, { write: (line) => void lines.push(line) }));
  let tries = 0;
  leftovers.add({ [Symbol.asyncDispose]: () => (++tries < 3 ? Promise.reject(new Error('busy')) : Promise.resolve()) }, 'ses_1');
  leftovers.add({ [Symbol.asyncDispose]: () => Promise.resolve() }, 'ses_2');
  await leftovers.retry();
  expect(leftovers.size).toBe(1);
  await leftovers.retry();
  await leftovers.retry();
  expect([leftovers.size, tries]).toEqual([0, 3]);
  await leftovers.retry();
  expect(tries).toBe(3);
  expect(lines.filter((line) => line.includes('still left') && line.includes('ses_1'))).toHaveLength(2);
});
