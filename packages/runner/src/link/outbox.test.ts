import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '@ai-sessions/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';

const note = (text: string): Report => ({ kind: 'event', type: 'system', payload: { subtype: 'note', message: text } });
const ended: Report = { kind: 'exited', why: 'ended', exit_code: null, error_message: null };

describe('Outbox', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'outbox-'));
    path = join(folder, 'outbox-1.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const messages = (outbox: Outbox, after = outbox.acked) => {
    const told: string[] = [];
    for (let batch = outbox.after(after); batch !== undefined; batch = outbox.after(batch.first + batch.count - 1)) {
      expect(batch.first).toBe(after + told.length + 1);
      told.push(...(JSON.parse(batch.json) as { payload: { message: string } }[]).map(({ payload }) => payload.message));
    }
    return told;
  };

  it('numbers from 1 and forgets what is acknowledged', () => {
    const outbox = Outbox.create(path);
    for (const text of ['a', 'b', 'c']) outbox.append(note(text));
    expect(outbox.after(0)).toMatchObject({ first: 1, count: 3 });
    expect(outbox.after(0, 2)).toMatchObject({ first: 1, count: 2 });
    outbox.acknowledge(2);
    expect(outbox.after(0)).toMatchObject({ first: 3, count: 1 });
    outbox.acknowledge(1);
    expect(outbox.acked).toBe(2);
    outbox.acknowledge(3);
    expect(outbox.after(0)).toBeUndefined();
    expect(outbox.settled).toBe(false);
  });

  it('takes nothing after the last report, and is settled when that is acknowledged', () => {
    const outbox = Outbox.create(path);
    outbox.append(ended);
    outbox.append(note('late'));
    expect(outbox.last).toBe(1);
    outbox.acknowledge(1);
    expect(outbox.settled).toBe(true);
    outbox.remove();
    expect(existsSync(path)).toBe(false);
    outbox.append(note('too late'));
  });

  // Only root may mount a small disk of its own.
  describe.skipIf(process.getuid?.() !== 0)('on a full disk (needs root, to mount a small one)', () => {
    const filler = () => join(folder, 'filler');
    beforeEach(() => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder]);
    });
    afterEach(() => execFileSync('umount', ['-l', folder]));
    const fillDisk = () => {
      const fd = openSync(filler(), 'w');
      try {
        for (;;) writeSync(fd, Buffer.alloc(4096));
      } catch {
        closeSync(fd);
      }
    };
    const large = (letter: string) => letter.repeat(6000);

    it('keeps what finds no room, and writes it once there is some', () => {
      const outbox = Outbox.create(path);
      outbox.append(note('before'));
      fillDisk();
      for (const letter of ['a', 'b']) outbox.append(note(large(letter)));
      expect(messages(outbox)).toEqual(['before', large('a'), large('b')]);
      rmSync(filler());
      outbox.append(note('after'));
      outbox.close();
      expect(messages(Outbox.recover(path))).toEqual(['before', large('a'), large('b'), 'after']);
    });

    it('is crowded while more than 4 MiB of them stand in memory alone', () => {
      const outbox = Outbox.create(path);
      fillDisk();
      for (let n = 0; n < 4; n += 1) outbox.append(note('x'.repeat(1024 * 1024)));
      expect(outbox.crowded).toBe(true);
      outbox.acknowledge(1);
      expect(outbox.crowded).toBe(false);
    });

    it('knows what was acknowledged without ever having been written', () => {
      const outbox = Outbox.create(path);
      outbox.append(note('before'));
      fillDisk();
      for (const letter of ['a', 'b']) outbox.append(note(large(letter)));
      outbox.acknowledge(2);
      outbox.acknowledge(3);
      rmSync(filler());
      for (const text of ['after', 'at last']) outbox.append(note(text));
      expect(messages(outbox)).toEqual(['after', 'at last']);
      outbox.close();
      const recovered = Outbox.recover(path);
      expect([recovered.acked, recovered.last]).toEqual([3, 5]);
      expect(messages(recovered)).toEqual(['after', 'at last']);
    });
  });

  it('is begun once', () => {
    Outbox.create(path).close();
    expect(() => Outbox.create(path)).toThrow(/EEXIST/);
  });

  it('is there again after SIGKILL, without the line that was cut', () => {
    const outbox = Outbox.create(path);
    for (const text of ['a', 'ü€😀', 'c']) outbox.append(note(text));
    outbox.close();
    appendFileSync(path, '4 {"kind":"event","type":"sys');
    const again = Outbox.recover(path);
    expect(messages(again)).toEqual(['a', 'ü€😀', 'c']);
    again.append(note('d'));
    expect(messages(again)).toEqual(['a', 'ü€😀', 'c', 'd']);
    expect(readFileSync(path, 'utf8')).toMatch(/\n4 \{.*\}\n$/);
  });

  it('goes on at the number the server has, when the file had been emptied', () => {
    const outbox = Outbox.create(path);
    const long = 'x'.repeat(600_000);
    outbox.append(note(long));
    outbox.append(note(long));
    outbox.acknowledge(2);
    expect(readFileSync(path, 'utf8')).toBe('');
    outbox.close();
    const again = Outbox.recover(path);
    again.acknowledge(2);
    again.append(ended);
    expect(again.after(0)).toMatchObject({ first: 3, count: 1 });
  });

  it('cuts a backlog into frames and holds no more of it in memory than its share', () => {
    const outbox = Outbox.create(path);
    const texts = Array.from({ length: 60 }, (_, index) => `${index} ${'y'.repeat(60_000)}`);
    for (const text of texts) outbox.append(note(text));
    const first = outbox.after(0);
    expect(first?.json.length).toBeLessThan(300_000);
    expect(messages(outbox)).toEqual(texts);
  });

  it('gives back exactly what is not acknowledged, whatever happens in between', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('append' as const), text: fc.string({ unit: 'grapheme', maxLength: 20 }) }),
        fc.record({ do: fc.constant('ack' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
        fc.record({ do: fc.constant('kill' as const) }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, (plan) => {
        rmSync(path, { force: true });
        let outbox = Outbox.create(path);
        const all: string[] = [];
        let acked = 0;
        for (const step of plan) {
          if (step.do === 'append') {
            all.push(step.text);
            outbox.append(note(step.text));
          } else if (step.do === 'ack') {
            acked = Math.max(acked, Math.floor(all.length * step.share));
            outbox.acknowledge(acked);
          } else {
            outbox.close();
            outbox = Outbox.recover(path);
            outbox.acknowledge(acked);
          }
          expect(outbox.last).toBe(all.length);
        }
        expect(messages(outbox)).toEqual(all.slice(acked));
        outbox.close();
      }),
      { numRuns: 100 },
    );
  });
});
