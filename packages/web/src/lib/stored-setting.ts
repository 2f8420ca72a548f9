import { useSyncExternalStore } from 'react';

/**
 * A setting of this browser: kept in its storage, the same in all components and, after a change elsewhere, in all its tabs.
 * Where storage is blocked it holds for this page only.
 */
export class StoredSetting<T> {
  readonly #key: string;
  readonly #parse: (text: string | null) => T;
  readonly #listeners = new Set<() => void>();
  #value: T;

  /** `parse` makes the value of what is stored, null where nothing is; it never throws. */
  constructor(key: string, parse: (text: string | null) => T) {
    this.#key = key;
    this.#parse = parse;
    this.#value = parse(read(key));
    globalThis.addEventListener?.('storage', (event) => {
      if (event.key === key) this.#become(parse(event.newValue));
    });
  }

  get value(): T {
    return this.#value;
  }

  /** Sets the value by its stored form; null goes back to what holds without one. */
  set(text: string | null): void {
    try {
      if (text === null) localStorage.removeItem(this.#key);
      else localStorage.setItem(this.#key, text);
    } catch {
      // Storage is blocked: the choice holds for this page only.
    }
    this.#become(this.#parse(text));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #become(value: T): void {
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}

export function useStoredSetting<T>(setting: StoredSetting<T>): T {
  return useSyncExternalStore(setting.subscribe, () => setting.value);
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
