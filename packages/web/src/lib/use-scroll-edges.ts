import { type RefObject, useEffect, useState } from 'react';

/** Whether there is more to see before and after what is seen of a row that scrolls sideways. */
export function useScrollEdges(row: RefObject<HTMLElement | null>): { readonly before: boolean; readonly after: boolean } {
  const [edges, setEdges] = useState({ before: false, after: false });
  useEffect(() => {
    const element = row.current;
    if (element === null) return;
    const look = () => {
      const before = element.scrollLeft > 1;
      const after = element.scrollLeft + element.clientWidth < element.scrollWidth - 1;
      setEdges((known) => (known.before === before && known.after === after ? known : { before, after }));
    };
    look();
    const resized = new ResizeObserver(look);
    resized.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [row]);
  return edges;
}
