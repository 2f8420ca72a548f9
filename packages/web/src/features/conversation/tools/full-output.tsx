import type { ToolResult } from '@ai-sessions/client';
import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { Button } from '../../../components/ui/button.tsx';
import { ErrorNotice } from '../../../components/ui/error-notice.tsx';
import { download } from '../../../lib/download.ts';
import { formatBytes } from '../../../lib/format.ts';
import { useConversationStore } from '../conversation-context.tsx';

/** Saves the whole of an output of which the conversation has the beginning only. */
export function FullOutput({ output }: { readonly output: NonNullable<ToolResult['fullOutput']> }) {
  const { sessionId } = useConversationStore();
  const saving = useMutation({ mutationFn: () => download(sessionId, output.path) });
  return (
    <div className="space-y-2">
      <Button size="small" busy={saving.isPending} onClick={() => saving.mutate()}>
        <Download className="size-3.5" aria-hidden />
        Download the whole output ({formatBytes(output.size)})
      </Button>
      {saving.error !== null && <ErrorNotice error={saving.error} />}
    </div>
  );
}
