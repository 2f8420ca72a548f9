import { blocksOf, type MessagesRequest } from './messages-request.ts';
import type { UsageOverrides } from './script.ts';

/** The usage fields of a Messages API response. */
export interface Usage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
}

/** Roughly the tokens of a text: four characters each, at least one. */
export function countTokens(text: string | number): number {
  return Math.max(1, Math.ceil((typeof text === 'string' ? text.length : text) / 4));
}

/**
 * Splits a request's tokens as the prompt cache would: what stands before the last `cache_control` mark is read from the
 * cache as far as an earlier request of the same conversation wrote it, and written for the rest.
 */
export class PromptCache {
  readonly #written = new Map<string, number>();
  readonly #limit: number;

  constructor(limit = 1000) {
    this.#limit = limit;
  }

  /** `bodyLength` is the length of the request in characters; `conversationKey` names the conversation. */
  use(request: MessagesRequest, bodyLength: number, conversationKey: string): Omit<Usage, 'output_tokens'> {
    const total = countTokens(bodyLength);
    const uncached = uncachedTokens(request);
    if (uncached === undefined || uncached >= total) {
      return { input_tokens: total, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
    }
    const cacheable = total - uncached;
    const read = Math.min(cacheable, this.#written.get(conversationKey) ?? 0);
    this.#write(conversationKey, cacheable);
    return { input_tokens: uncached, cache_creation_input_tokens: cacheable - read, cache_read_input_tokens: read };
  }

  #write(key: string, tokens: number): void {
    this.#written.delete(key);
    this.#written.set(key, tokens);
    const [oldest] = this.#written.keys();
    if (this.#written.size > this.#limit && oldest !== undefined) this.#written.delete(oldest);
  }
}

/** The tokens behind the last cache mark of the messages; undefined when no message carries one. */
function uncachedTokens({ messages }: MessagesRequest): number | undefined {
  let characters = 0;
  for (const block of messages.flatMap(blocksOf).toReversed()) {
    if (block['cache_control'] !== undefined && block['cache_control'] !== null) return countTokens(characters);
    characters += JSON.stringify(block).length;
  }
  return undefined;
}

/** The usage a response reports; a script may override any field. */
export function usageOf(input: Omit<Usage, 'output_tokens'>, outputCharacters: number, overrides: UsageOverrides = {}): Usage {
  return { ...input, output_tokens: countTokens(outputCharacters), ...overrides };
}

/** The longer form of `usage` that a whole message and `message_start` carry. */
export function messageUsage(usage: Usage): Record<string, unknown> {
  const written = { ephemeral_5m_input_tokens: usage.cache_creation_input_tokens, ephemeral_1h_input_tokens: 0 };
  return { ...usage, cache_creation: written, service_tier: 'standard' };
}
