import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { useConversation, useConversationStore } from '../conversation-context.tsx';
import { useDeepLink } from '../deep-link/use-deep-link.ts';
import { FindBar } from '../find/find-bar.tsx';
import { RowView } from './row-view.tsx';
import { estimatedHeight, rowLabel, type Rows, rowsOf } from './timeline-rows.ts';

/** How long a row that was gone to is marked, in milliseconds. */
const shownMs = 2500;
/** How near to the end, in pixels, counts as at the end. */
const nearEnd = 80;

/**
 * The conversation from top to bottom. Only what is seen is drawn. At the end it follows what is added; elsewhere it stays
 * where the reader is.
 */
export function Timeline() {
  const threads = useConversation((state) => state.threads);
  const inFlight = useConversation((state) => state.inFlight);
  const openApprovals = useConversation((state) => state.openApprovals);
  const openQuestions = useConversation((state) => state.openQuestions);
  const rows = useMemo(
    () => rowsOf({ threads, inFlight, openApprovals, openQuestions }),
    [threads, inFlight, openApprovals, openQuestions],
  );
  const { scroller, virtualizer, atEnd, jump, shown } = useFollowedList(rows);
  useDeepLink();
  const asks = openApprovals.length + openQuestions.length;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <FindBar scroller={scroller} />
      <section
        ref={scroller}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the list scrolls by itself and has to be reachable with the keyboard
        tabIndex={0}
        aria-label="Conversation"
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain -outline-offset-2 [overflow-anchor:none]"
      >
        <div role="feed" aria-label="Messages" className="relative mx-auto w-full max-w-4xl" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows.at(item.index);
            const label = rowLabel(row);
            return (
              <div
                key={item.key}
                data-index={item.index}
                ref={virtualizer.measureElement}
                role={label === undefined ? 'presentation' : 'article'}
                {...(label === undefined ? {} : { 'aria-label': label, 'aria-posinset': item.index + 1, 'aria-setsize': rows.count })}
                className="absolute inset-x-0 top-0 px-4 sm:px-6"
                data-key={item.key}
                data-shown={shown === item.key || undefined}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <RowView row={row} />
              </div>
            );
          })}
        </div>
      </section>
      {!atEnd && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
          <Button size="small" className="pointer-events-auto rounded-full! px-3 shadow-md" onClick={jump}>
            <ArrowDown className="size-3.5" aria-hidden />
            {asks > 0 ? (asks === 1 ? 'Claude waits for your answer' : `${asks} answers needed`) : 'Jump to latest'}
          </Button>
        </div>
      )}
    </div>
  );
}

function useFollowedList(rows: Rows) {
  const scroller = useRef<HTMLElement>(null);
  const following = useRef(true);
  const [atEnd, setAtEnd] = useState(true);
  const latest = useRef(rows);
  latest.current = rows;
  // oxlint-disable-next-line react/incompatible-library -- nothing here is compiled or memoised by hand around it
  const virtualizer = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    // The same functions at each draw: other ones would have all rows measured anew.
    getItemKey: useCallback((index: number) => latest.current.at(index).key, []),
    estimateSize: useCallback((index: number) => estimatedHeight(latest.current.at(index)), []),
    overscan: 6,
    paddingStart: 16,
    paddingEnd: 16,
    // Room for the frame of the row that was gone to.
    scrollPaddingStart: 12,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: nearEnd,
  });
  const size = virtualizer.getTotalSize();
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null && following.current) element.scrollTop = element.scrollHeight;
  }, [rows.count, size]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    let before = element.scrollTop;
    const note = () => {
      const isNear = element.scrollHeight - element.clientHeight - element.scrollTop <= nearEnd;
      // Only the reader scrolls up; growth of what is below does not end the following.
      if (isNear) following.current = true;
      else if (element.scrollTop < before) following.current = false;
      before = element.scrollTop;
      setAtEnd(following.current);
    };
    element.addEventListener('scroll', note, { passive: true });
    const resized = new ResizeObserver(() => {
      if (following.current) element.scrollTop = element.scrollHeight;
    });
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', note);
      resized.disconnect();
    };
  }, []);
  const jump = useCallback(() => {
    following.current = true;
    setAtEnd(true);
    virtualizer.scrollToIndex(Math.max(0, latest.current.count - 1), { align: 'end' });
    // What waits for an answer is drawn once it is in sight.
    setTimeout(() => {
      const element = scroller.current?.querySelector<HTMLElement>('[data-ask]') ?? scroller.current;
      element?.focus({ preventScroll: true });
    }, 100);
  }, [virtualizer]);
  const [shown, setShown] = useState<unknown>();
  const store = useConversationStore();
  useEffect(
    () =>
      store.onReveal((row) => {
        following.current = false;
        setAtEnd(false);
        virtualizer.scrollToIndex(row, { align: 'start' });
        setShown(latest.current.at(row).key);
      }),
    [store, virtualizer],
  );
  useEffect(() => {
    if (shown === undefined) return;
    const timer = setTimeout(() => setShown(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [shown]);
  return { scroller, virtualizer, atEnd, jump, shown };
}
