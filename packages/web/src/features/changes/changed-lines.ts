import type { DiffLine } from '../../lib/line-diff.ts';

export type Row =
  | { readonly kind: DiffLine['kind']; readonly text: string; readonly before: number | null; readonly after: number | null }
  /** Lines that have not changed, folded away. */
  | { readonly kind: 'folded'; readonly count: number };

const context = 3;

/** The lines of a diff with their numbers, unchanged stretches folded to a few lines around each change. */
export function changedLines(lines: readonly DiffLine[]): Row[] {
  const near = new Set<number>();
  for (const [index, { kind }] of lines.entries()) {
    if (kind === 'same') continue;
    for (let other = index - context; other <= index + context; other++) near.add(other);
  }
  const rows: Row[] = [];
  let [before, after, folded] = [0, 0, 0];
  for (const [index, { kind, text }] of lines.entries()) {
    if (kind !== 'added') before += 1;
    if (kind !== 'removed') after += 1;
    if (!near.has(index)) {
      folded += 1;
      continue;
    }
    if (folded > 0) rows.push({ kind: 'folded', count: folded });
    folded = 0;
    rows.push({ kind, text, before: kind === 'added' ? null : before, after: kind === 'removed' ? null : after });
  }
  if (folded > 0) rows.push({ kind: 'folded', count: folded });
  return rows;
}
