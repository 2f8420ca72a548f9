import type { Conversation } from '@ai-sessions/client';
import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';
import type { ConversationStore } from './conversation-store.ts';

const Context = createContext<ConversationStore | undefined>(undefined);

export function ConversationProvider({ store, children }: { readonly store: ConversationStore; readonly children: ReactNode }) {
  return <Context value={store}>{children}</Context>;
}

export function useConversationStore(): ConversationStore {
  const store = useContext(Context);
  if (store === undefined) throw new Error('outside of a ConversationProvider');
  return store;
}

/** A part of the conversation; draws again only when that part has become another. */
export function useConversation<T>(select: (state: Conversation) => T): T {
  const store = useConversationStore();
  return useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => select(store.state),
  );
}

/** Whether the user looks for something in the conversation. */
export function useFinding(): boolean {
  const store = useConversationStore();
  return useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => store.isFinding,
  );
}

/** Grows whenever a tool has finished or a turn has ended. */
export function useToolPulse(): number {
  const store = useConversationStore();
  return useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => store.pulse,
  );
}

/** Whether something is folded out; kept for as long as the conversation is open, beyond the life of the component. */
export function useFold(key: string, initially: boolean): [open: boolean, toggle: () => void] {
  const store = useConversationStore();
  const open = useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => store.isOpen(key) ?? initially,
  );
  return [open, () => store.fold(key, !open)];
}
