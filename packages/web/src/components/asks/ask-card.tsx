import type { LucideIcon } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, type RefObject, useId } from 'react';
import { Notice } from '../ui/notice.tsx';
import type { AskState } from './ask-state.ts';

interface AskCardProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly state: AskState;
  /** Stands at the end of the title's line. */
  readonly aside?: ReactNode;
  readonly cardRef?: RefObject<HTMLElement | null>;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly children: ReactNode;
}

/** The frame of what waits for the user's word, and how far the answer has come. `[data-ask]` finds those that are open. */
export function AskCard({ icon: Icon, title, state, aside, cardRef, onKeyDown, children }: AskCardProps) {
  const titleId = useId();
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys only repeat what the buttons within do
    <section
      ref={cardRef}
      {...(state.at === 'open' ? { 'data-ask': '' } : {})}
      tabIndex={-1}
      aria-labelledby={titleId}
      onKeyDown={onKeyDown}
      className="rounded-lg border border-warn/50 bg-surface focus-visible:outline-offset-0"
    >
      <div className="flex items-center gap-2 rounded-t-lg border-b border-warn/30 bg-warn-soft px-3 py-2">
        <Icon className="size-4 shrink-0 text-warn" aria-hidden />
        <p id={titleId} className="min-w-0 flex-1 font-medium">
          {title}
        </p>
        {aside}
      </div>
      <div className="space-y-3 p-3">
        {children}
        {state.at === 'open' && state.refusal !== undefined && (
          <Notice look="danger" role="alert" title="Your answer was not taken">
            {state.refusal}
          </Notice>
        )}
        {state.at !== 'open' && <output className="block text-muted-foreground">{state.at === 'sent' ? state.note : state.text}</output>}
      </div>
    </section>
  );
}
