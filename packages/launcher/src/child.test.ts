import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Child } from './child.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'child '));
const children: Child[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.stop(1000)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that says it is up and then does as told; counts what happens to it. */
function program(body: string): { child: Child; ups: number[]; deaths: { how: string; again: number | null }[] } {
  const entry = path.join(mkdtempSync(path.join(folder, 'p')), 'program.ts');
  writeFileSync(entry, body);
  const ups: number[] = [];
  const deaths: { how: string; again: number | null }[] = [];
  const child: Child = new Child({
    name: 'program',
    entry,
    env: () => process.env,
    onMessage: () => {
      child.ready();
      ups.push(child.pid ?? 0);
    },
    onDeath: (how, again) => deaths.push({ how, again }),
  });
  children.push(child);
  child.start();
  return { child, ups, deaths };
}

const up = 'process.send?.({}); setInterval(() => {}, 1000);';

test('one that is killed is started again, under another pid', async () => {
  const { child, ups, deaths } = program(up);
  await expect.poll(() => ups.length, { timeout: 10_000 }).toBe(1);
  process.kill(ups[0] ?? 0, 'SIGKILL');
  await expect.poll(() => ups.length, { timeout: 10_000 }).toBe(2);
  expect(deaths).toMatchObject([{ how: 'SIGKILL', again: 200 }]);
  expect(ups[1]).not.toBe(ups[0]);
  expect(child.pid).toBe(ups[1]);
});

test('one that waits to be started again is started once, whoever asks', async () => {
  const { child, ups } = program(up);
  await expect.poll(() => ups.length, { timeout: 10_000 }).toBe(1);
  process.kill(ups[0] ?? 0, 'SIGKILL');
  await expect.poll(() => child.pid, { timeout: 10_000, interval: 5 }).toBeNull();
  child.start();
  child.start();
  await expect.poll(() => ups.length, { timeout: 10_000 }).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(ups).toHaveLength(2);
});

test('one that never came up is not started again', async () => {
  const { child, deaths } = program('process.exitCode = 3;');
  await expect.poll(() => deaths, { timeout: 10_000 }).toEqual([{ how: 'exit code 3', again: null }]);
  expect(child.pid).toBeNull();
});

test('one that ends on SIGTERM is stopped gently, one that does not is killed; neither comes back', async () => {
  const gentle = program(`${up} process.once('SIGTERM', () => process.exit(0));`);
  const stubborn = program(`${up} process.on('SIGTERM', () => {});`);
  await expect.poll(() => gentle.ups.length + stubborn.ups.length, { timeout: 10_000 }).toBe(2);
  await Promise.all([gentle.child.stop(5000), stubborn.child.stop(300)]);
  expect(gentle.child.pid).toBeNull();
  expect(stubborn.child.pid).toBeNull();
  expect([...gentle.deaths, ...stubborn.deaths]).toEqual([]);
});
