import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** A fenced block of a page, with the headings that it stands under, outermost first. */
export interface Block {
  readonly headings: readonly string[];
  readonly language: string;
  readonly text: string;
}

export function readPage(name: string): string {
  return readFileSync(path.join(root, name), 'utf8');
}

/** The pages of the documentation, but for the user's own description. */
export function docPages(): string[] {
  const docs = readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'user-description.md');
  return docs.map((name) => `docs/${name}`);
}

export function fencedBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  const headings: string[] = [];
  let open: { readonly indent: number; readonly language: string; readonly lines: string[] } | null = null;
  for (const line of markdown.split('\n')) {
    const fence = /^( *)```(\w*)$/.exec(line);
    if (open !== null) {
      if (fence !== null) {
        blocks.push({ headings: [...headings].filter(Boolean), language: open.language, text: open.lines.join('\n') });
        open = null;
      } else open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
    } else if (fence !== null) open = { indent: fence[1]?.length ?? 0, language: fence[2] ?? '', lines: [] };
    else {
      const [, marks = '', title = ''] = /^(#+) (.*)$/.exec(line) ?? [];
      if (marks !== '') headings.splice(marks.length - 1, headings.length, title);
    }
  }
  return blocks;
}

/** The rows of the first table under a heading, without its head. */
export function tableUnder(markdown: string, heading: string): string[][] {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start === -1) throw new Error(`there is no heading "${heading}"`);
  const first = lines.findIndex((line, index) => index > start && line.startsWith('|'));
  const rows: string[][] = [];
  for (const line of lines.slice(first)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .slice(1, line.lastIndexOf('|'))
        .split('|')
        .map((cell) => cell.trim()),
    );
  }
  return rows.slice(2);
}

/** The text in backticks of a table's cell. */
export function code(cell: string | undefined): string {
  return /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';
}
