import Papa from 'papaparse';
import { useMemo, useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { ScrollBox } from '../../../components/ui/scroll-box.tsx';
import { formatCount } from '../../../lib/format.ts';
import { TextPreview } from './text-preview.tsx';

const rowsAtOnce = 500;
const mostColumns = 200;

/** Comma or tab separated values as a table, its first row as the heading; as text where they are none. */
export function CsvPreview({ name, text }: { readonly name: string; readonly text: string }) {
  const [count, setCount] = useState(rowsAtOnce);
  const { rows, broken } = useMemo(() => {
    const { data, errors } = Papa.parse<string[]>(text, { skipEmptyLines: 'greedy' });
    return { rows: data, broken: errors.some(({ type }) => type === 'Quotes') };
  }, [text]);
  const [heading = [], ...body] = rows;
  if (broken || heading.length === 0) return <TextPreview name={name} text={text} />;
  const shown = body.slice(0, count);
  const columns = Array.from(
    { length: Math.min(mostColumns, Math.max(heading.length, ...shown.map((row) => row.length))) },
    (_, index) => index,
  );
  return (
    <ScrollBox label={`Table ${name}`} className="min-h-0 flex-1 overflow-auto bg-surface text-xs">
      <table className="min-w-full text-start">
        <caption className="sr-only">
          {name}, {body.length} rows
        </caption>
        <thead className="sticky top-0 bg-muted">
          <tr>
            <th scope="col" className="px-2 py-1.5 text-end font-normal text-muted-foreground">
              <span className="sr-only">Row</span>
            </th>
            {columns.map((column) => (
              <th key={column} scope="col" className="max-w-64 truncate px-2 py-1.5 text-start font-semibold">
                {heading[column] || `Column ${column + 1}`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            <tr key={index} className="border-b border-border">
              <th scope="row" className="px-2 py-1 text-end font-normal text-muted-foreground tabular-nums">
                {index + 1}
              </th>
              {columns.map((column) => (
                <td key={column} className="max-w-64 truncate px-2 py-1" title={row[column]}>
                  {row[column] ?? ''}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < body.length && (
        <Button size="small" className="m-3" onClick={() => setCount(count * 4)}>
          Show more of {formatCount(body.length)} rows
        </Button>
      )}
    </ScrollBox>
  );
}
