import { maskedSecret } from '@ai-sessions/protocol';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../components/ui/button.tsx';
import { Input } from '../../components/ui/field.tsx';

interface KeyValueEditorProps {
  /** What the whole is, as "Environment variables". */
  readonly label: string;
  /** What one name is, as "Variable". */
  readonly nameLabel: string;
  readonly value: Readonly<Record<string, string>>;
  readonly onChange: (value: Record<string, string>) => void;
}

interface Row {
  readonly key: number;
  readonly name: string;
  readonly value: string;
}

/** Names with secret values. A value that is stored is never shown: it stays, unless another one is typed. */
export function KeyValueEditor({ label, nameLabel, value, onChange }: KeyValueEditorProps) {
  const [rows, setRows] = useState<readonly Row[]>(() => Object.entries(value).map(([name, text], key) => ({ key, name, value: text })));
  const [next, setNext] = useState(rows.length);
  const set = (changed: readonly Row[]) => {
    setRows(changed);
    onChange(Object.fromEntries(changed.filter(({ name }) => name !== '').map((row) => [row.name, row.value])));
  };
  const change = (key: number, part: Partial<Row>) => set(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const add = () => {
    set([...rows, { key: next, name: '', value: '' }]);
    setNext(next + 1);
  };
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-medium">{label}</legend>
      <div className="space-y-2">
        {rows.map((row) => {
          const stored = row.value === maskedSecret;
          return (
            <div key={row.key} className="flex flex-wrap items-center gap-2 sm:flex-nowrap">
              <Input
                aria-label={nameLabel}
                placeholder="NAME"
                autoComplete="off"
                spellCheck={false}
                className="font-mono text-xs sm:w-56 sm:shrink-0"
                value={row.name}
                onChange={({ target }) => change(row.key, { name: target.value.trim() })}
              />
              <Input
                type="password"
                aria-label={`Value of ${row.name || 'it'}`}
                placeholder={stored ? 'Stored. Type to replace it.' : 'Value'}
                autoComplete="new-password"
                className="min-w-0 flex-1 font-mono text-xs"
                value={stored ? '' : row.value}
                onChange={({ target }) => change(row.key, { value: target.value })}
              />
              <IconButton label={`Remove ${row.name || 'this row'}`} onClick={() => set(rows.filter(({ key }) => key !== row.key))}>
                <X aria-hidden />
              </IconButton>
            </div>
          );
        })}
        <Button size="small" onClick={add}>
          <Plus className="size-3.5" aria-hidden /> Add
        </Button>
      </div>
    </fieldset>
  );
}
