import { type RefObject, useEffect, useRef } from 'react';

/** Gives the focus to an element when it appears in answer to what the user has just done. */
export function useInitialFocus<T extends HTMLElement>(): RefObject<T | null> {
  const element = useRef<T>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
}
