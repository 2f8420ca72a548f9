import type { OutgoingPrompt } from '@ai-sessions/client';
import type { QueuedPrompt } from '@ai-sessions/protocol';
import { CircleAlert, Clock, LoaderCircle, X } from 'lucide-react';
import { Button, IconButton } from '../../../components/ui/button.tsx';
import { useConversation, useConversationStore } from '../conversation-context.tsx';
import { useDraft } from './draft.ts';

/** The prompts that are not running yet: on their way, refused, or in the queue. */
export function WaitingPrompts() {
  const queue = useConversation((state) => state.queue);
  const outgoing = useConversation((state) => state.outgoing);
  if (queue.length + outgoing.length === 0) return null;
  return (
    <section aria-label="Waiting prompts" className="mb-2 max-h-40 space-y-1 overflow-y-auto">
      {queue.map((prompt) => (
        <Queued key={prompt.prompt_id} prompt={prompt} />
      ))}
      {outgoing.map((prompt) => (
        <Outgoing key={prompt.client_msg_id} prompt={prompt} />
      ))}
    </section>
  );
}

const rowClass = 'flex min-h-8 items-center gap-2 rounded-lg border border-border bg-surface ps-2.5 pe-1 text-muted-foreground';

function Queued({ prompt }: { readonly prompt: QueuedPrompt }) {
  const store = useConversationStore();
  return (
    <div className={rowClass}>
      <Clock className="size-3.5 shrink-0" aria-hidden />
      <span className="shrink-0 text-xs">Queued</span>
      <span className="min-w-0 flex-1 truncate text-foreground">{prompt.text}</span>
      <IconButton label={`Cancel queued prompt: ${prompt.text.slice(0, 60)}`} onClick={() => store.stream?.cancelPrompt(prompt.prompt_id)}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

function Outgoing({ prompt }: { readonly prompt: OutgoingPrompt }) {
  const store = useConversationStore();
  const isLive = useConversation((state) => state.connection.state === 'live');
  const [draft, setDraft] = useDraft(store.sessionId);
  if (prompt.refused === undefined) {
    return (
      <output className={rowClass}>
        <LoaderCircle className="size-3.5 shrink-0 animate-spin" aria-hidden />
        <span className="shrink-0 text-xs">{isLive ? 'Sending' : 'Sent when connected'}</span>
        <span className="min-w-0 flex-1 truncate text-foreground">{prompt.text}</span>
      </output>
    );
  }
  return (
    <div className="rounded-lg border border-danger/40 bg-danger-soft px-2.5 py-1.5" role="alert">
      <p className="flex items-start gap-2">
        <CircleAlert className="mt-0.5 size-3.5 shrink-0 text-danger" aria-hidden />
        <span className="min-w-0 flex-1 wrap-anywhere">{prompt.refused.message}</span>
      </p>
      <p className="truncate ps-5.5 text-muted-foreground">{prompt.text}</p>
      <div className="flex gap-1 ps-4">
        <Button
          size="small"
          look="quiet"
          onClick={() => {
            setDraft(draft === '' ? prompt.text : `${prompt.text}\n${draft}`);
            store.dismissPrompt(prompt.client_msg_id);
          }}
        >
          Take back into the field
        </Button>
        <Button size="small" look="quiet" onClick={() => store.dismissPrompt(prompt.client_msg_id)}>
          Dismiss
        </Button>
      </div>
    </div>
  );
}
