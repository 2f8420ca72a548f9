import xterm from '@xterm/headless';

/** Wider than the longest address and token: Claude Code breaks lines that do not fit, and a broken one cannot be told from two. */
export const TERMINAL_COLUMNS = 1000;
export const TERMINAL_ROWS = 60;

/**
 * The terminal that Claude Code draws on. It repaints only the cells that have changed, so that what it wrote is not
 * what is to be read: only the screen is.
 */
export class LoginTerminal implements Disposable {
  readonly #terminal = new xterm.Terminal({ cols: TERMINAL_COLUMNS, rows: TERMINAL_ROWS, scrollback: 0, allowProposedApi: true });

  /** Resolves when it is drawn. Bytes are drawn in the order of the calls. */
  draw(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(bytes, resolve));
  }

  /** The lines on the screen, without trailing blanks. */
  lines(): string[] {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: TERMINAL_ROWS }, (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '');
  }

  [Symbol.dispose](): void {
    this.#terminal.dispose();
  }
}
