import { memo } from 'react';
import { CopyButton } from '../../../components/ui/copy-button.tsx';
import { Markdown } from '../../../components/markdown/markdown-text.tsx';

/** Shorter text is as easily selected by hand. */
const worthAButton = 200;

/** What Claude says. The button to copy it lies over its corner while it is pointed at; on a touch screen it stands below. */
export const TextView = memo(function TextView({ text, isStreaming = false }: { readonly text: string; readonly isStreaming?: boolean }) {
  return (
    <div className="group/text relative">
      <Markdown text={text} isStreaming={isStreaming} />
      {!isStreaming && text.length > worthAButton && (
        <div className="top-0 right-0 flex justify-end opacity-0 group-hover/text:opacity-100 focus-within:opacity-100 pointer-fine:absolute pointer-coarse:opacity-100">
          <CopyButton
            text={text}
            label="Copy text"
            className="border border-border bg-surface pointer-coarse:border-0 pointer-coarse:bg-transparent"
          />
        </div>
      )}
    </div>
  );
});
