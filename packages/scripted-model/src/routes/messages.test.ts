import { describe, expect, test } from 'vitest';
import { allEvents, assemble, post, postWhole, textOf, type ReceivedMessage } from '../fixture/messages-client.ts';
import { modelOfTest } from '../fixture/model-of-test.ts';
import { scriptPrompt } from '../script-prompt.ts';
import type { ScriptSource } from '../script.ts';
import { readSyntheticDeltas } from '../synthetic-delta.ts';

const streamed = { body: { stream: true } };
const everything: ScriptSource['steps'][number] = {
  thinking: 'Let me think about it for a while.',
  text: 'I shall run two commands – 😀.',
  chunk: 5,
  tools: [
    { name: 'Bash', input: { command: 'echo "{{prompt}}"', nested: { list: [1, 'ü'] } }, id: 'toolu_a' },
    { name: 'Read', input: {}, id: 'toolu_b' },
  ],
};

const withoutChance = ({ id, content, ...rest }: ReceivedMessage): unknown => ({
  ...rest,
  id: id.slice(0, 4),
  content: content.map(({ signature, ...block }) => ({ ...block, signed: signature !== undefined })),
});

describe('POST /v1/messages with stream', () => {
  test('sends the events of Anthropic in their order', async () => {
    const model = await modelOfTest();
    const response = await post(model, scriptPrompt([everything]), streamed);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('request-id')).toMatch(/^req_/);
    expect(response.headers.get('anthropic-organization-id')).toMatch(/^[0-9a-f-]{36}$/);

    const received = await allEvents(response);
    expect(received.every(({ name, data }) => name === data.type)).toBe(true);
    const names = received.map(({ data }) => data.delta?.type ?? data.content_block?.type ?? data.type);
    expect(names.filter((name, index) => name !== names[index - 1]).join(' ')).toBe(
      [
        'message_start thinking ping thinking_delta signature_delta content_block_stop',
        'text text_delta content_block_stop',
        'tool_use input_json_delta content_block_stop',
        'tool_use input_json_delta content_block_stop',
        'message_delta message_stop',
      ].join(' '),
    );
    expect(received[0]?.data.message).toMatchObject({ content: [], stop_reason: null, model: 'claude-test-1', role: 'assistant' });
    expect(received.filter(({ name }) => name === 'content_block_start').map(({ data }) => data.index)).toEqual([0, 1, 2, 3]);
  });

  test('adds up to the answer without stream', async () => {
    const model = await modelOfTest();
    const prompt = scriptPrompt([everything], 'hello');
    const fromStream = assemble(await allEvents(await post(model, prompt, streamed)));
    const whole = await postWhole(model, prompt, { body: { stream: null } });
    expect(withoutChance(fromStream)).toEqual(withoutChance(whole));
    expect(whole).toMatchObject({ stop_reason: 'tool_use', content: [{}, {}, { input: { command: 'echo "hello"' } }, { id: 'toolu_b' }] });
  });

  test('sends synthetic deltas, all and in order', async () => {
    const model = await modelOfTest();
    const prompt = scriptPrompt([{ text: 'now ', deltas: { count: 500, per_second: 20_000, size: 40 } }]);
    const deltas = readSyntheticDeltas(textOf(await allEvents(await post(model, prompt, streamed))));
    expect(deltas.map(({ index }) => index)).toEqual(Array.from({ length: 500 }, (_, index) => index));
    expect(deltas.every(({ sentAt }, index) => sentAt >= (deltas[index - 1]?.sentAt ?? 0))).toBe(true);
    const whole = await postWhole(model, prompt);
    expect(readSyntheticDeltas(whole.content[1]?.text ?? '')).toHaveLength(500);
  });

  test('sends a long burst to a client that reads slowly', async () => {
    const model = await modelOfTest();
    const prompt = scriptPrompt([{ deltas: { count: 2000, per_second: 1_000_000, size: 1000 } }]);
    const response = await post(model, prompt, streamed);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(readSyntheticDeltas(textOf(await allEvents(response)))).toHaveLength(2000);
  });

  test('stops when the client leaves', async () => {
    const ended = Promise.withResolvers<void>();
    const model = await modelOfTest({ log: () => ended.resolve() });
    const leaving = new AbortController();
    const prompt = scriptPrompt([{ text: 'abc', chunk: 1, chunk_delay_ms: 60_000 }]);
    await post(model, prompt, { ...streamed, signal: leaving.signal });
    leaving.abort();
    await ended.promise;
  });
});

describe('POST /v1/messages', () => {
  test('plays the steps of a script, then says that it is done', async () => {
    const model = await modelOfTest();
    const prompt = scriptPrompt([{ tools: [{ name: 'Bash', input: { command: 'ls' } }] }, { text: 'It said: {{last_tool_result}}' }]);
    const messages: unknown[] = [{ role: 'user', content: prompt }];
    const first = await postWhole(model, messages);
    expect(first).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', name: 'Bash' }] });

    const result = { type: 'tool_result', tool_use_id: first.content[0]?.id, content: 'a b c' };
    messages.push({ role: 'assistant', content: first.content }, { role: 'user', content: [result] });
    const second = await postWhole(model, messages);
    expect(second).toMatchObject({ stop_reason: 'end_turn', content: [{ text: 'It said: a b c' }] });

    messages.push({ role: 'assistant', content: second.content });
    expect(await postWhole(model, messages)).toMatchObject({ stop_reason: 'end_turn', content: [{ text: 'Done.' }] });
  });

  test('plays the replacement of a step when a tool failed', async () => {
    const model = await modelOfTest();
    const prompt = scriptPrompt([{ tools: [{ name: 'Bash' }] }, { text: 'fine', on_tool_error: { text: 'denied: {{last_tool_result}}' } }]);
    const tool = { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} };
    const answer = await postWhole(model, [
      { role: 'user', content: prompt },
      { role: 'assistant', content: [tool] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'no', is_error: true }] },
    ]);
    expect(answer.content).toEqual([{ type: 'text', text: 'denied: no' }]);
  });

  test('says what is wrong with a script', async () => {
    const model = await modelOfTest();
    expect((await postWhole(model, '!script {"steps":[{"say":"Hi"}]}')).content[0]?.text).toMatch(/^This script cannot be played: .*say/s);
  });

  test('honours stop_reason, usage and headers of a step', async () => {
    const model = await modelOfTest();
    const response = await post(
      model,
      scriptPrompt([
        { stop_reason: 'max_tokens', usage: { output_tokens: 77 }, headers: { 'anthropic-ratelimit-requests-remaining': '3' } },
      ]),
    );
    expect(response.headers.get('anthropic-ratelimit-requests-remaining')).toBe('3');
    expect(await response.json()).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 77 } });
  });

  test('counts the request as input, cached as far as it is marked, and what it sends as output', async () => {
    const model = await modelOfTest();
    const marked = { type: 'text', text: scriptPrompt([{ text: 'x'.repeat(400) }]), cache_control: { type: 'ephemeral' } };
    const messages = [{ role: 'user', content: [marked] }];
    const first = (await postWhole(model, messages)).usage;
    expect(first).toMatchObject({ input_tokens: 1, cache_read_input_tokens: 0, output_tokens: 100 });
    const second = (await postWhole(model, messages)).usage;
    expect(second).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: first['cache_creation_input_tokens'] });
    expect((await postWhole(model, 'plain')).usage).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 0 });
  });

  test('waits for a release before the first byte', async () => {
    const model = await modelOfTest();
    const answer = postWhole(model, scriptPrompt([{ text: 'released', hold: 'gate' }]));
    await model.reached('gate');
    model.release('gate');
    expect((await answer).content[0]?.text).toBe('released');
  });

  test('waits for a release in the middle of a stream', async () => {
    const model = await modelOfTest();
    const response = await post(model, scriptPrompt([{ text: 'ab', chunk: 1, hold: 'gate', hold_after_deltas: 1 }]), streamed);
    await model.reached('gate');
    model.release('gate');
    expect(textOf(await allEvents(response))).toBe('ab');
  });

  test.each([
    [{ messages: undefined }, 'messages: Field required'],
    [{ messages: [] }, 'messages: '],
    [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages.0.role: '],
    [{ max_tokens: undefined }, 'max_tokens: Field required'],
    [{ model: 7 }, 'model: '],
  ])('refuses %j', async (body, message) => {
    const model = await modelOfTest();
    const response = await post(model, 'x', { body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining(message) },
      request_id: response.headers.get('request-id'),
    });
  });
});

describe('side requests', () => {
  test('get a harmless answer and use up no attempt', async () => {
    const model = await modelOfTest();
    const prompt = scriptPrompt([{ text: 'fine', error: { status: 529, times: 1 } }]);
    expect(await postWhole(model, prompt, { body: { max_tokens: 1 } })).toMatchObject({
      stop_reason: 'max_tokens',
      content: [{ text: 'OK' }],
    });
    expect((await post(model, prompt)).status).toBe(529);
    expect((await post(model, prompt)).status).toBe(200);
  });
});
