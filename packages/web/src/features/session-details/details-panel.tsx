import type { Session } from '@ai-sessions/protocol';
import type { ReactNode } from 'react';
import { modeLabel, permissionModes } from '../../components/session/permission-modes.ts';
import { endReason, isEnded, sessionMood } from '../../components/session/session-mood.ts';
import { CopyButton } from '../../components/ui/copy-button.tsx';
import { ScrollBox } from '../../components/ui/scroll-box.tsx';
import { formatDuration, formatMoney, formatTime } from '../../lib/format.ts';

/** What the session runs with, as the server has stored it, and what it has used. */
export function DetailsPanel({ session }: { readonly session: Session }) {
  const { usage } = session;
  return (
    <ScrollBox label="Details of the session" className="min-h-0 flex-1 overflow-y-auto px-4 py-4 sm:px-6">
      <div className="mx-auto max-w-3xl space-y-6">
        <Facts title="State">
          <Fact name="Now">{sessionMood(session).label}</Fact>
          {isEnded(session) && <Fact name="Why it ended">{endReason(session.termination_reason)}</Fact>}
          {session.error_message !== null && <Fact name="Error">{session.error_message}</Fact>}
          <Fact name="Created">{formatTime(session.created_at)}</Fact>
          {session.started_at !== null && <Fact name="Started">{formatTime(session.started_at)}</Fact>}
          {session.terminated_at !== null && <Fact name="Ended">{formatTime(session.terminated_at)}</Fact>}
          <Fact name="Events">{session.last_seq.toLocaleString('en-US')}</Fact>
          <Fact name="Id">
            <span className="flex items-center gap-1">
              <code className="truncate font-mono text-xs">{session.id}</code>
              <CopyButton text={session.id} label="Copy id" />
            </span>
          </Fact>
        </Facts>
        <Facts title="What Claude may do">
          <Fact name="Permission mode">
            {modeLabel(session.permission_mode)}
            <span className="block text-xs text-muted-foreground">
              {permissionModes.find(({ value }) => value === session.permission_mode)?.hint}
            </span>
          </Fact>
          <Fact name="Allowed without asking">
            <Rules rules={session.allowed_tools} none="Nothing: each tool is asked for, as the mode says." />
          </Fact>
          <Fact name="Denied">
            <Rules rules={session.denied_tools} none="Nothing." />
          </Fact>
          <Fact name="MCP servers">
            <Rules rules={session.mcp_server_names} none="None." />
          </Fact>
        </Facts>
        <Facts title="Model and limits">
          <Fact name="Model">{session.model ?? 'Claude Code’s default'}</Fact>
          <Fact name="Budget">{session.max_budget_usd === null ? 'No limit' : formatMoney(session.max_budget_usd)}</Fact>
          <Fact name="Turns per prompt">{session.max_turns ?? 'No limit'}</Fact>
        </Facts>
        <Facts title="Used so far">
          <Fact name="Time at work or ready">{formatDuration(session.active_seconds)}</Fact>
          <Fact name="Time asleep">{formatDuration(session.hibernated_seconds)}</Fact>
          <Fact name="Cost">{formatMoney(usage.total_cost_usd)}</Fact>
          <Fact name="Tokens in">{usage.input_tokens.toLocaleString('en-US')}</Fact>
          <Fact name="Tokens out">{usage.output_tokens.toLocaleString('en-US')}</Fact>
          <Fact name="Read from cache">{usage.cache_read_input_tokens.toLocaleString('en-US')}</Fact>
          <Fact name="Written to cache">{usage.cache_creation_input_tokens.toLocaleString('en-US')}</Fact>
        </Facts>
      </div>
    </ScrollBox>
  );
}

function Facts({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 font-semibold">{title}</h2>
      <dl className="divide-y divide-border rounded-lg border border-border bg-surface">{children}</dl>
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-0.5 px-3.5 py-2">
      <dt className="w-44 shrink-0 text-muted-foreground">{name}</dt>
      <dd className="min-w-0 flex-1 basis-48 wrap-anywhere tabular-nums">{children}</dd>
    </div>
  );
}

function Rules({ rules, none }: { readonly rules: readonly string[]; readonly none: string }) {
  if (rules.length === 0) return <span className="text-muted-foreground">{none}</span>;
  return (
    <ul className="flex flex-wrap gap-1">
      {rules.map((rule) => (
        <li key={rule} className="rounded border border-border bg-background px-1.5 font-mono text-xs leading-5">
          {rule}
        </li>
      ))}
    </ul>
  );
}
