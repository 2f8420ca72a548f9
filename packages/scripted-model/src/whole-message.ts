import type { Answer, AnswerBlock } from './answer.ts';
import { syntheticDelta, type Clock } from './synthetic-delta.ts';
import { messageUsage, usageOf } from './token-count.ts';

/** The answer to a request without `stream`: what the streamed form adds up to. */
export function wholeMessage(answer: Answer, clock: Clock): Record<string, unknown> {
  const content = answer.blocks.map((block) => contentBlock(block, clock));
  return {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content,
    stop_reason: answer.stopReason,
    stop_sequence: null,
    usage: messageUsage(usageOf(answer.inputUsage, contentCharacters(content), answer.step.usage)),
  };
}

type WholeBlock = Exclude<AnswerBlock, { type: 'deltas' }>;

function contentBlock(block: AnswerBlock, clock: Clock): WholeBlock {
  if (block.type !== 'deltas') return block;
  const text = Array.from({ length: block.count }, (_, index) => syntheticDelta(index, block.size, clock())).join('');
  return { type: 'text', text };
}

function contentCharacters(content: WholeBlock[]): number {
  return content.reduce((sum, block) => sum + blockCharacters(block), 0);
}

function blockCharacters(block: WholeBlock): number {
  switch (block.type) {
    case 'text':
      return block.text.length;
    case 'thinking':
      return block.thinking.length;
    case 'tool_use':
      return JSON.stringify(block.input).length;
    default: {
      const unreachable: never = block;
      return unreachable;
    }
  }
}
