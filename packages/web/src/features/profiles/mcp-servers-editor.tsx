import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { Field, TextArea } from '../../components/ui/field.tsx';
import { jsonObject, jsonText } from './json-object.ts';
import { McpServerForm } from './mcp-server-form.tsx';

interface McpServersEditorProps {
  /** JSON, as the draft has it. */
  readonly text: string;
  readonly error: string | undefined;
  readonly profileId: string | undefined;
  readonly onChange: (text: string) => void;
}

interface Row {
  readonly key: number;
  readonly name: string;
  readonly value: Record<string, unknown>;
}

/** The MCP servers of a profile, each in a form; or all of them as JSON, for those who have it already. */
export function McpServersEditor({ text, error, profileId, onChange }: McpServersEditorProps) {
  const [asJson, setAsJson] = useState(jsonObject(text) === undefined);
  const [rows, setRows] = useState<readonly Row[]>(() => rowsOf(text));
  const set = (changed: readonly Row[]) => {
    setRows(changed);
    onChange(jsonText(Object.fromEntries(changed.filter(({ name }) => name !== '').map(({ name, value }) => [name, value]))));
  };
  const change = (key: number, part: Partial<Row>) => set(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const toForms = () => {
    setRows(rowsOf(text));
    setAsJson(false);
  };
  const nextKey = Math.max(-1, ...rows.map(({ key }) => key)) + 1;
  return (
    <section aria-label="MCP servers" className="space-y-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="flex-1 font-medium">MCP servers</h2>
        <Button
          size="small"
          look="quiet"
          disabled={asJson && jsonObject(text) === undefined}
          onClick={() => (asJson ? toForms() : setAsJson(true))}
        >
          {asJson ? 'As forms' : 'As JSON'}
        </Button>
      </div>
      {asJson ? (
        <Field label="MCP servers, as JSON" hint="What is stored shows as ***. Left as it is, it is kept." error={error}>
          {(control) => (
            <TextArea
              {...control}
              rows={9}
              spellCheck={false}
              className="font-mono text-xs"
              value={text}
              onChange={({ target }) => onChange(target.value)}
            />
          )}
        </Field>
      ) : (
        <>
          {rows.map((row) => (
            <McpServerForm
              key={row.key}
              name={row.name}
              value={row.value}
              profileId={profileId}
              onRename={(name) => change(row.key, { name })}
              onChange={(value) => change(row.key, { value })}
              onRemove={() => set(rows.filter(({ key }) => key !== row.key))}
            />
          ))}
          {error !== undefined && <p className="text-xs text-danger">{error}</p>}
          <Button size="small" onClick={() => setRows([...rows, { key: nextKey, name: '', value: { type: 'http', url: '' } }])}>
            <Plus className="size-3.5" aria-hidden /> Add an MCP server
          </Button>
        </>
      )}
    </section>
  );
}

function rowsOf(text: string): Row[] {
  return Object.entries(jsonObject(text) ?? {}).map(([name, value], key) => ({
    key,
    name,
    value: typeof value === 'object' && value !== null ? { ...value } : {},
  }));
}
