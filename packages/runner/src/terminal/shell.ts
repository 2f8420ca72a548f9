import { setTimeout as sleep } from 'node:timers/promises';
import { type TerminalSize, terminalLimits } from '@ai-sessions/protocol';
import { within } from '../process/within.ts';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import { Scrollback } from './scrollback.ts';
import { inputFrame, sizeFrame } from './shell-program.ts';

/** Who watches a shell: a cursor into its output. */
export interface ShellViewer {
  /** Bytes of output that it has not been given yet. */
  readonly behind: number;
  /** There is more output, or the shell has ended. */
  wake(): void;
  resized(size: TerminalSize): void;
}

/** Output that is read of a shell a second, at most: a flood must leave the runner's time to the sessions. */
const bytesPerMs = (6 * 1024 * 1024) / 1000;
const worthAPauseMs = 5;
/** A viewer that is further behind is waited for, a little: the shell never stops for a viewer, it only gets slower. */
const patientBehind = 256 * 1024;
const patienceMs = 250;
const lookAgainMs = 10;
const endMs = 2000;

/** A shell on a pseudo-terminal in a sandbox, with any number of viewers. Lives until it ends by itself or with its sandbox. */
export class Shell {
  readonly scrollback = new Scrollback(terminalLimits.scrollbackBytes);
  readonly #program: SandboxProcess;
  readonly #viewers = new Set<ShellViewer>();
  #size: TerminalSize;
  #ended: { readonly exitCode: number | null } | undefined;
  /** Up to when the allowance of output is used up. */
  #paidUntil = 0;
  /** Resolves when it has ended and its last output is in the scrollback. */
  readonly ended: Promise<void>;

  constructor(program: SandboxProcess, size: TerminalSize) {
    this.#program = program;
    this.#size = size;
    this.ended = this.#follow();
  }

  get size(): TerminalSize {
    return this.#size;
  }

  /** How it ended; undefined while it lives. `exitCode` is null when it was killed. */
  get outcome(): { readonly exitCode: number | null } | undefined {
    return this.#ended;
  }

  add(viewer: ShellViewer): void {
    this.#viewers.add(viewer);
  }

  remove(viewer: ShellViewer): void {
    this.#viewers.delete(viewer);
  }

  /** Types bytes. False: the program has not taken what was typed before; `drained` tells when it has. */
  type(bytes: Uint8Array): boolean {
    return this.#ended !== undefined || this.#program.stdin.write(inputFrame(bytes));
  }

  /** Resolves when more may be typed, or nobody takes it any more. */
  drained(): Promise<void> {
    const { stdin } = this.#program;
    return new Promise((resolve) => {
      if (!stdin.writableNeedDrain || stdin.destroyed) return resolve();
      const settle = () => {
        stdin.off('drain', settle).off('close', settle);
        resolve();
      };
      stdin.once('drain', settle).once('close', settle);
    });
  }

  resize(size: TerminalSize): void {
    if (this.#ended !== undefined || (size.cols === this.#size.cols && size.rows === this.#size.rows)) return;
    this.#size = size;
    this.#program.stdin.write(sizeFrame(size));
    for (const viewer of this.#viewers) viewer.resized(size);
  }

  /** Has a full-screen program draw itself anew, as it does when the size changes. */
  redraw(): void {
    if (this.#ended !== undefined || this.#size.rows < 2) return;
    this.#program.stdin.write(sizeFrame({ ...this.#size, rows: this.#size.rows - 1 }));
    this.#program.stdin.write(sizeFrame(this.#size));
  }

  kill(): void {
    this.#program.kill('SIGKILL');
  }

  async #follow(): Promise<void> {
    try {
      for await (const chunk of this.#program.stdout as AsyncIterable<Buffer>) {
        this.scrollback.push(chunk);
        for (const viewer of this.#viewers) viewer.wake();
        await this.#pace(chunk.length);
      }
    } catch {
      // A stream that breaks off is an end like any other.
    }
    const outcome = await within(endMs, this.#program.outcome);
    // What it left in the background goes with it.
    this.#program.kill('SIGKILL');
    this.#ended = { exitCode: outcome?.exitCode ?? null };
    for (const viewer of this.#viewers) viewer.wake();
  }

  async #pace(bytes: number): Promise<void> {
    const now = performance.now();
    this.#paidUntil = Math.max(now, this.#paidUntil) + bytes / bytesPerMs;
    if (this.#paidUntil - now > worthAPauseMs) await sleep(this.#paidUntil - now);
    for (let waited = 0; waited < patienceMs && this.#allBehind(); waited += lookAgainMs) await sleep(lookAgainMs);
  }

  #allBehind(): boolean {
    return this.#viewers.size > 0 && [...this.#viewers].every((viewer) => viewer.behind > patientBehind);
  }
}
