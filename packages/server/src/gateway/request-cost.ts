import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Prices } from '../usage/prices.ts';

/** A body larger than this is not looked into: its call is taken to cost any amount, and runs alone. */
const readableBytes = 8 * 1024 * 1024;

const request = z.object({ model: z.string().max(200), max_tokens: z.number().min(0) });

export interface MeasuredRequest {
  /** What the call costs at most, in US dollars, as far as its request tells; infinite where it does not. */
  readonly atMostUsd: number;
  /** The body, from its first byte. */
  readonly body: Buffer | Readable;
}

/**
 * Reads a Messages request whole and tells what its call can cost at most: a token for each byte that is sent, at the dearest price of
 * input (written to the cache for an hour), and `max_tokens` of output. Sums that come from elsewhere (a document named by its address,
 * web searches) are not seen: they count when they are told.
 * @param declaredBytes the request's content-length; NaN if it has none.
 * @throws what the stream throws.
 */
export async function measureRequest(source: Readable, declaredBytes: number, prices: Prices): Promise<MeasuredRequest> {
  if (!(declaredBytes <= readableBytes)) return { atMostUsd: Infinity, body: source };
  const body = Buffer.concat(await source.toArray());
  const parsed = request.safeParse(parseJson(body));
  if (!parsed.success) return { atMostUsd: Infinity, body };
  const { model, max_tokens } = parsed.data;
  const atMostUsd = prices.costOf({
    model,
    input_tokens: 0,
    output_tokens: max_tokens,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: body.length,
    cache_creation_1h_input_tokens: body.length,
    web_searches: 0,
    fast: false,
    usOnly: false,
  });
  return { atMostUsd, body };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
