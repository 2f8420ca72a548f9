import { ApiCallError } from '@ai-sessions/client';
import { promptLength } from '@ai-sessions/protocol';
import { ArrowUp, Square } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { classNames } from '../../../components/ui/class-names.ts';
import { IconButton } from '../../../components/ui/button.tsx';
import { useConversation, useConversationStore } from '../conversation-context.tsx';
import { useDraft } from './draft.ts';
import { composerId, focusComposer } from './focus-composer.ts';
import { StatusLine } from './status-line.tsx';
import { useInterrupt } from './use-interrupt.ts';

/** Where prompts are written, with `facts` below. Enter sends, Shift+Enter begins a new line; on a touch screen Enter begins a new line. */
export function Composer({ facts }: { readonly facts: ReactNode }) {
  const store = useConversationStore();
  const activity = useConversation((state) => state.activity);
  const [text, setText] = useDraft(store.sessionId);
  const [problem, setProblem] = useState<string | undefined>();
  const field = useRef<HTMLTextAreaElement>(null);
  const hintId = useId();
  const isBusy = activity === 'working' || activity === 'waiting';
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || element.value !== text) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  useEffect(focusComposer, []);

  const send = () => {
    const stream = store.stream;
    if (text.trim() === '' || stream === undefined) return;
    try {
      stream.send(text.trim());
      setText('');
      setProblem(undefined);
    } catch (error) {
      setProblem(
        error instanceof ApiCallError ? error.message : 'The prompt could not be sent. Reload the page; your text stays here until then.',
      );
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const isTouch = matchMedia('(pointer: coarse)').matches;
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || (isTouch && !event.ctrlKey && !event.metaKey)) return;
    event.preventDefault();
    send();
  };
  return (
    <form onSubmit={submit}>
      {problem !== undefined && (
        <p role="alert" className="mb-1.5 text-xs text-danger">
          {problem}
        </p>
      )}
      <div className="flex items-end gap-1.5 rounded-xl border border-border-strong/70 bg-surface p-1.5 focus-within:border-accent">
        <textarea
          ref={field}
          id={composerId}
          aria-label="Prompt"
          aria-describedby={hintId}
          rows={1}
          maxLength={promptLength}
          value={text}
          placeholder={isBusy ? 'Write the next prompt; it waits for its turn' : 'Ask Claude to do something'}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          className="max-h-[40vh] min-h-8 flex-1 resize-none bg-transparent px-2 py-1.5 outline-none placeholder:text-muted-foreground"
        />
        {isBusy && <InterruptButton />}
        <IconButton
          type="submit"
          label={isBusy ? 'Queue prompt' : 'Send prompt'}
          disabled={text.trim() === ''}
          className="size-8! bg-accent! text-on-accent! enabled:hover:bg-accent-hover! disabled:bg-muted! disabled:text-muted-foreground! pointer-coarse:size-10!"
        >
          <ArrowUp aria-hidden />
        </IconButton>
      </div>
      <div className="mt-1 flex min-h-4.5 flex-wrap gap-x-4 px-1 text-xs text-muted-foreground">
        <StatusLine hintId={hintId} />
        {facts}
      </div>
    </form>
  );
}

function InterruptButton() {
  const { interrupt, isStopping, canInterrupt } = useInterrupt();
  return (
    <IconButton
      label={isStopping ? 'Stopping…' : 'Stop Claude'}
      aria-keyshortcuts="Escape"
      disabled={!canInterrupt || isStopping}
      onClick={interrupt}
      className="size-8! border border-border-strong/60 pointer-coarse:size-10!"
    >
      <Square className={classNames('size-3! fill-current', isStopping && 'pulse-dot')} aria-hidden />
    </IconButton>
  );
}
