import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileNameVariant, safeFileName } from './file-name.ts';

const bytes = (text: string) => Buffer.byteLength(text);
const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ maxLength: 400 }),
  fc.string({ unit: fc.constantFrom('/', '\\', '.', '-', ' ', '\0', '\n', 'a', 'é', '😀', '\u202e', '\ud800', '\u0301'), maxLength: 400 }),
);

describe('safeFileName', () => {
  test('of any text is one safe segment', () => {
    fc.assert(
      fc.property(anyName, (given) => {
        const name = safeFileName(given);
        expect(bytes(name)).toBeGreaterThan(0);
        expect(bytes(name)).toBeLessThanOrEqual(255);
        expect(name).not.toMatch(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(name).not.toMatch(/^(\.\.?$|-|\s)/);
        expect(name.isWellFormed()).toBe(true);
        expect(name).toBe(name.normalize('NFC'));
        expect(safeFileName(name)).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['data.csv', 'data.csv'],
    ['../../etc/passwd', 'passwd'],
    ['/etc/cron.d/x', 'x'],
    ['C:\\fakepath\\report.pdf', 'report.pdf'],
    ['..', 'file'],
    ['.', 'file'],
    ['a/..', 'file'],
    ['dir/', 'file'],
    ['', 'file'],
    ['   ', 'file'],
    ['\0\u0001', 'file'],
    ['a\0b.txt', 'ab.txt'],
    ['new\nline', 'newline'],
    ['-rf', '_rf'],
    ['.env', '.env'],
    ['...', '...'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['re\u0301sume\u0301.txt', 'résumé.txt'],
    ['\ud800.txt', '\ufffd.txt'],
    ['日本語 レポート.pdf', '日本語 レポート.pdf'],
  ])('%j becomes %j', (given, expected) => expect(safeFileName(given)).toBe(expected));

  test('keeps the extension of a name that is too long', () => {
    expect(safeFileName(`${'é'.repeat(300)}.csv`)).toBe(`${'é'.repeat(125)}.csv`);
    expect(bytes(safeFileName('x'.repeat(5000)))).toBe(255);
  });
});

describe('fileNameVariant', () => {
  test('of safe names are safe, differ, and keep the extension', () => {
    fc.assert(
      fc.property(anyName, fc.integer({ min: 2, max: 100_000 }), (given, number) => {
        const name = safeFileName(given);
        const variant = fileNameVariant(name, number);
        expect(variant).not.toBe(name);
        expect(safeFileName(variant)).toBe(variant);
        expect(fileNameVariant(name, number + 1)).not.toBe(variant);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['a.txt', 2, 'a (2).txt'],
    ['a', 3, 'a (3)'],
    ['.env', 2, '.env (2)'],
    ['a.tar.gz', 2, 'a (2).tar.gz'],
    ['v1.2 final', 2, 'v1.2 final (2)'],
    ['a.txt', 1, 'a.txt'],
    [`${'x'.repeat(251)}.txt`, 10, `${'x'.repeat(246)} (10).txt`],
  ])('%s, %i', (name, number, expected) => expect(fileNameVariant(name, number)).toBe(expected));
});
