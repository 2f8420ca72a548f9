import { type ComponentType, memo, useSyncExternalStore } from 'react';

interface MarkdownProps {
  readonly text: string;
  /** More of it is coming. */
  readonly isStreaming?: boolean;
}

/**
 * The markdown machinery is most of this app's weight: it is fetched when there is a conversation to show with it. Not by
 * Suspense, which leaves the plain text standing for as long as something else is drawn at every frame.
 */
let Rich: ComponentType<Required<MarkdownProps>> | undefined;
const listeners = new Set<() => void>();
const come = (component: typeof Rich) => {
  Rich = component;
  for (const listener of listeners) listener();
};
import('./rich-markdown.tsx').then(
  (module) => come(module.RichMarkdown),
  () => come(PlainMarkdown),
);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether text can be shown as it is meant. True also where the machinery could not be fetched and never will be. */
export function useMarkdownReady(): boolean {
  return useSyncExternalStore(subscribe, () => Rich !== undefined);
}

/** Text of the model. Until the machinery is here, or where it cannot be fetched, the text stands as it is. */
export const Markdown = memo(function Markdown({ text, isStreaming = false }: MarkdownProps) {
  useMarkdownReady();
  return Rich === undefined ? <PlainMarkdown text={text} /> : <Rich text={text} isStreaming={isStreaming} />;
});

function PlainMarkdown({ text }: MarkdownProps) {
  return <div className="markdown whitespace-pre-wrap">{text}</div>;
}
