import { ChevronRight } from 'lucide-react';
import { memo } from 'react';
import { classNames } from '../../../components/ui/class-names.ts';
import { useFold } from '../conversation-context.tsx';
import { Markdown } from '../../../components/markdown/markdown-text.tsx';

interface ThinkingViewProps {
  readonly id: string;
  readonly text: string;
  readonly isStreaming?: boolean;
}

/** What Claude thinks, folded away. */
export const ThinkingView = memo(function ThinkingView({ id, text, isStreaming = false }: ThinkingViewProps) {
  const [open, toggle] = useFold(id, false);
  return (
    <div className="text-muted-foreground">
      <button
        type="button"
        aria-expanded={open}
        onClick={toggle}
        className="flex h-7 items-center gap-1.5 rounded-md hover:text-foreground pointer-coarse:h-9"
      >
        <ChevronRight className={classNames('size-3.5 transition-transform', open && 'rotate-90')} aria-hidden />
        <span className={classNames(isStreaming && 'pulse-dot')}>{isStreaming ? 'Thinking…' : 'Thought'}</span>
      </button>
      {open && (
        <div className="mt-1 border-s-2 border-border ps-3">
          <Markdown text={text} isStreaming={isStreaming} />
        </div>
      )}
    </div>
  );
});
