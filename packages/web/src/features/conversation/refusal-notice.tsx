import type { SocketError } from '@ai-sessions/protocol';
import { X } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../components/ui/button.tsx';
import { useConversation } from './conversation-context.tsx';

/** Codes that tell only that somebody was faster: what was wanted is settled. */
const harmless = new Set(['already_resolved']);

/** What the server has refused, until it is dismissed. */
export function RefusalNotice() {
  const error = useConversation((state) => state.lastError);
  const [dismissed, setDismissed] = useState<SocketError | undefined>();
  if (error === undefined || error === dismissed || harmless.has(error.code) || isToldByItsCard(error)) return null;
  return (
    <div role="alert" className="mb-2 flex items-start gap-2 rounded-lg border border-danger/40 bg-danger-soft py-1 ps-3 pe-1">
      <p className="min-w-0 flex-1 py-1 wrap-anywhere">{error.message}</p>
      <IconButton label="Dismiss" onClick={() => setDismissed(error)}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

function isToldByItsCard({ tool_use_id, question_id }: SocketError): boolean {
  return tool_use_id !== undefined || question_id !== undefined;
}
