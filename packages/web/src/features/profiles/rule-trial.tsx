import type { Verdict } from '@ai-sessions/tool-rules';
import { useQuery } from '@tanstack/react-query';
import { Ban, Check, CircleHelp } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { classNames } from '../../components/ui/class-names.ts';
import { Field, Input, Select } from '../../components/ui/field.tsx';
import type { ProfileDraft } from './profile-draft.ts';
import { patternLines } from './pattern-lines.ts';

const tools = [
  { tool: 'Bash', label: 'Bash: a command', field: 'command', example: 'git log --oneline | head -20' },
  { tool: 'Read', label: 'Read: a file', field: 'file_path', example: '/workspace/report.csv' },
  { tool: 'Edit', label: 'Edit: a file', field: 'file_path', example: '/workspace/report.csv' },
  { tool: 'Write', label: 'Write: a file', field: 'file_path', example: '/etc/hosts' },
  { tool: 'WebFetch', label: 'WebFetch: an address', field: 'url', example: 'https://example.com' },
  { tool: '', label: 'Another tool, by its name', field: '', example: 'mcp__jira__create_issue' },
] as const;

/** What the rules and the mode, as they stand in the form, make of a tool call. Judged as in a session, by the same code. */
export function RuleTrial({ draft }: { readonly draft: Pick<ProfileDraft, 'allowedTools' | 'deniedTools' | 'mode'> }) {
  const [index, setIndex] = useState(0);
  const [text, setText] = useState<string>(tools[0].example);
  const { tool, field, example } = tools[index] ?? tools[0];
  const wanted = useDeferredValue(text.trim());
  const { allowedTools, deniedTools, mode } = draft;
  const verdict = useQuery({
    queryKey: ['rule-trial', tool, wanted, allowedTools, deniedTools, mode],
    queryFn: async () => {
      const { decide } = await import('@ai-sessions/tool-rules');
      const call = tool === '' ? { tool: wanted, input: {} } : { tool, input: { [field]: wanted } };
      const rules = { allowed: patternLines(allowedTools), denied: patternLines(deniedTools), sessionAllowed: [], mode };
      return decide({ ...call, cwd: '/workspace' }, rules);
    },
    enabled: wanted !== '',
    staleTime: Infinity,
    gcTime: 10_000,
    placeholderData: (before) => before,
  });
  const choose = (next: number) => {
    if (text === example) setText(tools[next]?.example ?? '');
    setIndex(next);
  };
  return (
    <section aria-label="Try the rules" className="rounded-lg border border-border bg-surface p-4">
      <h2 className="font-medium">Try the rules</h2>
      <p className="mb-3 text-xs text-muted-foreground">
        What becomes of a call with the rules and the mode above, before anything is saved.
      </p>
      <div className="grid gap-3 sm:grid-cols-[14rem_1fr]">
        <Field label="Tool">
          {(control) => (
            <Select {...control} value={index} onChange={({ target }) => choose(Number(target.value))}>
              {tools.map(({ label }, each) => (
                <option key={label} value={each}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={tool === '' ? 'Name of the tool' : tool === 'Bash' ? 'Command' : tool === 'WebFetch' ? 'Address' : 'File'}>
          {(control) => (
            <Input
              {...control}
              spellCheck={false}
              autoComplete="off"
              className="font-mono text-xs"
              placeholder={example}
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
      </div>
      <output className="mt-3 block min-h-11">
        {wanted !== '' && verdict.data !== undefined && <VerdictText verdict={verdict.data} />}
      </output>
    </section>
  );
}

const looks = {
  allow: { label: 'Runs without asking', icon: Check, className: 'bg-ok-soft text-ok' },
  deny: { label: 'Is denied', icon: Ban, className: 'bg-danger-soft text-danger' },
  ask: { label: 'Asks you first', icon: CircleHelp, className: 'bg-warn-soft text-warn' },
} as const;

function VerdictText({ verdict }: { readonly verdict: Verdict }) {
  const { label, icon: Icon, className } = looks[verdict.decision];
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span className={classNames('inline-flex items-center gap-1.5 rounded-md px-2 py-1 font-medium', className)}>
        <Icon className="size-4" aria-hidden /> {label}
      </span>
      <span className="min-w-0 flex-1 basis-60 wrap-anywhere">
        {verdict.reason}
        {verdict.rule !== undefined && (
          <>
            {' '}
            The rule that decides: <code className="rounded bg-muted px-1 font-mono text-xs">{verdict.rule}</code>
          </>
        )}
      </span>
    </span>
  );
}
