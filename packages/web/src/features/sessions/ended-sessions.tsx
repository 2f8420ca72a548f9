import type { Session } from '@ai-sessions/protocol';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Spinner } from '../../components/ui/spinner.tsx';

/** How many rows before the end of what is fetched the next page is asked for. */
const ahead = 30;

interface EndedSessionsProps {
  readonly sessions: readonly Session[];
  readonly renderRow: (session: Session) => ReactNode;
  readonly hasMore: boolean;
  readonly isFetching: boolean;
  readonly onMore: () => void;
}

/** The sessions that have ended. They may be thousands: only those in sight are drawn, and the next page comes before its rows do. */
export function EndedSessions({ sessions, renderRow, hasMore, isFetching, onMore }: EndedSessionsProps) {
  const list = useRef<HTMLUListElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const main = document.getElementById('main');
    const page = main?.firstElementChild;
    if (main === null || page === null || page === undefined) return;
    const place = () => {
      if (list.current !== null) setOffset(Math.round(list.current.getBoundingClientRect().top - page.getBoundingClientRect().top));
    };
    place();
    // The groups above may grow and shrink.
    const observer = new ResizeObserver(place);
    observer.observe(page);
    return () => observer.disconnect();
  }, []);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is compiled or memoised by hand around it
  const virtualizer = useVirtualizer({
    count: sessions.length,
    getScrollElement: () => document.getElementById('main'),
    getItemKey: (index) => sessions[index]?.id ?? index,
    estimateSize: () => 57,
    overscan: 8,
    scrollMargin: offset,
  });
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isFetching && last >= sessions.length - ahead) onMore();
  }, [hasMore, isFetching, last, sessions.length, onMore]);
  return (
    <section aria-label="Ended">
      <h2 className="mb-2 text-xs font-semibold text-muted-foreground">Ended</h2>
      <ul
        ref={list}
        className="relative overflow-hidden rounded-xl border border-border bg-surface"
        style={{ height: virtualizer.getTotalSize() + 2 }}
      >
        {rows.map((item) => {
          const session = sessions[item.index];
          if (session === undefined) return null;
          return (
            <li
              key={item.key}
              data-index={item.index}
              ref={virtualizer.measureElement}
              aria-posinset={item.index + 1}
              aria-setsize={hasMore ? -1 : sessions.length}
              className="absolute inset-x-0 top-0 border-b border-border"
              style={{ transform: `translateY(${item.start - offset}px)` }}
            >
              {renderRow(session)}
            </li>
          );
        })}
      </ul>
      {hasMore && (
        <div className="h-16">
          <Spinner label="Fetching more…" />
        </div>
      )}
    </section>
  );
}
