import {
  applyItem,
  type Client,
  type Conversation,
  dismissPrompt,
  emptyConversation,
  openSession,
  type SessionItem,
  type SessionStream,
} from '@ai-sessions/client';
import { DrawPace, pageClock } from './draw-pace.ts';

/**
 * One session's conversation as it stands on the screen: reads the stream, and tells its listeners at the pace at which the
 * page can draw, however many items have come.
 */
export class ConversationStore {
  readonly sessionId: string;
  readonly #folds = new Map<string, boolean>();
  /** Approvals and questions that were answered in this page, by id. */
  readonly answeredHere = new Set<string>();
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  readonly #onItem: (item: SessionItem) => void;
  readonly #pace = new DrawPace(pageClock, () => {
    this.#shown = this.#state;
    this.#tell();
  });
  #state: Conversation = emptyConversation;
  #shown: Conversation = emptyConversation;
  #stream: SessionStream | undefined;
  #pulse = 0;
  #isFinding = false;
  #onReveal: ((row: number) => void) | undefined;

  constructor(client: Client, sessionId: string, onItem: (item: SessionItem) => void) {
    this.#client = client;
    this.sessionId = sessionId;
    this.#onItem = onItem;
  }

  /** The conversation as last told to the listeners. */
  get state(): Conversation {
    return this.#shown;
  }

  /** How many tools have finished and turns have ended since the page was opened. */
  get pulse(): number {
    return this.#pulse;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Connects, going on after what is known already. Returns what ends it. */
  connect(): () => void {
    const stream = openSession(this.#client, this.sessionId, { afterSeq: this.#state.lastSeq, deltas: true });
    this.#stream = stream;
    void this.#read(stream);
    const poke = () => {
      if (document.visibilityState === 'visible') stream.poke();
    };
    addEventListener('online', poke);
    document.addEventListener('visibilitychange', poke);
    return () => {
      removeEventListener('online', poke);
      document.removeEventListener('visibilitychange', poke);
      if (this.#stream === stream) this.#stream = undefined;
      stream.close();
    };
  }

  /** What was folded out or in, by entry key; it stays so when it is scrolled away and back. Undefined: as it is by itself. */
  isOpen(key: string): boolean | undefined {
    return this.#folds.get(key);
  }

  fold(key: string, open: boolean): void {
    this.#folds.set(key, open);
    this.#tell();
  }

  /** Shows a row of the main thread, with what is named folded out. Does nothing while the conversation is not on the screen. */
  reveal({ row, open }: { readonly row: number; readonly open: readonly string[] }): void {
    for (const key of open) this.#folds.set(key, true);
    this.#tell();
    this.#onReveal?.(row);
  }

  /** Called with each row that is to be shown. Returns what ends that. */
  onReveal(show: (row: number) => void): () => void {
    this.#onReveal = show;
    return () => {
      if (this.#onReveal === show) this.#onReveal = undefined;
    };
  }

  /** Whether the user looks for something in the conversation. */
  get isFinding(): boolean {
    return this.#isFinding;
  }

  setFinding(isFinding: boolean): void {
    this.#isFinding = isFinding;
    this.#tell();
  }

  /** What can be done with the session; undefined while it is not connected at all. */
  get stream(): SessionStream | undefined {
    return this.#stream;
  }

  dismissPrompt(clientMsgId: string): void {
    this.#change(dismissPrompt(this.#state, clientMsgId));
  }

  async #read(stream: SessionStream): Promise<void> {
    for await (const item of stream) {
      if (this.#stream !== stream) return;
      this.#onItem(item);
      if (item.type === 'event' && (item.event.type === 'tool_result' || item.event.type === 'result')) this.#pulse++;
      this.#change(applyItem(this.#state, item));
    }
  }

  #change(state: Conversation): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#pace.changed();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
