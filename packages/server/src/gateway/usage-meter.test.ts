import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallUsage } from '../usage/call-usage.ts';
import { type UsageMeter, createBodyMeter, createStreamMeter } from './usage-meter.ts';

const sse = (...events: { type: string }[]) => events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
const start = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'claude-opus-5-5',
    content: [],
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 300,
      cache_read_input_tokens: 4000,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
      output_tokens: 1,
      service_tier: 'standard',
    },
  },
};
const text = (words: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: words } });
const delta = {
  type: 'message_delta',
  delta: { stop_reason: 'end_turn' },
  usage: { output_tokens: 57, server_tool_use: { web_search_requests: 2 } },
};
const ping = { type: 'ping' };
const stop = { type: 'message_stop' };
const whole = sse(start, ping, text('Grüße 🙂 "message_delta" {"type":"message_delta","usage":{"output_tokens":9}}'), delta, stop);
const counted: CallUsage = {
  model: 'claude-opus-5-5',
  input_tokens: 10,
  output_tokens: 57,
  cache_read_input_tokens: 4000,
  cache_creation_input_tokens: 300,
  cache_creation_1h_input_tokens: 200,
  web_searches: 2,
  fast: false,
  usOnly: false,
};

function meterWhole(meter: UsageMeter, text_: string | Uint8Array, cuts: readonly number[] = []): CallUsage | null {
  const bytes = Buffer.from(text_);
  const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  for (let index = 1; index < edges.length; index += 1) meter.push(bytes.subarray(edges[index - 1], edges[index]));
  return meter.end();
}

describe('a stream', () => {
  test('is counted, and told of in the chunk that completes its message_delta', () => {
    const meter = createStreamMeter();
    const [before, after] = [
      whole.slice(0, whole.indexOf('event: message_stop') - 2),
      '\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
    ];
    expect(meter.push(Buffer.from(before))).toBeNull();
    expect(meter.push(Buffer.from(after))).toEqual(counted);
    expect(meter.end()).toEqual(counted);
  });

  test('gives the same however it is cut into chunks', () => {
    const bytes = Buffer.from(whole);
    fc.assert(
      fc.property(
        fc.array(fc.nat(bytes.length), { maxLength: 40 }),
        (cuts) => void expect(meterWhole(createStreamMeter(), bytes, cuts)).toEqual(counted),
      ),
    );
    expect(meterWhole(createStreamMeter(), bytes, [...bytes.keys()])).toEqual(counted);
  });

  test('gives the same with carriage returns, without event lines, and without a newline at its end', () => {
    expect(meterWhole(createStreamMeter(), whole.replaceAll('\n', '\r\n'))).toEqual(counted);
    expect(meterWhole(createStreamMeter(), whole.replaceAll(/^event:.*\n/gm, ''))).toEqual(counted);
    expect(meterWhole(createStreamMeter(), sse(start, delta).trimEnd())).toEqual(counted);
  });

  test('counts are cumulative: later ones replace earlier ones', () => {
    const later = {
      type: 'message_delta',
      delta: {},
      usage: { input_tokens: 12, output_tokens: 80, cache_read_input_tokens: null, speed: 'fast', inference_geo: 'us' },
    };
    expect(meterWhole(createStreamMeter(), sse(start, delta, later))).toEqual({
      ...counted,
      input_tokens: 12,
      output_tokens: 80,
      fast: true,
      usOnly: true,
    });
  });

  test('that is cut anywhere gives no more than the whole, and after its message_delta the same', () => {
    const bytes = Buffer.from(whole);
    const settledAt = bytes.indexOf('event: message_stop');
    for (let length = 0; length < bytes.length; length += 1) {
      const used = meterWhole(createStreamMeter(), bytes.subarray(0, length));
      if (length >= settledAt) expect(used).toEqual(counted);
      else expect(used?.input_tokens ?? 10).toBe(10);
    }
  });

  test('that is cut before it tells its output is charged for what was seen', () => {
    const used = meterWhole(createStreamMeter(), sse(start, ...Array.from({ length: 50 }, () => text('word '.repeat(8)))));
    expect(used?.output_tokens).toBeGreaterThanOrEqual(50 * 8);
    expect(used?.output_tokens).toBeLessThan(50 * 20);
  });

  test.each([
    ['nothing', ''],
    ['an error', sse({ type: 'error' })],
    ['no JSON', 'data: {"type":"message_start",\n\ndata: "message_delta"\n\n'],
    ['counts that are none', sse({ ...start, message: { ...start.message, usage: { input_tokens: -1 } } } as { type: string })],
    ['a line without end', `data: "message_start"${'x'.repeat(3_000_000)}`],
  ])('with %s gives nothing', (_, stream) => {
    expect(meterWhole(createStreamMeter(), stream, [10, 20])).toBeNull();
  });

  test('a line that is too long is left out, and what follows is counted', () => {
    expect(meterWhole(createStreamMeter(), `data: ${'x'.repeat(3_000_000)}\n${whole}`, [1_000_000, 2_000_000])).toEqual(counted);
  });
});

describe('a body', () => {
  const body = JSON.stringify({
    type: 'message',
    model: 'claude-opus-5-5',
    content: [],
    usage: { ...start.message.usage, ...delta.usage },
  });

  test('is counted at its end, however it is cut into chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(body.length), { maxLength: 20 }),
        (cuts) => void expect(meterWhole(createBodyMeter(), body, cuts)).toEqual(counted),
      ),
    );
  });

  test.each(['', '{', '[]', '{"type":"error"}', body.slice(0, -1)])('that is no message gives nothing: %#', (text_) => {
    expect(meterWhole(createBodyMeter(), text_)).toBeNull();
  });
});
