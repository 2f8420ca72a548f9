import type { OpenAsk } from '@ai-sessions/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { until } from '../harness/until.ts';
import { type User, type Viewer, script, textOf } from '../harness/user.ts';

let system: System;
let user: User;

beforeAll(async () => {
  system = await System.start();
  user = await system.user();
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

/** Views the session again and again from the last seq seen, as a client does, until a result has come. */
async function viewThroughout(id: string, seen: { seqs: number[]; text: string[] }): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    let viewer: Viewer;
    try {
      viewer = await user.view(id, { afterSeq: seen.seqs.at(-1) ?? 0 });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    await until(() => viewer.closeCode !== null || viewer.events.some((event) => event.type === 'result'));
    for (const event of viewer.events) {
      seen.seqs.push(event.seq);
      if (event.type === 'assistant') seen.text.push(...event.payload.content.map((block) => textOf(block)));
    }
    const done = viewer.events.some((event) => event.type === 'result');
    viewer.close();
    if (done) return;
  }
  throw new Error('the turn never ended');
}

test('the server killed with SIGKILL in the middle of an answer: nothing lost, nothing doubled, the answer whole', async () => {
  const { id } = await user.createSession();
  const words = Array.from({ length: 120 }, (_, n) => `word-${n}`).join(' ');
  await user.sessionBecomes(id, { status: 'running' });
  const first = await user.view(id, { deltas: true });
  first.prompt(
    script(
      { text: 'before. ', tools: [{ name: 'Bash', input: { command: 'echo tool-ran >> ran.txt; cat ran.txt', description: 'x' } }] },
      { text: words, chunk: 8, chunk_delay_ms: 20 },
    ),
    'once',
  );
  const asked = await first.frame('tool_approval_request');
  first.send('tool_approval_response', { tool_use_id: asked.payload.tool_use_id, approved: true });
  await first.frame('assistant_delta', (frame) => (frame.payload.text ?? '').includes('word'));
  const seen = { seqs: [] as number[], text: [] as string[] };
  const runner = system.pid('runner');
  const viewing = viewThroughout(id, seen);
  await system.kill('server');
  await viewing;
  expect(system.pid('runner')).toBe(runner);
  expect(seen.seqs).toEqual(Array.from({ length: seen.seqs.length }, (_, n) => n + 1));
  expect(seen.text.join('')).toContain(words);
  const history = await user.history(id);
  expect(history.filter((event) => event.type === 'result')).toHaveLength(1);
  expect(history.filter((event) => event.type === 'user' && event.payload.prompt_id !== undefined)).toHaveLength(1);
  const output = history.flatMap((event) => (event.type === 'tool_result' ? [JSON.stringify(event.payload.content)] : []));
  expect(output.join('').match(/tool-ran/g)).toHaveLength(1);
  // The same prompt sent again after the restart is known.
  const again = await user.view(id);
  again.prompt('other text, same id', 'once');
  await again.frame('session_status');
  again.prompt(script({ text: 'still here' }), 'twice');
  await again.result(2);
  expect(again.text()).toContain('still here');
  expect((await user.history(id)).filter((event) => event.type === 'result')).toHaveLength(2);
  again.close();
});

test('a viewer that comes after the restart gets the block in flight from its beginning', async () => {
  const { id } = await user.createSession();
  const words = Array.from({ length: 200 }, (_, n) => `w${n}`).join(' ');
  const before = await user.view(id, { deltas: true });
  before.prompt(script({ text: words, chunk: 6, chunk_delay_ms: 40 }));
  await until(() => before.frames.filter((frame) => frame.type === 'assistant_delta').length > 20);
  await system.kill('server');
  await system.ready();
  const after = await user.view(id, { deltas: true });
  await after.result();
  const deltas = after.frames.flatMap((frame) => (frame.type === 'assistant_delta' ? [frame.payload] : []));
  const whole = deltas.reduce((text, { offset, text: piece = '' }) => text.slice(0, offset) + piece, '');
  expect(deltas[0]?.offset).toBe(0);
  expect(whole).toBe(words);
  after.close();
});

test('an approval that was open when the server was killed is answered after it', async () => {
  const { id } = await user.createSession();
  const before = await user.view(id);
  before.prompt(
    script(
      { tools: [{ name: 'Bash', input: { command: 'touch approved && echo yes-it-ran', description: 'x' } }] },
      { text: 'result: {{last_tool_result}}' },
    ),
  );
  const { payload } = await before.frame('tool_approval_request');
  await system.kill('server');
  await system.ready();
  const after = await user.view(id);
  const status = await after.frame('session_status');
  expect(status.payload.pending_approvals).toMatchObject([{ tool_use_id: payload.tool_use_id, tool_name: 'Bash' }]);
  const { approvals } = (await user.call('GET', '/v1/approvals', undefined, 200)).body as { approvals: OpenAsk[] };
  expect(approvals).toMatchObject([{ session_id: id, kind: 'approval', tool_use_id: payload.tool_use_id }]);
  await user.call('POST', `/v1/approvals/${approvals[0]?.id ?? ''}`, { approved: true }, 200);
  await after.result();
  expect(after.text()).toContain('result: yes-it-ran');
  after.send('tool_approval_response', { tool_use_id: payload.tool_use_id, approved: false });
  expect((await after.frame('error')).payload.code).toBe('already_resolved');
  after.close();
});
