import { mcpServer, mcpServerName, type McpServer, type McpTestResult } from '@ai-sessions/protocol';
import { CircleCheck, CircleX, Plug, Trash2 } from 'lucide-react';
import { Button, IconButton } from '../../components/ui/button.tsx';
import { ErrorNotice } from '../../components/ui/error-notice.tsx';
import { Field, Input, Select, TextArea } from '../../components/ui/field.tsx';
import { useMcpTest } from './api/mcp-test.ts';
import { textMap } from './json-object.ts';
import { KeyValueEditor } from './key-value-editor.tsx';

interface McpServerFormProps {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Of a stored profile that has a server of this name, whose secrets a test may use. */
  readonly profileId: string | undefined;
  readonly onRename: (name: string) => void;
  readonly onChange: (value: Record<string, unknown>) => void;
  readonly onRemove: () => void;
}

/** One MCP server, with a test of the connection to it. */
export function McpServerForm({ name, value, profileId, onRename, onChange, onRemove }: McpServerFormProps) {
  const test = useMcpTest();
  const type = value['type'] === 'stdio' || value['type'] === 'sse' ? value['type'] : 'http';
  const text = (key: string) => (typeof value[key] === 'string' ? value[key] : '');
  const set = (part: Record<string, unknown>) => {
    test.reset();
    const next = Object.entries({ ...value, ...part }).filter(([, each]) => each !== undefined);
    onChange(Object.fromEntries(next));
  };
  const setType = (next: string) => {
    test.reset();
    onChange(next === 'stdio' ? { type: next, command: text('command') } : { type: next, url: text('url'), ...headersOf(value) });
  };
  const checked = mcpServer.safeParse(value);
  const nameProblem = mcpServerName.safeParse(name).success ? undefined : 'Letters, digits, _ and -, at most 64.';
  return (
    <fieldset className="min-w-0 space-y-3 rounded-lg border border-border bg-surface p-4">
      <legend className="sr-only">MCP server {name || 'without a name'}</legend>
      <div className="flex items-end gap-2">
        <Field label="Name" className="min-w-0 flex-1" error={name === '' ? undefined : nameProblem}>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              spellCheck={false}
              value={name}
              onChange={({ target }) => onRename(target.value.trim())}
            />
          )}
        </Field>
        <Field label="Reached by" className="w-40">
          {(control) => (
            <Select {...control} value={type} onChange={({ target }) => setType(target.value)}>
              <option value="http">HTTP</option>
              <option value="sse">SSE</option>
              <option value="stdio">A program</option>
            </Select>
          )}
        </Field>
        <IconButton label={`Remove the MCP server ${name}`} className="mb-1" onClick={onRemove}>
          <Trash2 aria-hidden />
        </IconButton>
      </div>
      {type === 'stdio' ? (
        <>
          <Field label="Program" hint="Runs in a sandbox of its own.">
            {(control) => (
              <Input
                {...control}
                spellCheck={false}
                className="font-mono text-xs"
                placeholder="npx"
                value={text('command')}
                onChange={({ target }) => set({ command: target.value })}
              />
            )}
          </Field>
          <Field label="Arguments" hint="One a line.">
            {(control) => (
              <TextArea
                {...control}
                rows={2}
                spellCheck={false}
                className="font-mono text-xs"
                value={Array.isArray(value['args']) ? value['args'].join('\n') : ''}
                onChange={({ target }) => set({ args: target.value === '' ? undefined : target.value.split('\n') })}
              />
            )}
          </Field>
          <KeyValueEditor
            label="Its environment variables"
            nameLabel="Variable"
            value={textMap(value['env'])}
            onChange={(env) => set({ env: filled(env) })}
          />
        </>
      ) : (
        <>
          <Field
            label="Address"
            error={text('url') !== '' && !checked.success ? 'An address that begins with http:// or https://.' : undefined}
          >
            {(control) => (
              <Input
                {...control}
                type="url"
                spellCheck={false}
                placeholder="https://mcp.example.com/mcp"
                value={text('url')}
                onChange={({ target }) => set({ url: target.value.trim() })}
              />
            )}
          </Field>
          <KeyValueEditor
            label="Headers"
            nameLabel="Header"
            value={textMap(value['headers'])}
            onChange={(headers) => set({ headers: filled(headers) })}
          />
        </>
      )}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          size="small"
          busy={test.isPending}
          disabled={!checked.success}
          onClick={() =>
            checked.success && test.mutate({ name, server: checked.data, profileId: needsStored(checked.data) ? profileId : undefined })
          }
        >
          <Plug className="size-3.5" aria-hidden /> Test the connection
        </Button>
        {test.isPending && <span className="text-muted-foreground">Connecting, as a session would…</span>}
      </div>
      {test.isError && <ErrorNotice error={test.error} />}
      {test.data !== undefined && <TestResult result={test.data} />}
    </fieldset>
  );
}

function TestResult({ result }: { readonly result: McpTestResult }) {
  const { status, error, server, tools, duration_ms: ms } = result;
  if (status === 'failed')
    return (
      <output className="flex items-start gap-2 text-danger">
        <CircleX className="mt-0.5 size-4 shrink-0" aria-hidden />
        <span className="min-w-0 wrap-anywhere">It could not be reached: {error ?? 'no reason was given.'}</span>
      </output>
    );
  return (
    <output className="block">
      <span className="flex items-start gap-2 text-ok">
        <CircleCheck className="mt-0.5 size-4 shrink-0" aria-hidden />
        <span>
          Connected in {ms} ms{server !== null && ` to ${server.name} ${server.version}`}: {tools.length}{' '}
          {tools.length === 1 ? 'tool' : 'tools'}.
        </span>
      </span>
      {tools.length > 0 && (
        <span className="mt-1.5 flex flex-wrap gap-1">
          {tools.slice(0, 40).map((tool) => (
            <code key={tool.name} title={tool.description} className="rounded bg-muted px-1.5 py-0.5 text-xs">
              {tool.name}
            </code>
          ))}
        </span>
      )}
    </output>
  );
}

function headersOf(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return value['headers'] === undefined ? {} : { headers: value['headers'] };
}

function filled(map: Record<string, string>): Record<string, string> | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

function needsStored(server: McpServer): boolean {
  return Object.values((server.type === 'stdio' ? server.env : server.headers) ?? {}).includes('***');
}
