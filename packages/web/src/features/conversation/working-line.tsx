import { LoaderCircle } from 'lucide-react';
import { formatSpan } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';
import { useConversation } from './conversation-context.tsx';

/** Says that Claude is at work, and for how long. */
export function WorkingLine() {
  const activity = useConversation((state) => state.activity);
  const status = useConversation((state) => state.status);
  const turn = useConversation((state) => state.turn);
  const isWriting = useConversation((state) => state.inFlight.length > 0);
  const isWorking = activity === 'working';
  const now = useNow(isWorking ? 1000 : 0);
  if (status === 'pending') return <Line text="Starting the sandbox. What you send waits until it is up." />;
  if (!isWorking) return null;
  const since = turn === undefined ? 0 : now - Date.parse(turn.startedAt);
  return <Line text={`${isWriting ? 'Writing' : 'Working'}${since > 2000 ? ` · ${formatSpan(since)}` : ''}`} />;
}

function Line({ text }: { readonly text: string }) {
  return (
    <p className="mb-1.5 flex items-center gap-2 px-1 text-xs text-muted-foreground tabular-nums">
      <LoaderCircle className="size-3.5 animate-spin text-accent" aria-hidden />
      {text}
    </p>
  );
}
