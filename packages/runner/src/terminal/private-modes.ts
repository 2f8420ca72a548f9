const escape = '\u001b';
/** DECSET and DECRST, and the reset of everything. */
const sequence = new RegExp(`${escape}\\[\\?([\\d;]{1,40})([hl])|${escape}c`, 'g');
/** Longer than any sequence that is looked for. */
const carried = 48;
/** The cursor shows and lines wrap unless told otherwise. */
const onAtFirst = new Set(['7', '25']);
const mostModes = 64;

/** The modes (DECSET: alternate screen, bracketed paste, mouse …) that a program has put a terminal into. */
export class PrivateModes {
  readonly #set = new Map<string, boolean>();
  #tail = '';

  /** Reads output in its order; a sequence may be cut anywhere between two pieces. */
  read(bytes: Buffer): void {
    const text = this.#tail + bytes.toString('latin1');
    let end = 0;
    for (const match of text.matchAll(sequence)) {
      end = match.index + match[0].length;
      const [, modes, how] = match;
      if (modes === undefined) this.#set.clear();
      else for (const mode of modes.split(';')) this.#note(mode, how === 'h');
    }
    this.#tail = text.slice(Math.max(end, text.length - carried));
  }

  /** What brings a fresh terminal into these modes. */
  get restore(): string {
    return [...this.#set].map(([mode, on]) => `${escape}[?${mode}${on ? 'h' : 'l'}`).join('');
  }

  #note(mode: string, on: boolean): void {
    if (on === onAtFirst.has(mode)) this.#set.delete(mode);
    else if (this.#set.size < mostModes) this.#set.set(mode, on);
  }
}
