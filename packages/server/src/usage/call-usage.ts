/** What a model call has used, as the Messages API counts it. */
export interface CallUsage {
  readonly model: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation_input_tokens: number;
  /** The part of `cache_creation_input_tokens` that is kept for an hour and costs more. */
  readonly cache_creation_1h_input_tokens: number;
  readonly web_searches: number;
  /** `speed: "fast"`, at a higher price. */
  readonly fast: boolean;
  /** Run in the United States only, at a higher price. */
  readonly usOnly: boolean;
}
