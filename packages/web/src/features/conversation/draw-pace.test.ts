import { expect, test } from 'vitest';
import { type DrawClock, DrawPace } from './draw-pace.ts';

/** Frames at each 16 ms, and what is due in between, in the order of time. */
class FakeClock implements DrawClock {
  time = 0;
  #due: { at: number; call: () => void }[] = [];

  now = () => this.time;
  beforeFrame = (call: () => void) => void this.#due.push({ at: Math.floor(this.time / 16) * 16 + 16, call });
  after = (ms: number, call: () => void) => void this.#due.push({ at: this.time + ms, call });

  runUntil(end: number): void {
    for (;;) {
      const next = this.#due.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#due = this.#due.filter((each) => each !== next);
      this.time = Math.max(this.time, next.at);
      next.call();
    }
    this.time = Math.max(this.time, end);
  }
}

function paced(costMs: number) {
  const clock = new FakeClock();
  const drawn: number[] = [];
  const pace = new DrawPace(clock, () => {
    drawn.push(clock.time);
    clock.time += costMs;
  });
  return { clock, pace, drawn };
}

test('the first change is drawn in the next frame, and all changes of a frame at once', () => {
  const { clock, pace, drawn } = paced(1);
  pace.changed();
  pace.changed();
  clock.runUntil(100);
  expect(drawn).toEqual([16]);
  pace.changed();
  clock.runUntil(200);
  expect(drawn).toEqual([16, 112]);
});

test('what takes no time is drawn at every frame', () => {
  const { clock, pace, drawn } = paced(0);
  for (let time = 0; time < 160; time += 4) {
    pace.changed();
    clock.runUntil(time);
  }
  expect(drawn).toEqual([16, 32, 48, 64, 80, 96, 112, 128, 144]);
});

test('drawing takes a sixth of the time at most, and the last change is drawn', () => {
  const { clock, pace, drawn } = paced(10);
  for (let time = 0; time < 1000; time += 4) {
    pace.changed();
    clock.runUntil(time);
  }
  expect(drawn.length * 10).toBeLessThanOrEqual(1000 / 6 + 10);
  const before = drawn.length;
  pace.changed();
  clock.runUntil(2000);
  expect(drawn.length).toBe(before + 1);
});

test('what takes very long is still drawn every now and then', () => {
  const { clock, pace, drawn } = paced(200);
  for (let time = 0; time < 2000; time += 20) {
    pace.changed();
    clock.runUntil(time);
  }
  expect(drawn.length).toBeGreaterThanOrEqual(4);
});
