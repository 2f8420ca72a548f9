import type { ApprovalResponse, OpenApproval, SocketError } from '@ai-sessions/protocol';
import { Hand } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { announce } from '../../../lib/announcer.ts';
import { useConversation, useConversationStore } from '../conversation-context.tsx';
import { focusComposer } from '../composer/focus-composer.ts';
import { ToolDetail } from '../tools/tool-detail.tsx';
import { toolSummary } from '../tools/tool-summary.ts';
import { approvalKey } from './approval-key.ts';
import { DenyForm, EditForm, PatternForm } from './approval-forms.tsx';
import { TimeLeft } from './time-left.tsx';

type Answer = Omit<ApprovalResponse, 'tool_use_id'>;
type Mode = 'choose' | 'pattern' | 'edit' | 'deny' | 'sent';

/** A tool call that waits for the user's word. With the focus on the card: y allows, s allows for the session, n denies. */
export function ApprovalCard({ approval }: { readonly approval: OpenApproval }) {
  const store = useConversationStore();
  const isLive = useConversation((state) => state.connection.state === 'live');
  const lastError = useConversation((state) => state.lastError);
  const [mode, setMode] = useState<Mode>('choose');
  /** The newest refusal when the answer was given: another one since then may be of this answer. */
  const [errorBefore, setErrorBefore] = useState<SocketError | undefined>();
  const isRefused = mode === 'sent' && lastError !== errorBefore;
  const card = useRef<HTMLElement>(null);
  const title = useId();
  const isPlan = approval.tool_name === 'ExitPlanMode';
  useEffect(() => announce(`${askText(approval)}. Your approval is needed.`), [approval]);

  const answer = (response: Answer) => {
    store.stream?.respondApproval({ tool_use_id: approval.tool_use_id, ...response });
    setErrorBefore(lastError);
    setMode('sent');
    focusComposer();
  };
  const back = () => {
    setMode('choose');
    card.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && mode !== 'choose' && mode !== 'sent') {
      event.preventDefault();
      back();
    }
    const chosen = mode === 'choose' ? approvalKey(event.nativeEvent, approval.suggested_pattern !== undefined) : undefined;
    if (chosen === undefined) return;
    event.preventDefault();
    if (chosen === 'once') answer({ approved: true });
    else setMode(chosen);
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys only repeat what the buttons within do
    <section
      ref={card}
      data-ask
      tabIndex={-1}
      aria-labelledby={title}
      onKeyDown={onKeyDown}
      className="rounded-lg border border-warn/50 bg-surface focus-visible:outline-offset-0"
    >
      <div className="flex items-center gap-2 rounded-t-lg border-b border-warn/30 bg-warn-soft px-3 py-2">
        <Hand className="size-4 shrink-0 text-warn" aria-hidden />
        <p id={title} className="min-w-0 flex-1 font-medium">
          {askText(approval)}
        </p>
        {approval.expires_at !== undefined && <TimeLeft until={approval.expires_at} />}
      </div>
      <div className="space-y-3 p-3">
        {approval.parent_tool_use_id !== undefined && <p className="text-xs text-muted-foreground">Asked by a subagent.</p>}
        {mode !== 'edit' && <ToolDetail name={approval.tool_name} input={approval.tool_input} />}
        {(mode === 'choose' || isRefused) && <Choices approval={approval} isPlan={isPlan} onAnswer={answer} onMode={setMode} />}
        {mode === 'pattern' && (
          <PatternForm
            suggested={approval.suggested_pattern ?? approval.tool_name}
            onBack={back}
            onPattern={(approval_pattern) => answer({ approved: true, approval_scope: 'session', approval_pattern })}
          />
        )}
        {mode === 'edit' && (
          <EditForm input={approval.tool_input} onBack={back} onInput={(updated_input) => answer({ approved: true, updated_input })} />
        )}
        {mode === 'deny' && (
          <DenyForm
            isPlan={isPlan}
            onBack={back}
            onMessage={(message) => answer({ approved: false, ...(message === '' ? {} : { message }) })}
          />
        )}
        {mode === 'sent' && !isRefused && (
          <output className="block text-muted-foreground">
            {isLive ? 'Answer sent…' : 'Your answer is sent as soon as the connection is back.'}
          </output>
        )}
      </div>
    </section>
  );
}

interface ChoicesProps {
  readonly approval: OpenApproval;
  readonly isPlan: boolean;
  readonly onAnswer: (answer: Answer) => void;
  readonly onMode: (mode: Mode) => void;
}

function Choices({ approval, isPlan, onAnswer, onMode }: ChoicesProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button look="primary" aria-keyshortcuts="y" onClick={() => onAnswer({ approved: true })}>
        {isPlan ? 'Approve plan' : 'Allow once'} <Key letter="y" />
      </Button>
      {approval.suggested_pattern !== undefined && (
        <Button aria-keyshortcuts="s" onClick={() => onMode('pattern')}>
          Allow for session… <Key letter="s" />
        </Button>
      )}
      <Button aria-keyshortcuts="n" onClick={() => onMode('deny')}>
        {isPlan ? 'Keep planning…' : 'Deny…'} <Key letter="n" />
      </Button>
      {!isPlan && (
        <Button look="quiet" onClick={() => onMode('edit')}>
          Edit input…
        </Button>
      )}
    </div>
  );
}

/** The key that does the same, while the card has the focus. */
function Key({ letter }: { readonly letter: string }) {
  return (
    <kbd
      className="rounded border border-current/30 px-1 font-mono text-[0.6875rem] leading-4 opacity-70 pointer-coarse:hidden"
      aria-hidden
    >
      {letter}
    </kbd>
  );
}

function askText({ tool_name, tool_input }: OpenApproval): string {
  if (tool_name === 'ExitPlanMode') return 'Claude has a plan and asks to begin';
  if (tool_name === 'Bash') return 'Claude asks to run a command';
  if (['Write', 'Edit', 'MultiEdit', 'NotebookEdit'].includes(tool_name)) return 'Claude asks to change a file';
  if (tool_name === 'WebFetch' || tool_name === 'WebSearch') return 'Claude asks to use the web';
  return `Claude asks to use ${toolSummary(tool_name, tool_input).title}`;
}
