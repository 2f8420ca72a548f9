import type { Answer, AnswerBlock } from './answer.ts';
import { syntheticDelta, type Clock } from './synthetic-delta.ts';
import type { Step } from './script.ts';
import type { Fault } from './step-failure.ts';
import { messageUsage, usageOf } from './token-count.ts';

/** An event of a streamed answer, as Anthropic names and shapes it. */
type StreamEvent = { type: string } & Record<string, unknown>;

/** What a player does next: send, let time pass, wait for a release, or go wrong. */
export type StreamItem =
  | { kind: 'event'; event: StreamEvent }
  | { kind: 'wait'; ms: number }
  | { kind: 'hold'; name: string }
  | { kind: 'fault'; fault: Fault };

/**
 * The streamed form of an answer, made lazily: a synthetic delta gets its time stamp when it is taken. A fault or a hold
 * that no delta reaches comes before `message_delta`. A fault ends the items.
 */
export function* streamItems(answer: Answer, fault: Fault | undefined, clock: Clock): Generator<StreamItem, void> {
  const { step, blocks } = answer;
  let pendingHold = step.hold_after_deltas === undefined ? undefined : step.hold;
  let deltas = 0;
  let characters = 0;

  yield sent(messageStart(answer));
  for (const [index, block] of blocks.entries()) {
    yield sent({ type: 'content_block_start', index, content_block: emptyBlock(block) });
    if (index === 0) yield sent({ type: 'ping' });
    let first = true;
    for (const delta of blockDeltas(block, step.chunk, clock)) {
      const gap = first ? 0 : gapOf(block, step);
      first = false;
      if (gap > 0) yield { kind: 'wait', ms: gap };
      if (pendingHold !== undefined && deltas === step.hold_after_deltas) {
        yield { kind: 'hold', name: pendingHold };
        pendingHold = undefined;
      }
      if (fault?.afterDeltas === deltas) return yield { kind: 'fault', fault };
      const event = typeof delta === 'function' ? delta() : delta;
      characters += deltaCharacters(event);
      deltas += 1;
      yield sent({ type: 'content_block_delta', index, delta: event });
    }
    yield sent({ type: 'content_block_stop', index });
  }
  if (pendingHold !== undefined) yield { kind: 'hold', name: pendingHold };
  if (fault !== undefined) return yield { kind: 'fault', fault };
  const usage = usageOf(answer.inputUsage, characters, step.usage);
  yield sent({ type: 'message_delta', delta: { stop_reason: answer.stopReason, stop_sequence: null }, usage });
  yield sent({ type: 'message_stop' });
}

function sent(event: StreamEvent): StreamItem {
  return { kind: 'event', event };
}

function messageStart({ id, model, inputUsage, step }: Answer): StreamEvent {
  const usage = messageUsage({ ...usageOf(inputUsage, 0, step.usage), output_tokens: 1 });
  const message = { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage };
  return { type: 'message_start', message };
}

function emptyBlock(block: AnswerBlock): Record<string, unknown> {
  switch (block.type) {
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'text':
    case 'deltas':
      return { type: 'text', text: '' };
    case 'tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: {} };
    default: {
      const unreachable: never = block;
      return unreachable;
    }
  }
}

type Delta =
  | { type: 'text_delta'; text: string }
  | { type: 'thinking_delta'; thinking: string }
  | { type: 'signature_delta'; signature: string }
  | { type: 'input_json_delta'; partial_json: string };

/** A delta, or the making of one whose content depends on the moment it is sent. */
function* blockDeltas(block: AnswerBlock, chunk: number, clock: Clock): Generator<Delta | (() => Delta), void> {
  switch (block.type) {
    case 'thinking':
      for (const thinking of chunks(block.thinking, chunk)) yield { type: 'thinking_delta', thinking };
      return yield { type: 'signature_delta', signature: block.signature };
    case 'text':
      for (const text of chunks(block.text, chunk)) yield { type: 'text_delta', text };
      return;
    case 'deltas':
      for (let index = 0; index < block.count; index += 1) {
        yield () => ({ type: 'text_delta', text: syntheticDelta(index, block.size, clock()) });
      }
      return;
    case 'tool_use':
      yield { type: 'input_json_delta', partial_json: '' };
      for (const json of chunks(JSON.stringify(block.input), chunk)) yield { type: 'input_json_delta', partial_json: json };
      return;
    default: {
      const unreachable: never = block;
      return unreachable;
    }
  }
}

/** Pieces of `size` characters that never part a surrogate pair. */
export function* chunks(text: string, size: number): Generator<string, void> {
  for (let start = 0; start < text.length;) {
    const end = start + size;
    const parted = /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) && end < text.length;
    const piece = text.slice(start, parted ? end + 1 : end);
    yield piece;
    start += piece.length;
  }
}

function gapOf(block: AnswerBlock, step: Step): number {
  return block.type === 'deltas' ? 1000 / block.perSecond : (step.chunk_delay_ms ?? 0);
}

function deltaCharacters(delta: Delta): number {
  switch (delta.type) {
    case 'text_delta':
      return delta.text.length;
    case 'thinking_delta':
      return delta.thinking.length;
    case 'input_json_delta':
      return delta.partial_json.length;
    case 'signature_delta':
      return 0;
    default: {
      const unreachable: never = delta;
      return unreachable;
    }
  }
}
