import { describe, expect, test } from 'vitest';
import { messagesRequest } from './messages-request.ts';
import { countTokens, PromptCache, usageOf } from './token-count.ts';

const marked = { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } };
const request = (...content: unknown[]): ReturnType<typeof messagesRequest.parse> =>
  messagesRequest.parse({ model: 'm', max_tokens: 10, messages: [{ role: 'user', content }] });

test.each([
  ['', 1],
  ['abcd', 1],
  ['abcde', 2],
  [4000, 1000],
])('countTokens(%j)', (text, tokens) => {
  expect(countTokens(text)).toBe(tokens);
});

describe('PromptCache', () => {
  test('leaves a request without marks uncached', () => {
    const usage = new PromptCache().use(request({ type: 'text', text: 'x' }), 400, 'k');
    expect(usage).toEqual({ input_tokens: 100, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 });
  });

  test('writes first, then reads what it wrote', () => {
    const cache = new PromptCache();
    expect(cache.use(request(marked), 400, 'k')).toEqual({ input_tokens: 1, cache_creation_input_tokens: 99, cache_read_input_tokens: 0 });
    expect(cache.use(request(marked), 800, 'k')).toEqual({
      input_tokens: 1,
      cache_creation_input_tokens: 100,
      cache_read_input_tokens: 99,
    });
    expect(cache.use(request(marked), 400, 'other').cache_read_input_tokens).toBe(0);
  });

  test('counts what stands behind the last mark as input', () => {
    const tail = { type: 'text', text: 'y'.repeat(100) };
    const usage = new PromptCache().use(request(marked, tail), 800, 'k');
    expect(usage.input_tokens).toBe(countTokens(JSON.stringify(tail)));
    expect(usage.input_tokens + usage.cache_creation_input_tokens).toBe(200);
  });

  test('forgets the oldest conversation beyond its limit', () => {
    const cache = new PromptCache(1);
    cache.use(request(marked), 400, 'a');
    cache.use(request(marked), 400, 'b');
    expect(cache.use(request(marked), 400, 'a').cache_read_input_tokens).toBe(0);
  });
});

test('usageOf lets a script override any field', () => {
  const input = { input_tokens: 1, cache_creation_input_tokens: 2, cache_read_input_tokens: 3 };
  expect(usageOf(input, 40, { cache_read_input_tokens: 9 })).toEqual({ ...input, cache_read_input_tokens: 9, output_tokens: 10 });
});
