import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scrollback } from './scrollback.ts';

function readAll(scrollback: Scrollback, from = scrollback.start): string {
  let text = '';
  for (let at = from; ;) {
    const piece = scrollback.read(at, 7);
    if (piece.length === 0) return text;
    text += piece.toString();
    at += piece.length;
  }
}

describe('Scrollback', () => {
  it('gives from any place what came after it, the newest up to its size', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' }), { maxLength: 60 }), (pieces) => {
        const scrollback = new Scrollback(200);
        for (const piece of pieces) scrollback.push(Buffer.from(piece));
        const all = pieces.join('');
        expect(scrollback.end).toBe(all.length);
        expect(scrollback.end - scrollback.start).toBeLessThanOrEqual(200);
        for (let from = scrollback.start; from <= scrollback.end; from += 13) expect(readAll(scrollback, from)).toBe(all.slice(from));
      }),
    );
  });

  it('begins at the beginning of a line where something was dropped', () => {
    const scrollback = new Scrollback(20_000);
    for (let n = 0; n < 1000; n++) scrollback.push(Buffer.from(`line ${n} ${'x'.repeat(50)}\r\n`));
    expect(readAll(scrollback)).toMatch(/^line \d+ x/);
  });

  it('restores the modes in which what it still has was written', () => {
    const scrollback = new Scrollback(20_000);
    scrollback.push(Buffer.from('\u001b[?1049h\u001b[?25l\u001b[?20'));
    scrollback.push(Buffer.from('04h\u001b[?1h\u001b[?1l'));
    scrollback.push(Buffer.from('y\n'.repeat(5000)));
    expect(scrollback.restore).toBe('');
    for (let n = 0; n < 5; n++) scrollback.push(Buffer.from('y\n'.repeat(5000)));
    expect(scrollback.restore).toBe('\u001b[?1049h\u001b[?25l\u001b[?2004h');
    scrollback.push(Buffer.from('\u001b[?1049l\u001b[?25h'));
    for (let n = 0; n < 5; n++) scrollback.push(Buffer.from('y\n'.repeat(5000)));
    expect(scrollback.restore).toBe('\u001b[?2004h');
  });
});
