/** What a page offers to time drawing with; times in milliseconds. */
export interface DrawClock {
  now(): number;
  /** Calls before the next frame is painted; soon also where none is painted, as in a page in the background. */
  beforeFrame(call: () => void): void;
  after(ms: number, call: () => void): void;
}

/** After a drawing the page rests for as many times as long as it took: drawing has a sixth of the time, the reader has the rest. */
const restShare = 5;
/** What streams is still seen to stream when each drawing takes long. */
const longestRestMs = 250;

/**
 * Says when to draw what has changed: before the next frame, but after a drawing only when the page has rested, however many changes
 * come meanwhile. So a slow machine or a long text has fewer frames instead of a page that does not react.
 * States: idle → planned → resting → idle, or planned again where something has changed meanwhile.
 */
export class DrawPace {
  readonly #clock: DrawClock;
  readonly #draw: () => void;
  #state: 'idle' | 'planned' | 'resting' = 'idle';
  #isStale = false;

  constructor(clock: DrawClock, draw: () => void) {
    this.#clock = clock;
    this.#draw = draw;
  }

  /** Something has changed that is to be drawn. */
  changed(): void {
    this.#isStale = true;
    if (this.#state === 'idle') this.#plan();
  }

  #plan(): void {
    this.#state = 'planned';
    this.#clock.beforeFrame(() => {
      const begun = this.#clock.now();
      this.#state = 'resting';
      this.#isStale = false;
      this.#draw();
      // After the frame: by then the browser has laid out and painted what was drawn.
      this.#clock.after(0, () => this.#clock.after(Math.min(longestRestMs, restShare * (this.#clock.now() - begun)), () => this.#rested()));
    });
  }

  #rested(): void {
    if (this.#isStale) this.#plan();
    else this.#state = 'idle';
  }
}

export const pageClock: DrawClock = {
  now: () => performance.now(),
  beforeFrame(call) {
    if (document.visibilityState === 'visible') requestAnimationFrame(call);
    else setTimeout(call, 250);
  },
  after: (ms, call) => void setTimeout(call, ms),
};
