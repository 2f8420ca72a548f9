import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from '../../../components/ui/button.tsx';
import { announce } from '../../../lib/announcer.ts';
import { useConversationStore } from '../conversation-context.tsx';
import { answeredElsewhere } from './answered-elsewhere.ts';

/** Says so when what stood open here was answered in another window, by another program, or by time. */
export function ElsewhereNotice() {
  const store = useConversationStore();
  const [text, setText] = useState<string | undefined>();
  useEffect(() => {
    let before = store.state;
    return store.subscribe(() => {
      const said = answeredElsewhere(before, store.state, store.answeredHere);
      before = store.state;
      if (said === undefined) return;
      setText(said);
      announce(said);
    });
  }, [store]);
  if (text === undefined) return null;
  return (
    <div className="mb-2 flex items-start gap-2 rounded-lg border border-border bg-muted py-1 ps-3 pe-1">
      <p className="min-w-0 flex-1 py-1 wrap-anywhere">{text}</p>
      <IconButton label="Dismiss" onClick={() => setText(undefined)}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}
