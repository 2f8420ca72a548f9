import { formatSpan } from '../../lib/format.ts';
import { useNow } from '../../lib/use-now.ts';

/** How long an open approval waits, where it does not wait for ever. */
export function TimeLeft({ until }: { readonly until: string }) {
  const now = useNow(1000);
  const left = Date.parse(until) - now;
  return <span className="text-xs text-muted-foreground tabular-nums">{left > 0 ? `denied in ${formatSpan(left)}` : 'expiring…'}</span>;
}
