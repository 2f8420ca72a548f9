import { type RefObject, useEffect } from 'react';

/** Marks each place of `search` in what is drawn of the scroller, now and as more is drawn. Nothing in browsers without the highlight API. */
export function useHighlights(scroller: RefObject<HTMLElement | null>, search: string): void {
  const wanted = search.trim().toLowerCase();
  useEffect(() => {
    const element = scroller.current;
    if (element === null || wanted === '' || !('highlights' in CSS)) return;
    let frame = 0;
    const mark = () => {
      frame = 0;
      CSS.highlights.set('found', new Highlight(...rangesOf(element, wanted)));
    };
    const soon = () => {
      if (frame === 0) frame = requestAnimationFrame(mark);
    };
    mark();
    const observer = new MutationObserver(soon);
    observer.observe(element, { childList: true, characterData: true, subtree: true });
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
      CSS.highlights.delete('found');
    };
  }, [scroller, wanted]);
}

/** Where the text stands, within one text node each: a match over several nodes is found, but not marked. */
function rangesOf(element: HTMLElement, wanted: string): Range[] {
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node.nodeValue?.toLowerCase() ?? '';
    for (let index = text.indexOf(wanted); index !== -1; index = text.indexOf(wanted, index + wanted.length)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, Math.min(index + wanted.length, node.nodeValue?.length ?? 0));
      ranges.push(range);
    }
  }
  return ranges;
}
