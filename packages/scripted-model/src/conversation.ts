import { blocksOf, type ContentBlock, type Message } from './messages-request.ts';
import { resultText, ToolResults } from './tool-results.ts';
import { foldedPrompts, typedTexts, type TypedText } from './typed-text.ts';

/** What a script sees of the conversation it answers. */
export interface Conversation {
  /** The first text a user typed: with the session's id it names the conversation, since subagents share that id. */
  readonly opening: string;
  /** The last text a user typed (in a subagent: the text its parent gave it); empty when there is none. */
  readonly prompt: string;
  /** How many typed texts came before it; 0 on the first prompt. */
  readonly promptIndex: number;
  /** How many assistant turns have come since the prompt: the index of the step to play. */
  readonly stepIndex: number;
  /** The text of the last tool result; it may be older than the prompt. Empty when there is none. */
  readonly lastToolResult: string;
  /** Whether a tool has run since the prompt and the last one failed or was denied. */
  readonly toolFailed: boolean;
}

/** Reads the messages of a request. Pure. */
export function readConversation(messages: Message[]): Conversation {
  const typed: TypedText[] = [];
  const results = new ToolResults();
  let stepIndex = 0;
  let toolFailed = false;
  for (const message of messages) {
    const blocks = blocksOf(message);
    if (message.role === 'assistant') {
      results.call(blocks);
      stepIndex += 1;
      continue;
    }
    for (const block of blocks) {
      if (block.type === 'tool_result') {
        results.answer(block);
        toolFailed = results.last.isError;
      }
      const texts = typedIn(block, message.role);
      typed.push(...texts);
      if (texts.some(({ kind }) => kind === 'typed')) [stepIndex, toolFailed] = [0, false];
    }
  }
  const prompts = typed.flatMap((text) => (text.kind === 'typed' ? [text.text] : []));
  return {
    opening: prompts[0] ?? '',
    prompt: prompts.at(-1) ?? '',
    promptIndex: Math.max(0, typed.length - 1),
    stepIndex,
    lastToolResult: results.last.text,
    toolFailed,
  };
}

function typedIn(block: ContentBlock, role: 'user' | 'system'): TypedText[] {
  if (block.type === 'tool_result') return foldedPrompts(resultText(block));
  return block.type === 'text' ? typedTexts(role, block.text ?? '') : [];
}
