import type { ToolEntry } from '@ai-sessions/client';
import { Ban, Check, ChevronRight, CircleSlash, Hand, LoaderCircle, X } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { classNames } from '../../../components/ui/class-names.ts';
import { FullOutput } from './full-output.tsx';
import { CopyLink } from '../deep-link/copy-link.tsx';
import { useFold } from '../conversation-context.tsx';
import { ToolDetail } from '../../../components/tools/tool-detail.tsx';
import { ToolIcon } from '../../../components/tools/tool-icon.tsx';
import { bashOutcome } from '../../../components/tools/tool-output.ts';
import { resultText } from '../../../components/tools/tool-result-text.ts';
import { ToolResultView } from '../../../components/tools/tool-result-view.tsx';
import { toolSummary } from '../../../components/tools/tool-summary.ts';

interface ToolCardProps {
  readonly entry: ToolEntry;
  /** What a subagent does, where the call has started one. */
  readonly children: ReactNode;
}

/** One tool call: a line that says what it is, folded out what went in and what came out. */
export function ToolCard({ entry, children }: ToolCardProps) {
  const [open, toggle] = useFold(entry.key, false);
  const body = useId();
  const summary = toolSummary(entry.name, entry.input, entry.tasks);
  return (
    <div className="overflow-hidden rounded-lg border border-border bg-surface">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? body : undefined}
        onClick={toggle}
        className="flex h-8.5 w-full items-center gap-2 px-2.5 text-left -outline-offset-2 hover:bg-muted/60 pointer-coarse:h-10"
      >
        <ChevronRight
          className={classNames('size-3.5 shrink-0 text-muted-foreground transition-transform', open && 'rotate-90')}
          aria-hidden
        />
        <ToolIcon icon={summary.icon} className="size-4 shrink-0 text-muted-foreground" />
        <span className="min-w-0 shrink-[0.2] truncate font-medium">{summary.title}</span>
        <span className={classNames('min-w-0 flex-1 truncate text-muted-foreground', summary.isCode && 'font-mono text-xs')}>
          {summary.detail}
        </span>
        <ToolStatus entry={entry} />
      </button>
      {open && (
        <div id={body} className="space-y-3 border-t border-border p-3">
          <ToolDetail name={entry.name} input={entry.input} {...(entry.tasks === undefined ? {} : { tasks: entry.tasks })} />
          {children}
          <ToolOutput entry={entry} />
          <CopyLink entryKey={entry.key} />
        </div>
      )}
    </div>
  );
}

function ToolStatus({ entry }: { readonly entry: ToolEntry }) {
  const { icon: Icon, label, className, isQuiet, spins } = statusOf(entry);
  return (
    <span className={classNames('flex shrink-0 items-center gap-1 text-xs', className)}>
      <span className={isQuiet ? 'sr-only' : ''}>{label}</span>
      <Icon className={classNames('size-3.5', spins && 'animate-spin')} aria-hidden />
    </span>
  );
}

interface StatusLook {
  readonly icon: typeof Check;
  readonly label: string;
  readonly className: string;
  readonly isQuiet?: boolean;
  readonly spins?: boolean;
}

function statusOf(entry: ToolEntry): StatusLook {
  if (entry.approval?.status === 'pending') return { icon: Hand, label: 'Waiting for you', className: 'text-warn' };
  if (entry.approval?.status === 'denied')
    return { icon: Ban, label: deniedBy[entry.approval.by ?? 'user'], className: 'text-muted-foreground' };
  if (entry.result?.isError === true) return { icon: X, label: failureLabel(entry), className: 'text-danger' };
  if (entry.result !== undefined) return { icon: Check, label: 'Done', className: 'text-ok', isQuiet: true };
  if (entry.unfinished === true) return { icon: CircleSlash, label: 'Stopped', className: 'text-muted-foreground' };
  return { icon: LoaderCircle, label: 'Running', className: 'text-accent', isQuiet: true, spins: true };
}

function failureLabel({ name, result }: ToolEntry): string {
  const exitCode = name === 'Bash' && result !== undefined ? bashOutcome(resultText(result.content), true).exitCode : undefined;
  return exitCode === undefined ? 'Failed' : `Exit ${exitCode}`;
}

const deniedBy = { user: 'Denied', rule: 'Denied by a rule', expired: 'Denied: nobody answered', interrupted: 'Interrupted' } as const;

function ToolOutput({ entry }: { readonly entry: ToolEntry }) {
  const { result } = entry;
  if (result !== undefined) {
    return (
      <>
        <ToolResultView name={entry.name} content={result.content} isError={result.isError} />
        {result.fullOutput !== undefined && <FullOutput output={result.fullOutput} />}
      </>
    );
  }
  return (
    <p className="text-muted-foreground">{entry.unfinished === true ? 'The turn ended before there was a result.' : 'No result yet.'}</p>
  );
}
