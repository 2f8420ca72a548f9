import type { Session } from '@ai-sessions/protocol';
import { modeLabel } from '../../../components/session/permission-modes.ts';
import { classNames } from '../../../components/ui/class-names.ts';
import { useConversation } from '../conversation-context.tsx';
import { UsageMeter } from './usage-meter.tsx';

/** In which mode and with which model the session works, and what it has spent. */
export function SessionFacts({ session, className }: { readonly session: Session; readonly className: string }) {
  const initModel = useConversation((state) => state.init?.model);
  const model = session.model ?? (typeof initModel === 'string' ? initModel : undefined);
  return (
    <div className={classNames('flex items-center gap-x-3 text-xs text-muted-foreground', className)}>
      <span title="Permission mode">{modeLabel(session.permission_mode)}</span>
      {model !== undefined && (
        <span title={`Model: ${model}`} className="max-w-48 truncate">
          {model}
        </span>
      )}
      <UsageMeter session={session} />
    </div>
  );
}
