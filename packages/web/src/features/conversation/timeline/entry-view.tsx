import type { Entry } from '@ai-sessions/client';
import { memo } from 'react';
import { CodeText } from '../../../components/code/code-text.tsx';
import { SubagentThread } from '../tools/subagent-thread.tsx';
import { ToolCard } from '../tools/tool-card.tsx';
import { prettyJson } from '../../../components/tools/tool-input.ts';
import { imageUrl } from '../../../components/tools/tool-result-text.ts';
import { NoteView, QuestionView, SystemView } from './line-views.tsx';
import { PromptView } from './prompt-view.tsx';
import { ResultView } from './result-view.tsx';
import { TextView } from './text-view.tsx';
import { ThinkingView } from './thinking-view.tsx';

/** One entry of a conversation, of the main thread or a subagent's. */
export const EntryView = memo(function EntryView({ entry }: { readonly entry: Entry }) {
  switch (entry.kind) {
    case 'prompt':
      return <PromptView entry={entry} />;
    case 'text':
      return <TextView text={entry.text} />;
    case 'thinking':
      return <ThinkingView id={entry.key} text={entry.text} />;
    case 'tool':
      // The question that the tool asks is an entry of its own.
      return entry.name === 'AskUserQuestion' ? null : (
        <ToolCard entry={entry}>
          <SubagentThread id={entry.id} View={EntryView} />
        </ToolCard>
      );
    case 'question':
      return <QuestionView entry={entry} />;
    case 'note':
      return <NoteView entry={entry} />;
    case 'system':
      return <SystemView entry={entry} />;
    case 'result':
      return <ResultView entry={entry} isTold={false} />;
    case 'end':
      // Told by the banner at the end of the conversation.
      return null;
    case 'other': {
      const url = imageUrl(entry.block);
      return url === undefined ? (
        <CodeText label={entry.block.type} text={prettyJson(entry.block)} />
      ) : (
        <img src={url} alt="" className="max-w-full rounded-md" />
      );
    }
    default: {
      const unreachable: never = entry;
      return unreachable;
    }
  }
});
