import type { ToolResult } from '@ai-sessions/client';
import type { ContentBlock } from '@ai-sessions/protocol';

/** The text of a tool's result, what is not text left out. */
export function resultText(content: ToolResult['content']): string {
  if (typeof content === 'string') return content;
  return content
    .map((block) => (typeof block.text === 'string' ? block.text : ''))
    .filter((text) => text !== '')
    .join('\n');
}

/** The blocks that are not text: images are shown, the rest as it came. */
export function otherBlocks(content: ToolResult['content']): readonly ContentBlock[] {
  return typeof content === 'string' ? [] : content.filter((block) => typeof block.text !== 'string');
}

const shownTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** The address of an image block's own bytes; undefined for anything else. */
export function imageUrl(block: ContentBlock): string | undefined {
  if (block.type !== 'image') return undefined;
  const source = (block.source ?? {}) as { type?: unknown; media_type?: unknown; data?: unknown };
  const { media_type: type, data } = source;
  if (typeof type !== 'string' || !shownTypes.has(type) || typeof data !== 'string' || !/^[A-Za-z0-9+/=]*$/.test(data)) return undefined;
  return `data:${type};base64,${data}`;
}
