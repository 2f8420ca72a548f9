import type { Session } from '@ai-sessions/protocol';
import type { ReactNode } from 'react';
import { endReason } from '../../components/session/session-mood.ts';
import { Notice } from '../../components/ui/notice.tsx';
import { useConversation } from './conversation-context.tsx';

/** Takes the place of the field for prompts when the session has ended: why, and how to go on. */
export function EndedBanner({ session, actions }: { readonly session: Session; readonly actions: ReactNode }) {
  const end = useConversation((state) => state.end);
  const status = end?.status ?? session.status;
  const message = end?.error_message ?? session.error_message;
  const exitCode = end?.exit_code ?? session.exit_code;
  return (
    <Notice look={status === 'failed' ? 'danger' : 'info'} title={endReason(end?.reason ?? session.termination_reason)} actions={actions}>
      {[
        message ?? '',
        status === 'failed' && exitCode !== null ? `Exit code ${exitCode}.` : '',
        'Its history and files stay until you delete the record.',
      ]
        .filter((line) => line !== '')
        .join('\n')}
    </Notice>
  );
}
