import type { ContentBlock } from '@ai-sessions/protocol';
import { CodeText } from '../code/code-text.tsx';
import { NumberedText } from '../code/numbered-text.tsx';
import { Markdown } from '../markdown/markdown-text.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { prettyJson } from './tool-input.ts';
import { bashOutcome, numberedLines, prettyJsonText, subagentReport } from './tool-output.ts';
import { imageUrl, otherBlocks, resultText } from './tool-result-text.ts';

interface ToolResultViewProps {
  readonly name: string;
  readonly content: string | readonly ContentBlock[];
  readonly isError: boolean;
}

/** What a tool gave back, in the way that suits the tool. */
export function ToolResultView({ name, content, isError }: ToolResultViewProps) {
  const text = resultText(content);
  const others = otherBlocks(content);
  return (
    <>
      {(text !== '' || others.length === 0) && <TextResult name={name} text={text} isError={isError} />}
      {others.map((block, index) => {
        const url = imageUrl(block);
        if (url === undefined) return <CodeText key={index} label="Output" text={prettyJson(block)} />;
        return <img key={index} src={url} alt={`From ${name}`} className="max-h-96 max-w-full rounded-md border border-border" />;
      })}
    </>
  );
}

/** Tools whose success says no more than their input has said. */
const silent = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit', 'TodoWrite', 'TaskCreate', 'TaskUpdate', 'TaskList']);
/** Tools that answer in prose. */
const prose = new Set(['WebFetch', 'WebSearch']);
const subagents = new Set(['Task', 'Agent']);

function TextResult({ name, text, isError }: { readonly name: string; readonly text: string; readonly isError: boolean }) {
  if (name === 'Bash') {
    const { exitCode, output } = bashOutcome(text, isError);
    return (
      <div className="space-y-1.5">
        <CodeText label="Output" text={output} isError={isError} />
        {exitCode !== undefined && <p className="text-xs text-muted-foreground">Exit code {exitCode}</p>}
      </div>
    );
  }
  if (isError) return <CodeText label="Error" text={text} isError />;
  if (silent.has(name)) return null;
  if (name === 'Read') {
    const lines = numberedLines(text);
    if (lines !== undefined) return <NumberedText label="Content" lines={lines} />;
  }
  const words = subagents.has(name) ? subagentReport(text) : prose.has(name) ? text : '';
  if (words !== '') {
    return (
      <ScrollBox label="Output" className="max-h-96 overflow-y-auto rounded-md border border-border bg-background px-4 py-3">
        <Markdown text={words} />
      </ScrollBox>
    );
  }
  return <CodeText label="Output" text={prettyJsonText(text) ?? text} />;
}
