import { LoaderCircle } from 'lucide-react';
import { formatSpan } from '../../../lib/format.ts';
import { useNow } from '../../../lib/use-now.ts';
import { useConversation } from '../conversation-context.tsx';

/** Says what Claude does, and for how long; at rest how the field is used. One line in one place, so that nothing moves when work begins. */
export function StatusLine({ hintId }: { readonly hintId: string }) {
  const status = useConversation((state) => state.status);
  const activity = useConversation((state) => state.activity);
  const turn = useConversation((state) => state.turn);
  const isWriting = useConversation((state) => state.inFlight.length > 0);
  const isBusy = activity === 'working' || activity === 'waiting';
  const now = useNow(isBusy ? 1000 : 0);
  const since = turn === undefined ? 0 : now - Date.parse(turn.startedAt);
  const span = since > 2000 ? ` · ${formatSpan(since)}` : '';
  const hint = `Enter sends, Shift+Enter begins a new line${isBusy ? ', Esc stops Claude' : ''}.`;
  if (status === 'pending') return <Line text="Starting the sandbox. What you send waits until it is up." isMoving />;
  if (activity === 'waiting') return <Line text={`Waiting for your answer above${span}`} isMoving={false} hint={hint} hintId={hintId} />;
  if (isBusy) return <Line text={`${isWriting ? 'Writing' : 'Working'}${span}`} isMoving hint={hint} hintId={hintId} />;
  return (
    <p id={hintId} className="pointer-coarse:sr-only">
      {hint}
    </p>
  );
}

interface LineProps {
  readonly text: string;
  readonly isMoving: boolean;
  readonly hint?: string;
  readonly hintId?: string;
}

function Line({ text, isMoving, hint, hintId }: LineProps) {
  return (
    <p className="flex min-w-0 items-center gap-1.5 tabular-nums">
      {isMoving && <LoaderCircle className="size-3.5 shrink-0 animate-spin text-accent" aria-hidden />}
      <span className="shrink-0">{text}</span>
      {hint !== undefined && (
        <span id={hintId} className="truncate pointer-coarse:sr-only">
          <span className="sr-only">. </span>
          <span aria-hidden>– </span>
          {hint}
        </span>
      )}
    </p>
  );
}
