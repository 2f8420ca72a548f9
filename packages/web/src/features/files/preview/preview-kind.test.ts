import { describe, expect, it } from 'vitest';
import { languageOf, previewKind } from './preview-kind.ts';

const text = new TextEncoder().encode('a,b\n1,ü\n');

describe('previewKind', () => {
  it.each([
    ['a.csv', text, 'csv'],
    ['a.TSV', text, 'csv'],
    ['a.png', text, 'image'],
    ['a.pdf', text, 'pdf'],
    ['Makefile', text, 'text'],
    ['a.csv', new Uint8Array([1, 0, 2]), 'none'],
    ['a', new Uint8Array([0xff, 0xfe, 0x41]), 'none'],
    ['empty', new Uint8Array(), 'text'],
  ])('%s', (name, bytes, kind) => expect(previewKind(name, bytes)).toBe(kind));

  it('takes a character that is cut at the end of the first piece for text', () => {
    expect(previewKind('a', new TextEncoder().encode(`${'a'.repeat(8191)}ü`))).toBe('text');
  });
});

describe('languageOf', () => {
  it('goes by the end of the name', () => {
    expect([languageOf('x.test.ts'), languageOf('Makefile'), languageOf('x')]).toEqual(['typescript', 'makefile', undefined]);
  });
});
