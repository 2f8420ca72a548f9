import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { type KeyboardEvent, type RefObject, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { IconButton } from '../../../components/ui/button.tsx';
import { useConversation, useConversationStore, useFinding } from '../conversation-context.tsx';
import { focusComposer } from '../composer/focus-composer.ts';
import { useHighlights } from './highlights.ts';
import { findMatches } from './searchable-text.ts';

/**
 * Looks for text in the whole conversation, also where it is not drawn or folded away: the browser's own search sees only what is
 * on the screen. Control or Command and F opens it; the same again, with the cursor in it, is the browser's.
 */
export function FindBar({ scroller }: { readonly scroller: RefObject<HTMLElement | null> }) {
  const store = useConversationStore();
  const isFinding = useFinding();
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      const isFind = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'f';
      const isInBar = document.activeElement instanceof HTMLElement && document.activeElement.dataset.find !== undefined;
      if (!isFind || isInBar || document.querySelector('[role=dialog], [role=alertdialog]') !== null) return;
      event.preventDefault();
      store.setFinding(true);
      document.querySelector<HTMLInputElement>('input[data-find]')?.select();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [store]);
  return isFinding ? <OpenBar scroller={scroller} /> : null;
}

function OpenBar({ scroller }: { readonly scroller: RefObject<HTMLElement | null> }) {
  const store = useConversationStore();
  const threads = useConversation((state) => state.threads);
  const [text, setText] = useState('');
  const search = useDeferredValue(text);
  const matches = useMemo(() => findMatches({ threads }, search), [threads, search]);
  const [at, setAt] = useState<number | undefined>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  useHighlights(scroller, search);

  const close = () => {
    store.setFinding(false);
    focusComposer();
  };
  /** From the newest back, since that is where one is. */
  const go = (step: 1 | -1) => {
    if (matches.length === 0) return;
    const next = at === undefined ? matches.length - 1 : (at + step + matches.length) % matches.length;
    const match = matches[next];
    setAt(next);
    if (match !== undefined) store.reveal(match);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      go(event.shiftKey ? 1 : -1);
    }
  };
  const count =
    search.trim() === '' ? '' : matches.length === 0 ? 'Nothing found' : `${at === undefined ? '' : `${at + 1} of `}${matches.length}`;
  return (
    <search className="flex shrink-0 items-center justify-end gap-1 border-b border-border bg-surface px-4 py-1 sm:px-6">
      <input
        ref={field}
        data-find
        aria-label="Find in this conversation"
        placeholder="Find in this conversation"
        className="h-7 min-w-0 flex-1 rounded-md border border-border-strong/60 bg-background px-2 -outline-offset-1 placeholder:text-muted-foreground sm:max-w-72"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(undefined);
        }}
        onKeyDown={onKeyDown}
      />
      <output className="px-1 text-xs whitespace-nowrap text-muted-foreground tabular-nums">{count}</output>
      <IconButton label="Earlier match" aria-keyshortcuts="Enter" disabled={matches.length === 0} onClick={() => go(-1)}>
        <ChevronUp aria-hidden />
      </IconButton>
      <IconButton label="Later match" aria-keyshortcuts="Shift+Enter" disabled={matches.length === 0} onClick={() => go(1)}>
        <ChevronDown aria-hidden />
      </IconButton>
      <IconButton label="Stop looking" aria-keyshortcuts="Escape" onClick={close}>
        <X aria-hidden />
      </IconButton>
    </search>
  );
}
