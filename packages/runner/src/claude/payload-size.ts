import type { ContentBlock } from '@ai-sessions/protocol';

const TOOL_TEXT_CHARS = 256 * 1024;
const BLOCK_BYTES = 700 * 1024;

/** The content of a tool result: long texts cut, each with a note, so that an event stays well below 1 MB. */
export function fitToolContent(content: unknown): string | ContentBlock[] {
  if (typeof content === 'string') return cutText(content);
  if (!Array.isArray(content)) return '';
  return fitBlocks(content).map((block) => (typeof block['text'] === 'string' ? { ...block, text: cutText(block['text']) } : block));
}

/** Content blocks of a message. What is no block is dropped; what is too big is replaced by a note of its size. */
export function fitBlocks(content: unknown): ContentBlock[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) return [];
  let left = BLOCK_BYTES;
  return content.filter(isBlock).map((block) => {
    const size = Buffer.byteLength(JSON.stringify(block));
    if (size <= left) {
      left -= size;
      return block;
    }
    return shrink(block, size);
  });
}

/** The arguments of a tool call, long strings in them cut. */
export function fitInput(input: unknown): unknown {
  if (Buffer.byteLength(JSON.stringify(input) ?? '') <= BLOCK_BYTES) return input;
  if (typeof input !== 'object' || input === null) return cutText(String(input));
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, typeof value === 'string' ? cutText(value) : fitInput(value)]),
  );
}

function shrink(block: ContentBlock, size: number): ContentBlock {
  if (typeof block['text'] === 'string') return { ...block, text: cutText(block['text']) };
  if (block.type === 'tool_use') return { ...block, input: fitInput(block['input']) };
  return { type: 'text', text: `[${block.type} of ${size} bytes, too big to be shown]` };
}

/** A text, cut with a note where it is longer than an event should be. */
export function cutText(text: string): string {
  if (text.length <= TOOL_TEXT_CHARS) return text;
  return `${text.slice(0, TOOL_TEXT_CHARS)}\n… [${text.length - TOOL_TEXT_CHARS} more characters are not shown]`;
}

function isBlock(block: unknown): block is ContentBlock {
  return typeof block === 'object' && block !== null && 'type' in block && typeof block.type === 'string';
}
