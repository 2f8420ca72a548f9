import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AttackResult } from './run-attacks.ts';

const FILE = path.resolve(import.meta.dirname, '../../docs/security.md');
const BEGIN = '<!-- The red team’s table: made by its run, see below. -->';
const END = '<!-- End of the red team’s table. -->';

/** The results as Markdown, a table for each group. */
export function securityTable(results: readonly AttackResult[]): string {
  const groups = Map.groupBy(results, ({ group }) => group);
  return [...groups]
    .map(([name, rows]) => `**${name}**\n\n${table(rows.map(({ attack, verdict }) => [attack.tries, verdict, attack.held]))}`)
    .join('\n\n');
}

/** What stands in `docs/security.md` now. */
export function readSecurityTable(): string {
  const text = readFileSync(FILE, 'utf8');
  return text.slice(text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)).trim();
}

export function writeSecurityTable(written: string): void {
  const text = readFileSync(FILE, 'utf8');
  writeFileSync(FILE, `${text.slice(0, text.indexOf(BEGIN) + BEGIN.length)}\n\n${written}\n\n${text.slice(text.indexOf(END))}`);
}

function table(rows: readonly (readonly string[])[]): string {
  const all = [['Tries to …', 'Result', 'Because'], ...rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}
