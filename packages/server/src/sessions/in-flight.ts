import type { AssistantDelta, Live, Report } from '@ai-sessions/protocol';

interface Block {
  readonly kind: 'text' | 'thinking' | 'partial_json';
  readonly messageId: string;
  readonly index: number;
  readonly parent: string | undefined;
  text: string;
}

/** Beyond this a block is no longer kept: a late viewer waits for its durable event. UTF-16 units. */
const maxBlock = 4_000_000;

/**
 * The blocks that Claude is writing now, put together from their deltas, so that a viewer who comes in the middle
 * of one sees it from its beginning. Lost with the process; the durable event brings the whole block anyway.
 */
export class InFlight {
  readonly #sessions = new Map<string, Map<string, Block>>();

  add(sessionId: string, live: Live): void {
    const { payload } = live;
    const [kind, piece] = pieceOf(payload);
    if (kind === null) return;
    const blocks = this.#sessions.get(sessionId) ?? new Map<string, Block>();
    this.#sessions.set(sessionId, blocks);
    const key = `${payload.message_id} ${payload.index}`;
    const block = blocks.get(key);
    if (payload.offset === 0)
      blocks.set(key, { kind, messageId: payload.message_id, index: payload.index, parent: live.parent_tool_use_id, text: piece });
    else if (block !== undefined && block.text.length === payload.offset && block.text.length < maxBlock) block.text += piece;
    else blocks.delete(key);
  }

  /** Forgets what a durable report replaces. */
  settle(sessionId: string, report: Report): void {
    const blocks = this.#sessions.get(sessionId);
    if (blocks === undefined) return;
    if (report.kind === 'event' && report.type === 'assistant') {
      const { message_id } = report.payload;
      const first = [...blocks].filter(([, block]) => block.messageId === message_id).toSorted(([, a], [, b]) => a.index - b.index)[0];
      if (first !== undefined) blocks.delete(first[0]);
      if (blocks.size === 0) this.#sessions.delete(sessionId);
    } else if (report.kind === 'turn_ended' || report.kind === 'exited' || report.kind === 'hibernated') {
      this.#sessions.delete(sessionId);
    }
  }

  forget(sessionId: string): void {
    this.#sessions.delete(sessionId);
  }

  /** One delta of offset 0 for each block in flight, holding it so far. */
  snapshot(sessionId: string): { payload: AssistantDelta; parent: string | undefined }[] {
    return [...(this.#sessions.get(sessionId)?.values() ?? [])].map(({ kind, messageId, index, parent, text }) => ({
      payload: { message_id: messageId, index, offset: 0, [kind]: text },
      parent,
    }));
  }
}

function pieceOf(delta: AssistantDelta): [Block['kind'], string] | [null, ''] {
  if (delta.text !== undefined) return ['text', delta.text];
  if (delta.thinking !== undefined) return ['thinking', delta.thinking];
  if (delta.partial_json !== undefined) return ['partial_json', delta.partial_json];
  return [null, ''];
}
