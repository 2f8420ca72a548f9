import type { Connection, LostReason } from '@ai-sessions/client';
import { Button } from '../../../components/ui/button.tsx';
import { classNames } from '../../../components/ui/class-names.ts';
import { useConversation, useConversationStore } from '../conversation-context.tsx';

const reasons: Record<LostReason, string> = {
  connection_lost: 'The connection broke.',
  silent: 'The server has gone silent.',
  token_expired: 'The sign-in is being renewed.',
  server_restarting: 'The server restarts; the session goes on.',
  server_error: 'The server had an error.',
  slow_consumer: 'This connection is slow; what was missed is being fetched.',
  hole: 'A part was missing; it is being fetched.',
};

const looks: Record<Connection['state'], { label: string; className: string; dot: string }> = {
  connecting: { label: 'Connecting', className: 'text-muted-foreground', dot: 'bg-current pulse-dot' },
  replaying: { label: 'Catching up', className: 'text-muted-foreground', dot: 'bg-current pulse-dot' },
  live: { label: 'Live', className: 'text-muted-foreground', dot: 'bg-ok' },
  reconnecting: { label: 'Reconnecting', className: 'text-warn', dot: 'bg-current pulse-dot' },
  ended: { label: 'Closed', className: 'text-muted-foreground', dot: 'bg-current opacity-50' },
};

/** Whether what is on the screen is the newest there is. */
export function ConnectionState({ lastKnownSeq }: { readonly lastKnownSeq: number }) {
  const connection = useConversation((state) => state.connection);
  const { label, className, dot } = looks[connection.state];
  return (
    <output
      className={classNames('inline-flex items-center gap-1.5 text-xs whitespace-nowrap', className)}
      title={connection.state === 'reconnecting' ? reasons[connection.reason] : undefined}
    >
      <span className={classNames('size-1.5 rounded-full', dot)} aria-hidden />
      <span className={connection.state === 'live' ? 'max-sm:sr-only' : ''}>
        {label}
        {connection.state === 'replaying' && <Replayed of={lastKnownSeq} />}
      </span>
    </output>
  );
}

const exact = (count: number) => count.toLocaleString('en-US');

/** How far the replay is, where it takes long enough to be asked about. */
function Replayed({ of }: { readonly of: number }) {
  const lastSeq = useConversation((state) => state.lastSeq);
  return of < 100 ? null : <span className="tabular-nums">{` ${exact(lastSeq)} of ${exact(Math.max(of, lastSeq))}`}</span>;
}

/** Says that the connection is lost, once it is for longer than a moment. */
export function ReconnectBanner() {
  const connection = useConversation((state) => state.connection);
  const store = useConversationStore();
  if (connection.state !== 'reconnecting' || connection.attempt < 2) return null;
  const seconds = Math.ceil(connection.retryInMs / 1000);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-warn/40 bg-warn-soft px-4 py-1.5 sm:px-6">
      <p className="min-w-0 flex-1 basis-64">
        {reasons[connection.reason]} Trying again {seconds <= 1 ? 'now' : `every ${seconds} s`}. What you send meanwhile is kept.
      </p>
      <Button size="small" onClick={() => store.stream?.poke()}>
        Try now
      </Button>
    </div>
  );
}
