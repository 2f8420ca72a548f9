import { describe, expect, test } from 'vitest';
import { allEvents, events, post, postWhole, textOf } from '../fixture/messages-client.ts';
import { modelOfTest } from '../fixture/model-of-test.ts';
import { scriptPrompt } from '../script-prompt.ts';

const streamed = { body: { stream: true } };
const text = { text: 'abcdef', chunk: 1 };

describe('error', () => {
  test.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [529, 'overloaded_error'],
  ] as const)('%i is a %s', async (status, type) => {
    const model = await modelOfTest();
    for (const options of [streamed, {}]) {
      const response = await post(model, scriptPrompt([{ error: { status } }]), options);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/json');
      const requestId = response.headers.get('request-id');
      expect(await response.json()).toEqual({ type: 'error', error: { type, message: expect.any(String) }, request_id: requestId });
    }
  });

  test('carries its own type, message, retry-after and headers', async () => {
    const model = await modelOfTest();
    const error = { status: 429, type: 'billing_error', message: 'Pay first', retry_after: 3600 } as const;
    const response = await post(model, scriptPrompt([{ error, headers: { 'anthropic-ratelimit-unified-status': 'rejected' } }]));
    expect(response.headers.get('retry-after')).toBe('3600');
    expect(response.headers.get('anthropic-ratelimit-unified-status')).toBe('rejected');
    expect(await response.json()).toMatchObject({ error: { type: 'billing_error', message: 'Pay first' } });
  });

  test('ends after its times, for each prompt and session anew', async () => {
    const model = await modelOfTest();
    const prompt = scriptPrompt([{ text: 'fine', error: { status: 529, times: 2 } }]);
    const again = [
      { role: 'user', content: prompt },
      { role: 'assistant', content: 'fine' },
      { role: 'user', content: prompt },
    ];
    const status = async (messages: string | unknown[], session = 'a'): Promise<number> =>
      (await post(model, messages, { headers: { 'x-claude-code-session-id': session } })).status;
    expect([await status(prompt), await status(prompt), await status(prompt)]).toEqual([529, 529, 200]);
    expect(await status(prompt, 'b')).toBe(529);
    expect([await status(again), await status(again), await status(again)]).toEqual([529, 529, 200]);
  });

  test('comes as an event in the middle of a stream', async () => {
    const model = await modelOfTest();
    const response = await post(model, scriptPrompt([{ ...text, error_after_deltas: 2 }]), streamed);
    const received = await allEvents(response);
    expect(textOf(received)).toBe('ab');
    expect(received.at(-1)).toEqual({
      name: 'error',
      data: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: response.headers.get('request-id') },
    });
    const error = { status: 500, message: 'Broken' } as const;
    const other = await allEvents(await post(model, scriptPrompt([{ ...text, error, error_after_deltas: 2 }]), streamed));
    expect(other.at(-1)?.data.error).toEqual({ type: 'api_error', message: 'Broken' });
    expect((await post(model, scriptPrompt([{ ...text, error_after_deltas: 2 }]))).status).toBe(529);
  });
});

describe('cut_after_deltas', () => {
  test('breaks the connection after the deltas, so often as it says', async () => {
    const model = await modelOfTest();
    const prompt = scriptPrompt([{ ...text, cut_after_deltas: 2, times: 1 }]);
    const received: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { data } of events(await post(model, prompt, streamed))) received.push(data.delta?.text ?? '');
    };
    await expect(reading()).rejects.toThrow('terminated');
    expect(received.join('')).toBe('ab');
    expect(textOf(await allEvents(await post(model, prompt, streamed)))).toBe('abcdef');
  });

  test('breaks the connection of an answer without stream', async () => {
    const model = await modelOfTest();
    await expect(post(model, scriptPrompt([{ ...text, cut_after_deltas: 2 }]))).rejects.toThrow('fetch failed');
  });
});

describe('eof_after_deltas', () => {
  test('ends the stream cleanly and too early', async () => {
    const model = await modelOfTest();
    const received = await allEvents(await post(model, scriptPrompt([{ ...text, eof_after_deltas: 2 }]), streamed));
    expect(textOf(received)).toBe('ab');
    expect(received.at(-1)?.name).toBe('content_block_delta');
  });

  test('truncates an answer without stream', async () => {
    const model = await modelOfTest();
    await expect(postWhole(model, scriptPrompt([{ ...text, eof_after_deltas: 2 }]))).rejects.toThrow('JSON');
  });
});

describe('stall_after_deltas', () => {
  test('says nothing more until the client leaves', async () => {
    const ended = Promise.withResolvers<void>();
    const model = await modelOfTest({ log: () => ended.resolve() });
    const leaving = new AbortController();
    const received: string[] = [];
    const response = await post(model, scriptPrompt([{ ...text, stall_after_deltas: 2 }]), { ...streamed, signal: leaving.signal });
    for await (const { data } of events(response)) {
      received.push(data.delta?.text ?? '');
      if (received.join('') === 'ab') break;
    }
    leaving.abort();
    await ended.promise;
  });

  test('never begins an answer without stream, and ends with the server', async () => {
    const model = await modelOfTest();
    const prompt = scriptPrompt([{ ...text, stall_after_deltas: 2 }]);
    const answer = expect(post(model, prompt)).rejects.toThrow('fetch failed');
    await expect.poll(() => model.requests).toHaveLength(1);
    await model.close();
    await answer;
  });
});
