import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { ScrollBox } from '../../../components/ui/scroll-box.tsx';
import { formatCount } from '../../../lib/format.ts';
import { languageOf } from './preview-kind.ts';

const linesShown = 3000;
const highlightedCharacters = 300_000;

/** A text with line numbers; coloured once its language is there. */
export function TextPreview({ name, text }: { readonly name: string; readonly text: string }) {
  const [all, setAll] = useState(false);
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const shown = all ? lines : lines.slice(0, linesShown);
  const code = shown.join('\n');
  const language = code.length > highlightedCharacters ? undefined : languageOf(name);
  const colored = useQuery({
    queryKey: ['highlight', language, code],
    queryFn: async () => (await import('./highlight.ts')).highlighted(code, language ?? ''),
    enabled: language !== undefined,
    gcTime: 0,
    staleTime: Infinity,
  });
  return (
    <ScrollBox label={`Content of ${name}`} className="min-h-0 flex-1 overflow-auto bg-surface font-mono text-xs leading-5">
      <div className="flex min-w-fit py-2">
        <pre aria-hidden className="sticky left-0 shrink-0 bg-surface ps-3 pe-3 text-end text-muted-foreground select-none">
          {shown.map((_, index) => index + 1).join('\n')}
        </pre>
        {colored.data === undefined ? (
          <pre className="pe-4 whitespace-pre">{code}</pre>
        ) : (
          // oxlint-disable-next-line react/no-danger -- made by highlight.js, which escapes the text it is given
          <pre className="code-colors pe-4 whitespace-pre" dangerouslySetInnerHTML={{ __html: colored.data }} />
        )}
      </div>
      {shown.length < lines.length && (
        <Button size="small" className="m-3" onClick={() => setAll(true)}>
          Show all {formatCount(lines.length)} lines
        </Button>
      )}
    </ScrollBox>
  );
}
