import { z } from 'zod';
import type { CallUsage } from '../usage/call-usage.ts';

/** Reads what a call used out of its response, as the bytes pass. How they are cut into chunks never matters. */
export interface UsageMeter {
  /** Takes the next bytes. Gives the usage whenever they complete a `message_delta`, the last of which is final. */
  push(chunk: Uint8Array): CallUsage | null;
  /**
   * Takes the end of the response, whole or cut. Gives the usage as last known; of a stream that was cut before it told
   * its output, a token for each four bytes of output seen, so that cutting calls short does not spare a budget.
   */
  end(): CallUsage | null;
}

const count = z.int().min(0).nullish();
const usage = z.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
  cache_creation: z.object({ ephemeral_1h_input_tokens: count }).nullish(),
  server_tool_use: z.object({ web_search_requests: count }).nullish(),
  speed: z.string().nullish(),
  inference_geo: z.string().nullish(),
});
const message = z.object({ model: z.string().max(200), usage });
const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message_start'), message }),
  z.object({ type: z.literal('message_delta'), usage }),
]);

const none: CallUsage = {
  model: 'unknown',
  input_tokens: 0,
  output_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_creation_1h_input_tokens: 0,
  web_searches: 0,
  fast: false,
  usOnly: false,
};

const longestLine = 1024 * 1024;
const longestBody = 32 * 1024 * 1024;
const newline = 0x0a;
/** Bytes of a `content_block_delta` line around its text. */
const deltaFrame = 90;
const bytesPerToken = 4;

/** Meters a server-sent event stream. Only `message_start` and `message_delta` are parsed; the rest is looked through. */
export function createStreamMeter(): UsageMeter {
  const line = createByteBuffer(longestLine);
  let known: CallUsage | null = null;
  let settled = false;
  let estimated = 0;

  /** True if the line was a `message_delta`. */
  function read(bytes: Buffer): boolean {
    if (bytes.includes('"content_block_delta"')) {
      estimated += Math.max(1, Math.ceil((bytes.length - deltaFrame) / bytesPerToken));
      return false;
    }
    if (!bytes.includes('"message_start"') && !bytes.includes('"message_delta"')) return false;
    const parsed = event.safeParse(parseJson(bytes.toString('utf8').replace(/^data:/, '')));
    if (!parsed.success) return false;
    if (parsed.data.type === 'message_start') {
      known = merge({ ...none, model: parsed.data.message.model }, parsed.data.message.usage);
      return false;
    }
    known = merge(known ?? none, parsed.data.usage);
    settled = true;
    return true;
  }

  return {
    push(chunk) {
      let delta = false;
      let start = 0;
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
        line.add(bytes.subarray(start, end));
        delta = read(line.take()) || delta;
        start = end + 1;
      }
      line.add(bytes.subarray(start));
      return delta ? known : null;
    },
    end() {
      read(line.take());
      return known === null || settled ? known : { ...known, output_tokens: Math.max(known.output_tokens, estimated) };
    },
  };
}

/** Meters the JSON body of a call that does not stream. */
export function createBodyMeter(): UsageMeter {
  const body = createByteBuffer(longestBody);
  return {
    push(chunk) {
      body.add(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      return null;
    },
    end() {
      const parsed = message.safeParse(parseJson(body.take().toString('utf8')));
      return parsed.success ? merge({ ...none, model: parsed.data.model }, parsed.data.usage) : null;
    },
  };
}

/** Counts are cumulative: what an event tells replaces what was known, what it leaves out stays. */
function merge(known: CallUsage, given: z.infer<typeof usage>): CallUsage {
  return {
    model: known.model,
    input_tokens: given.input_tokens ?? known.input_tokens,
    output_tokens: given.output_tokens ?? known.output_tokens,
    cache_read_input_tokens: given.cache_read_input_tokens ?? known.cache_read_input_tokens,
    cache_creation_input_tokens: given.cache_creation_input_tokens ?? known.cache_creation_input_tokens,
    cache_creation_1h_input_tokens: given.cache_creation?.ephemeral_1h_input_tokens ?? known.cache_creation_1h_input_tokens,
    web_searches: given.server_tool_use?.web_search_requests ?? known.web_searches,
    fast: given.speed == null ? known.fast : given.speed === 'fast',
    usOnly: given.inference_geo == null ? known.usOnly : given.inference_geo === 'us',
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Bytes gathered over chunks, copied only where they cross one; those beyond `longest` make the whole empty. */
function createByteBuffer(longest: number): { add(bytes: Buffer): void; take(): Buffer } {
  let parts: Buffer[] = [];
  let length = 0;
  return {
    add(bytes) {
      length += bytes.length;
      if (length > longest) parts = [];
      else if (bytes.length > 0) parts.push(bytes);
    },
    take() {
      const [only = Buffer.alloc(0), ...more] = length > longest ? [] : parts;
      const whole = more.length === 0 ? only : Buffer.concat([only, ...more]);
      parts = [];
      length = 0;
      return whole;
    },
  };
}
