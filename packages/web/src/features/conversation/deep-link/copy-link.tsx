import { Link2 } from 'lucide-react';
import { Button } from '../../../components/ui/button.tsx';
import { announce } from '../../../lib/announcer.ts';
import { copyText } from '../../../lib/clipboard.ts';
import { paths } from '../../../lib/router.tsx';
import { useConversationStore } from '../conversation-context.tsx';

/** Copies the address of one entry. Opened, it shows the session with that entry folded out and in sight. */
export function CopyLink({ entryKey }: { readonly entryKey: string }) {
  const { sessionId } = useConversationStore();
  const copy = async () => {
    const copied = await copyText(`${location.origin}${paths.session(sessionId)}#${encodeURIComponent(entryKey)}`);
    announce(copied ? 'Link copied' : 'The browser did not allow copying');
  };
  return (
    <Button size="small" look="quiet" className="-my-1 -ms-2" onClick={() => void copy()}>
      <Link2 className="size-3.5" aria-hidden /> Copy link to this
    </Button>
  );
}
