import { expect, test } from 'vitest';
import { callsOfTurn } from './turn-calls.ts';

const use = (id: string, parent?: string) =>
  JSON.stringify({
    type: 'tool_use',
    payload: { id, name: 'Bash', input: {} },
    seq: 0,
    timestamp: '',
    session_id: 'ses_1',
    parent_tool_use_id: parent,
  });
const status = (prompt_id: string, how: string) => JSON.stringify({ type: 'prompt_status', payload: { prompt_id, status: how } });

/** Pages of two, as a long log is read. */
const logOf = (envelopes: readonly string[]) => ({
  read: async (_: string, after: number) => {
    const page = envelopes.slice(after, after + 2);
    return { envelopes: page, lastSeq: after + page.length };
  },
});
const prompt = { prompt_id: 'pmt_b', seq: 1, status: 'started' } as const;

test('the calls of the turn itself: not those of an earlier one, nor of subagents', async () => {
  const log = logOf([
    status('pmt_b', 'queued'),
    use('earlier'),
    status('pmt_a', 'completed'),
    status('pmt_b', 'started'),
    use('c1'),
    use('sub', 'c1'),
    use('c2'),
  ]);
  expect(await callsOfTurn(log, 'ses_1', prompt)).toEqual([
    { id: 'c1', name: 'Bash' },
    { id: 'c2', name: 'Bash' },
  ]);
});

test('of a very long turn the newest', async () => {
  const many = Array.from({ length: 500 }, (_, n) => use(`c${n}`));
  const calls = await callsOfTurn(logOf([status('pmt_b', 'queued'), status('pmt_b', 'started'), ...many]), 'ses_1', prompt);
  expect(calls).toHaveLength(200);
  expect(calls.at(-1)).toEqual({ id: 'c499', name: 'Bash' });
});
