import { useEffect } from 'react';

let title = '';
let mark = '';

function show(): void {
  document.title = `${mark}${title === '' ? '' : `${title} · `}AI Sessions`;
}

/** Names the page in the browser's tab and history. */
export function usePageTitle(name: string): void {
  useEffect(() => {
    title = name;
    show();
  }, [name]);
}

/** Stands before the title whatever the page: "(2) " where two things wait for the user. */
export function useTitleMark(text: string): void {
  useEffect(() => {
    mark = text;
    show();
    return () => {
      mark = '';
      show();
    };
  }, [text]);
}
