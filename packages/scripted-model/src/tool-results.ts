import type { ContentBlock } from './messages-request.ts';
import { withoutReminders } from './typed-text.ts';

/** The result that counts as a conversation's last. */
export interface ToolResult {
  readonly text: string;
  readonly isError: boolean;
}

/**
 * Follows the tool calls of a conversation. Results of parallel calls arrive in the order in which the tools ended; the
 * last one is that of the last call, so that a script is played the same each time.
 */
export class ToolResults {
  last: ToolResult = { text: '', isError: false };
  #calls: string[] = [];
  #lastCall = -1;

  /** Takes the blocks of an assistant turn. */
  call(blocks: ContentBlock[]): void {
    const calls = blocks.flatMap(({ type, id }) => (type === 'tool_use' && id !== undefined ? [id] : []));
    if (calls.length === 0) return;
    this.#calls = calls;
    this.#lastCall = -1;
  }

  /** Takes a `tool_result` block. */
  answer(block: ContentBlock): void {
    const call = this.#calls.indexOf(block.tool_use_id ?? '');
    if (call < this.#lastCall) return;
    this.#lastCall = call;
    this.last = { text: withoutReminders(resultText(block)), isError: block.is_error === true };
  }
}

/** The text of a `tool_result` block, with what Claude Code appended to it. */
export function resultText({ content }: ContentBlock): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((block: { type?: string; text?: string }) => block.text ?? `[${block.type ?? 'unknown'}]`).join('\n');
}
