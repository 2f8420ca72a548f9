import { describe, expect, it } from 'vitest';
import { lineDiff } from '../../lib/line-diff.ts';
import { changedLines } from './changed-lines.ts';

const lines = (count: number) => Array.from({ length: count }, (_, n) => `line ${n + 1}`);

describe('changedLines', () => {
  it('numbers both sides and folds what has not changed', () => {
    const before = lines(30);
    const after = before.with(14, 'changed');
    const rows = changedLines(lineDiff(before.join('\n'), after.join('\n')));
    expect(rows[0]).toEqual({ kind: 'folded', count: 11 });
    expect(rows.at(-1)).toEqual({ kind: 'folded', count: 12 });
    expect(rows).toContainEqual({ kind: 'removed', text: 'line 15', before: 15, after: null });
    expect(rows).toContainEqual({ kind: 'added', text: 'changed', before: null, after: 15 });
    expect(rows).toHaveLength(10);
  });

  it('folds nothing of a file that is new', () => {
    expect(changedLines([{ kind: 'added', text: 'a' }])).toEqual([{ kind: 'added', text: 'a', before: null, after: 1 }]);
  });
});
