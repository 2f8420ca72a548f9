import type { Conversation } from './conversation.ts';
import { interpolate, type Placeholders } from './interpolation.ts';
import type { Script, Step } from './script.ts';
import type { Usage } from './token-count.ts';

/** A content block of an answer, whole; `deltas` stands for text that is made while it is sent. */
export type AnswerBlock =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'text'; text: string }
  | { type: 'deltas'; count: number; perSecond: number; size: number }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> };

/** One response of the API, before it is streamed or sent whole. */
export interface Answer {
  id: string;
  model: string;
  blocks: AnswerBlock[];
  stopReason: string;
  /** What the request cost; the output is counted as it is sent. */
  inputUsage: Omit<Usage, 'output_tokens'>;
  step: Step;
}

/** Makes an id such as `msg_01…`. */
export type NewId = (prefix: string) => string;

/** The step of the script that is due, or its replacement after a failed tool; past the end the answer is "Done.". */
export function dueStep({ steps }: Script, { stepIndex, toolFailed }: Conversation): Step {
  const step = steps[stepIndex] ?? { text: 'Done.', chunk: 12 };
  return toolFailed ? (step.on_tool_error ?? step) : step;
}

/** The content blocks of a step: thinking, text, synthetic deltas, tools, in that order. */
export function answerBlocks(step: Step, values: Placeholders, newId: NewId): AnswerBlock[] {
  const blocks: AnswerBlock[] = [];
  if (step.thinking !== undefined) {
    blocks.push({ type: 'thinking', thinking: interpolate(step.thinking, values), signature: newId('scripted-signature-') });
  }
  if (step.text !== undefined) blocks.push({ type: 'text', text: interpolate(step.text, values) });
  if (step.deltas !== undefined) {
    blocks.push({ type: 'deltas', count: step.deltas.count, perSecond: step.deltas.per_second, size: step.deltas.size });
  }
  for (const { name, input, id } of step.tools ?? []) {
    blocks.push({ type: 'tool_use', id: id ?? newId('toolu_'), name, input: interpolate(input, values) });
  }
  return blocks.length > 0 ? blocks : [{ type: 'text', text: 'Done.' }];
}
