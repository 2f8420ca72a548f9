import type { QueuedPrompt } from '@ai-sessions/protocol';
import { Clock, LoaderCircle, Pencil, X } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { Button, IconButton } from '../../../components/ui/button.tsx';
import { TextArea } from '../../../components/ui/field.tsx';
import { useInitialFocus } from '../../../lib/use-initial-focus.ts';
import { useConversationStore } from '../conversation-context.tsx';
import { rowClass } from './row-class.ts';

type Mode = 'shown' | 'edited' | 'cancelling';

interface QueuedPromptViewProps {
  readonly prompt: QueuedPrompt;
  /** Sends another text in its place, once it has left the queue unstarted. */
  readonly onReplace: (text: string) => void;
}

/** A prompt that waits for its turn. The server knows no editing: changed, it is cancelled and sent anew, and stands last. */
export function QueuedPromptView({ prompt, onReplace }: QueuedPromptViewProps) {
  const store = useConversationStore();
  const [mode, setMode] = useState<Mode>('shown');
  const cancel = () => {
    store.stream?.cancelPrompt(prompt.prompt_id);
    setMode('cancelling');
  };
  if (mode === 'edited') {
    return (
      <EditForm
        text={prompt.text}
        onBack={() => setMode('shown')}
        onSave={(text) => {
          onReplace(text);
          cancel();
        }}
      />
    );
  }
  const name = prompt.text.slice(0, 60);
  return (
    <div className={rowClass}>
      {mode === 'cancelling' ? (
        <LoaderCircle className="size-3.5 shrink-0 animate-spin" aria-hidden />
      ) : (
        <Clock className="size-3.5 shrink-0" aria-hidden />
      )}
      <span className="shrink-0 text-xs">{mode === 'cancelling' ? 'Taking it back…' : 'Queued'}</span>
      <span className="min-w-0 flex-1 truncate text-foreground">{prompt.text}</span>
      <IconButton label={`Edit queued prompt: ${name}`} disabled={mode === 'cancelling'} onClick={() => setMode('edited')}>
        <Pencil aria-hidden />
      </IconButton>
      <IconButton label={`Cancel queued prompt: ${name}`} disabled={mode === 'cancelling'} onClick={cancel}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

interface EditFormProps {
  readonly text: string;
  readonly onSave: (text: string) => void;
  readonly onBack: () => void;
}

function EditForm({ text: before, onSave, onBack }: EditFormProps) {
  const field = useInitialFocus<HTMLTextAreaElement>();
  const [text, setText] = useState(before);
  const isUsable = text.trim() !== '' && text.trim() !== before;
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (isUsable) onSave(text.trim());
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      onBack();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      event.currentTarget.form?.requestSubmit();
    }
  };
  return (
    <form onSubmit={save} className="space-y-2 rounded-lg border border-border bg-surface p-2">
      <TextArea
        ref={field}
        aria-label="Queued prompt"
        rows={Math.min(6, before.split('\n').length + 1)}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" size="small" look="primary" disabled={!isUsable}>
          Save
        </Button>
        <Button size="small" look="quiet" onClick={onBack}>
          Keep as it is
        </Button>
        <p className="text-xs text-muted-foreground">Saved, it is queued anew and stands last.</p>
      </div>
    </form>
  );
}
