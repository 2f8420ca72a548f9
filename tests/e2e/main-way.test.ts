import { afterAll, beforeAll, expect, test } from 'vitest';
import { System } from '../harness/system.ts';
import { type User, script } from '../harness/user.ts';

let system: System;
let user: User;

beforeAll(async () => {
  system = await System.start();
  user = await system.user();
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

test('from registration to a streamed answer, a tool call and an approval, to the end', async () => {
  const { id, status } = await user.createSession({ name: 'main way', allowed_tools: ['Read'] });
  expect(status).toBe('pending');
  const viewer = await user.view(id, { deltas: true });
  viewer.prompt(
    script(
      { text: 'I write a file.', tools: [{ name: 'Bash', input: { command: 'date > made.txt && echo made-it', description: 'make' } }] },
      { text: 'It says {{last_tool_result}}' },
    ),
    'first',
  );
  const request = await viewer.frame('tool_approval_request');
  expect(request.payload).toMatchObject({ tool_name: 'Bash', tool_input: { command: 'date > made.txt && echo made-it' } });
  expect((await user.session(id)).activity).toBe('waiting');
  viewer.send('tool_approval_response', { tool_use_id: request.payload.tool_use_id, approved: true });
  const result = await viewer.result();
  expect(result).toMatchObject({ subtype: 'success', is_error: false, success: true });
  expect(viewer.text()).toContain('It says made-it');
  const kinds = viewer.events.map((event) => (event.type === 'prompt_status' ? event.payload.status : event.type));
  expect(kinds).toEqual(
    expect.arrayContaining([
      'queued',
      'started',
      'user',
      'assistant',
      'tool_use',
      'tool_approval_request',
      'tool_approval_resolved',
      'tool_result',
      'result',
      'completed',
    ]),
  );
  await viewer.frame('prompt_status', (frame) => frame.payload.status === 'completed');
  expect(viewer.events.map((event) => event.seq)).toEqual(Array.from({ length: viewer.events.length }, (_, n) => n + 1));
  expect(viewer.frames.some((frame) => frame.type === 'assistant_delta')).toBe(true);
  expect((await user.session(id)).usage.input_tokens).toBeGreaterThan(0);
  await user.call('DELETE', `/v1/sessions/${id}`, undefined, 200);
  await viewer.frame('session_end', (frame) => frame.payload.reason === 'user_requested');
  expect(await viewer.closed()).toBe(4100);
  expect(viewer.faults).toEqual([]);
});
