import type { Live, Report } from './link/runner-frames.ts';
import type { AssistantDelta } from './server-frames.ts';

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
 * The blocks that Claude is writing now, put together from their deltas, so that whoever comes in the middle of one
 * gets it from its beginning. The durable `assistant` event of a block ends it; the end of a turn ends all.
 */
export class BlocksInFlight {
  readonly #blocks = new Map<string, Block>();

  get empty(): boolean {
    return this.#blocks.size === 0;
  }

  add({ payload, parent_tool_use_id: parent }: Live): void {
    const [kind, piece] = pieceOf(payload);
    if (kind === null) return;
    const { message_id: messageId, index, offset } = payload;
    const key = `${messageId} ${index}`;
    const block = this.#blocks.get(key);
    if (offset === 0) this.#blocks.set(key, { kind, messageId, index, parent, text: piece });
    else if (block !== undefined && block.text.length === offset && offset < maxBlock) block.text += piece;
    else this.#blocks.delete(key);
  }

  /** Forgets what a durable report replaces. */
  settle(report: Report): void {
    if (report.kind === 'event' && report.type === 'assistant') {
      const ofMessage = [...this.#blocks].filter(([, block]) => block.messageId === report.payload.message_id);
      const first = ofMessage.reduce<(typeof ofMessage)[number] | null>(
        (low, one) => (low === null || one[1].index < low[1].index ? one : low),
        null,
      );
      if (first !== null) this.#blocks.delete(first[0]);
    } else if (report.kind === 'turn_ended' || report.kind === 'exited' || report.kind === 'hibernated') {
      this.#blocks.clear();
    }
  }

  /** One delta of offset 0 for each block, holding it so far. */
  snapshot(): Live[] {
    return [...this.#blocks.values()].map(({ kind, messageId, index, parent, text }) => ({
      type: 'assistant_delta',
      payload: { message_id: messageId, index, offset: 0, [kind]: text },
      ...(parent === undefined ? {} : { parent_tool_use_id: parent }),
    }));
  }
}

function pieceOf(delta: AssistantDelta): [Block['kind'], string] | [null, ''] {
  if (delta.text !== undefined) return ['text', delta.text];
  if (delta.thinking !== undefined) return ['thinking', delta.thinking];
  if (delta.partial_json !== undefined) return ['partial_json', delta.partial_json];
  return [null, ''];
}
