import type { OutgoingPrompt } from '@ai-sessions/client';
import { CircleAlert, LoaderCircle } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { announce } from '../../../lib/announcer.ts';
import { useConversation, useConversationStore } from '../conversation-context.tsx';
import { addToDraft } from './draft.ts';
import { QueuedPromptView } from './queued-prompt.tsx';
import { type Replacements, settleReplacements } from './replacements.ts';
import { rowClass } from './row-class.ts';

/** The prompts that are not running yet: on their way, refused, or in the queue. */
export function WaitingPrompts() {
  const queue = useConversation((state) => state.queue);
  const outgoing = useConversation((state) => state.outgoing);
  const replace = useReplacing();
  if (queue.length + outgoing.length === 0) return null;
  return (
    <section aria-label="Waiting prompts" className="mb-2 max-h-60 space-y-1 overflow-y-auto">
      {queue.map((prompt) => (
        <QueuedPromptView key={prompt.prompt_id} prompt={prompt} onReplace={(text) => replace(prompt.prompt_id, text)} />
      ))}
      {outgoing.map((prompt) => (
        <Outgoing key={prompt.client_msg_id} prompt={prompt} />
      ))}
    </section>
  );
}

/** Sends the new text of a cancelled prompt once it is known that the old one never began; too late, the text is left in the field. */
function useReplacing(): (promptId: string, text: string) => void {
  const store = useConversationStore();
  const replacements = useRef<Replacements>(new Map());
  useEffect(
    () =>
      store.subscribe(() => {
        if (replacements.current.size === 0) return;
        const { send, late, rest } = settleReplacements(replacements.current, store.state);
        replacements.current = rest;
        for (const text of send) store.stream?.send(text);
        if (late.length === 0) return;
        addToDraft(store.sessionId, late.join('\n'));
        announce('Claude had begun with the prompt before it could be changed. Your text stands in the field.');
      }),
    [store],
  );
  return (promptId, text) => {
    replacements.current = new Map(replacements.current).set(promptId, text);
  };
}

function Outgoing({ prompt }: { readonly prompt: OutgoingPrompt }) {
  const store = useConversationStore();
  const isLive = useConversation((state) => state.connection.state === 'live');
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
            addToDraft(store.sessionId, prompt.text);
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
