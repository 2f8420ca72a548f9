import type { OpenAsk, Profile, Session } from '@ai-sessions/protocol';
import { modeLabel } from '../../components/session/permission-modes.ts';
import { SessionBadge } from '../../components/session/session-badge.tsx';
import { endReason, isEnded } from '../../components/session/session-mood.ts';
import { toolSummary } from '../../components/tools/tool-summary.ts';
import { classNames } from '../../components/ui/class-names.ts';
import { formatAge, formatCount, formatMoney, formatTime } from '../../lib/format.ts';
import { Link, paths } from '../../lib/router.tsx';
import { SessionMenu } from './session-menu.tsx';

interface SessionRowProps {
  readonly session: Session;
  readonly profile: Profile | undefined;
  /** What waits for the user's answer in it. */
  readonly ask: OpenAsk | undefined;
  readonly now: number;
}

/** One session of the list: the whole row is its link. */
export function SessionRow({ session, profile, ask, now }: SessionRowProps) {
  const { usage } = session;
  const about = [profile?.name, session.model, modeLabel(session.permission_mode)].filter(Boolean).join(' · ');
  return (
    <div className="group relative flex items-center gap-3 px-4 py-2.5 hover:bg-muted/60">
      <div className="flex min-w-0 flex-1 flex-col gap-x-3 gap-y-1 sm:flex-row sm:items-center">
        <div className="sm:w-26 sm:shrink-0">
          <SessionBadge session={session} />
        </div>
        <div className="min-w-0 flex-1">
          <Link
            href={paths.session(session.id)}
            data-row
            className="block truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            {session.name}
          </Link>
          <p className={classNames('truncate text-xs', ask === undefined ? 'text-muted-foreground' : 'text-warn')}>
            {ask === undefined ? (isEnded(session) ? endReason(session.termination_reason) : about) : askLine(ask)}
          </p>
        </div>
        <dl className="flex items-center gap-4 text-xs text-muted-foreground tabular-nums sm:text-right">
          <div className="sm:w-16">
            <dt className="sr-only">Cost</dt>
            <dd title={`${formatCount(usage.input_tokens + usage.output_tokens)} tokens in and out`}>
              {formatMoney(usage.total_cost_usd)}
              {session.max_budget_usd !== null && (
                <span className="block max-sm:ms-1 max-sm:inline">of {formatMoney(session.max_budget_usd)}</span>
              )}
            </dd>
          </div>
          <div className="sm:w-20">
            <dt className="sr-only">Created</dt>
            <dd title={formatTime(session.created_at)}>{formatAge(session.created_at, now)}</dd>
          </div>
        </dl>
      </div>
      <div className="relative z-10">
        <SessionMenu session={session} />
      </div>
    </div>
  );
}

function askLine(ask: OpenAsk): string {
  if (ask.kind === 'question') return ask.questions.map((each) => each.question).join(' ');
  const { title, detail } = toolSummary(ask.tool_name, ask.tool_input);
  return `May Claude use ${title}? ${detail}`.trim();
}
