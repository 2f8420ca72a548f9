import { type Conversation, type Entry, threadOf } from '@ai-sessions/client';
import { type ComponentType, useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { formatCount } from '../../../lib/format.ts';
import { useConversation } from '../conversation-context.tsx';
import { InFlightView } from '../timeline/in-flight-view.tsx';

const step = 30;

interface SubagentThreadProps {
  readonly id: string;
  /** Draws an entry; handed in, because entries are what this stands in. */
  readonly View: ComponentType<{ readonly entry: Entry }>;
}

/** What a subagent does, within the tool call that started it: the last entries of it, more if they are wanted. */
export function SubagentThread({ id, View }: SubagentThreadProps) {
  const entries = useConversation((state: Conversation) => threadOf(state, id));
  const inFlight = useConversation((state: Conversation) => state.inFlight);
  const [shown, setShown] = useState(step);
  const blocks = inFlight.filter((block) => block.thread === id);
  if (entries.size === 0 && blocks.length === 0) return null;
  const first = Math.max(0, entries.size - shown);
  // The first is what it was told to do, which stands in the call itself.
  const visible = Array.from({ length: entries.size - first }, (_, index) => entries.at(first + index)).filter(
    (entry, index) => entry !== undefined && !(first + index === 0 && entry.kind === 'note'),
  ) as Entry[];
  return (
    <section aria-label="Work of the subagent" className="space-y-2 border-s-2 border-border ps-3">
      {first > 0 && (
        <Button size="small" look="quiet" onClick={() => setShown(shown + step * 3)}>
          Show earlier work ({formatCount(first)})
        </Button>
      )}
      {visible.map((entry) => (
        <View key={entry.key} entry={entry} />
      ))}
      {blocks.map((block) => (
        <InFlightView key={block.key} block={block} />
      ))}
    </section>
  );
}
