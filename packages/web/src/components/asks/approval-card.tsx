import type { ApprovalResponse, OpenApproval } from '@ai-sessions/protocol';
import { Hand } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { announce } from '../../lib/announcer.ts';
import { ToolDetail } from '../tools/tool-detail.tsx';
import { Button } from '../ui/button.tsx';
import { DenyForm, EditForm, PatternForm } from './approval-forms.tsx';
import { approvalKey } from './approval-key.ts';
import { AskCard } from './ask-card.tsx';
import type { AskState } from './ask-state.ts';
import { askText } from './ask-text.ts';
import { TimeLeft } from './time-left.tsx';

export type ApprovalAnswer = Omit<ApprovalResponse, 'tool_use_id'>;
type Mode = 'choose' | 'pattern' | 'edit' | 'deny';

interface ApprovalCardProps {
  readonly approval: OpenApproval;
  readonly state: AskState;
  readonly onAnswer: (answer: ApprovalAnswer) => void;
  /** Where it is asked, where that is not plain. */
  readonly about?: ReactNode;
}

/** A tool call that waits for the user's word. With the focus on the card: y allows, s allows for the session, n denies. */
export function ApprovalCard({ approval, state, onAnswer, about }: ApprovalCardProps) {
  const [mode, setMode] = useState<Mode>('choose');
  const card = useRef<HTMLElement>(null);
  const isOpen = state.at === 'open';
  const isPlan = approval.tool_name === 'ExitPlanMode';
  useEffect(() => announce(`${askText(approval)}. Your approval is needed.`), [approval]);

  const back = () => {
    setMode('choose');
    card.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isOpen) return;
    if (event.key === 'Escape' && mode !== 'choose') {
      event.preventDefault();
      back();
    }
    const chosen = mode === 'choose' ? approvalKey(event.nativeEvent, approval.suggested_pattern !== undefined) : undefined;
    if (chosen === undefined) return;
    event.preventDefault();
    if (chosen === 'once') onAnswer({ approved: true });
    else setMode(chosen);
  };
  return (
    <AskCard
      icon={Hand}
      title={askText(approval)}
      state={state}
      cardRef={card}
      onKeyDown={onKeyDown}
      {...(isOpen && approval.expires_at !== undefined ? { aside: <TimeLeft until={approval.expires_at} /> } : {})}
    >
      {about}
      {approval.parent_tool_use_id !== undefined && <p className="text-xs text-muted-foreground">Asked by a subagent.</p>}
      {(mode !== 'edit' || !isOpen) && <ToolDetail name={approval.tool_name} input={approval.tool_input} />}
      {isOpen && mode === 'choose' && <Choices approval={approval} isPlan={isPlan} onAnswer={onAnswer} onMode={setMode} />}
      {isOpen && mode === 'pattern' && (
        <PatternForm
          suggested={approval.suggested_pattern ?? approval.tool_name}
          onBack={back}
          onPattern={(approval_pattern) => onAnswer({ approved: true, approval_scope: 'session', approval_pattern })}
        />
      )}
      {isOpen && mode === 'edit' && (
        <EditForm input={approval.tool_input} onBack={back} onInput={(updated_input) => onAnswer({ approved: true, updated_input })} />
      )}
      {isOpen && mode === 'deny' && (
        <DenyForm
          isPlan={isPlan}
          onBack={back}
          onMessage={(message) => onAnswer({ approved: false, ...(message === '' ? {} : { message }) })}
        />
      )}
    </AskCard>
  );
}

interface ChoicesProps {
  readonly approval: OpenApproval;
  readonly isPlan: boolean;
  readonly onAnswer: (answer: ApprovalAnswer) => void;
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
