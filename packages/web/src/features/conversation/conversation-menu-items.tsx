import type { Session } from '@ai-sessions/protocol';
import { FileJson, FileText, Search } from 'lucide-react';
import { MenuItem, MenuSeparator } from '../../components/ui/menu.tsx';
import { announce } from '../../lib/announcer.ts';
import { useConversationStore } from './conversation-context.tsx';
import { type ExportFormat, exportConversation } from './export/export-conversation.ts';

interface ConversationMenuItemsProps {
  readonly session: Session;
  /** Brings the conversation on the screen, where it is not. */
  readonly onShow: () => void;
}

/** What can be done with a conversation as a whole, within the session's menu. */
export function ConversationMenuItems({ session, onShow }: ConversationMenuItemsProps) {
  const store = useConversationStore();
  const save = (format: ExportFormat) =>
    void exportConversation(session, format).then(
      () => announce('Conversation saved as a file'),
      () => announce('The conversation could not be fetched. Try again.'),
    );
  return (
    <>
      <MenuItem
        onSelect={() => {
          onShow();
          store.setFinding(true);
        }}
      >
        <Search aria-hidden /> Find in conversation
        <kbd className="ms-auto ps-4 text-xs text-muted-foreground pointer-coarse:hidden">Ctrl F</kbd>
      </MenuItem>
      <MenuItem onSelect={() => save('markdown')}>
        <FileText aria-hidden /> Export as Markdown
      </MenuItem>
      <MenuItem onSelect={() => save('json')}>
        <FileJson aria-hidden /> Export as JSON
      </MenuItem>
      <MenuSeparator />
    </>
  );
}
