import { Square as SquareIcon, SquareCheck } from 'lucide-react';
import { type ComponentProps, createElement, type JSX, type ReactNode } from 'react';
import { type Components, type ExtraProps, Streamdown } from 'streamdown';
import { CopyButton } from '../ui/copy-button.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';

/** Markdown as it streams in: what is complete is not drawn again, and what is incomplete is shown as it will be. */
export function RichMarkdown({ text, isStreaming }: { readonly text: string; readonly isStreaming: boolean }) {
  return (
    <Streamdown
      className="markdown"
      components={components}
      controls={false}
      linkSafety={noModal}
      parseIncompleteMarkdown={isStreaming}
      isAnimating={isStreaming}
    >
      {text}
    </Streamdown>
  );
}

const noModal = { enabled: false };

type PlainTag =
  | 'p'
  | 'ul'
  | 'ol'
  | 'li'
  | 'blockquote'
  | 'hr'
  | 'strong'
  | 'thead'
  | 'tbody'
  | 'tr'
  | 'th'
  | 'td'
  | 'sup'
  | 'sub'
  | 'section';

/** The element as it is: how it looks stands in styles.css under `.markdown`. */
function plain<T extends PlainTag>(tag: T) {
  return function PlainElement({ node: _node, className: _className, ...props }: JSX.IntrinsicElements[T] & ExtraProps) {
    return createElement(tag, props);
  };
}

/** Headings stand below the page's own. Those of the first two levels are one, since most texts begin with the second. */
function heading(tag: 'h2' | 'h3' | 'h4', level: number) {
  return function Heading({ children }: JSX.IntrinsicElements['h2'] & ExtraProps) {
    return createElement(tag, { className: `heading-${level}` }, children);
  };
}

const components: Components = {
  p: plain('p'),
  ul: plain('ul'),
  ol: plain('ol'),
  li: plain('li'),
  blockquote: plain('blockquote'),
  hr: plain('hr'),
  strong: plain('strong'),
  h1: heading('h2', 1),
  h2: heading('h2', 2),
  h3: heading('h3', 3),
  h4: heading('h4', 4),
  h5: heading('h4', 4),
  h6: heading('h4', 4),
  thead: plain('thead'),
  tbody: plain('tbody'),
  tr: plain('tr'),
  th: plain('th'),
  td: plain('td'),
  sup: plain('sup'),
  sub: plain('sub'),
  section: plain('section'),
  table: ({ node: _node, className: _className, ...props }) => (
    <ScrollBox className="overflow-x-auto" label="Table">
      <table {...props} />
    </ScrollBox>
  ),
  a: ExternalLink,
  img: ImageAsLink,
  input: TaskMark,
  inlineCode: ({ node: _node, className: _className, ...props }) => <code className="inline-code" {...props} />,
  code: CodeBlock,
};

function ExternalLink({ href, children }: ComponentProps<'a'> & ExtraProps) {
  // The end of a link that is still being written.
  if (href === undefined || !/^(https?:|mailto:)/i.test(href)) return <span>{children}</span>;
  return (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** Images of other sites are not loaded: that would tell those sites who reads what. */
function ImageAsLink({ src, alt }: ComponentProps<'img'> & ExtraProps) {
  const href = typeof src === 'string' ? src : undefined;
  return (
    <ExternalLink {...(href === undefined ? {} : { href })}>
      {'[image: '}
      {alt || href || 'unnamed'}
      {']'}
    </ExternalLink>
  );
}

function TaskMark({ checked }: ComponentProps<'input'> & ExtraProps) {
  const Mark = checked === true ? SquareCheck : SquareIcon;
  return (
    <>
      <Mark className="task-mark me-1.5 inline size-4 align-text-bottom text-muted-foreground" aria-hidden />
      <span className="sr-only">{checked === true ? 'done: ' : 'to do: '}</span>
    </>
  );
}

function CodeBlock({ className, children }: ComponentProps<'code'> & ExtraProps) {
  const language = /language-([\w+#.-]+)/.exec(className ?? '')?.[1];
  const text = textOf(children).replace(/\n$/, '');
  return (
    <div className="group/code relative my-2.5 overflow-hidden rounded-md border border-border bg-surface">
      <div className="flex h-7 items-center justify-between border-b border-border bg-muted ps-3 pe-0.5 text-xs text-muted-foreground">
        {language ?? 'text'}
        <CopyButton text={text} label="Copy code" className="size-6! pointer-coarse:size-7!" />
      </div>
      <ScrollBox className="overflow-x-auto" label={language === undefined ? 'Code' : `Code in ${language}`}>
        <pre className="w-max min-w-full px-3 py-2.5 font-mono text-xs leading-5">
          <code>{text}</code>
        </pre>
      </ScrollBox>
    </div>
  );
}

function textOf(children: ReactNode): string {
  if (typeof children === 'string') return children;
  return Array.isArray(children) ? children.map(textOf).join('') : '';
}
