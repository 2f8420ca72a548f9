import { type TaskList, tasksOfTodos } from '@ai-sessions/client';
import { Markdown } from '../markdown/markdown-text.tsx';
import { CodeText } from '../code/code-text.tsx';
import { DiffText } from '../code/diff-text.tsx';
import { TaskChecklist } from './task-checklist.tsx';
import { listField, numberField, prettyJson, shortPath, textField } from './tool-input.ts';

interface ToolDetailProps {
  readonly name: string;
  readonly input: unknown;
  /** What Claude has to do after the call, where the call was about that. */
  readonly tasks?: TaskList;
}

/** What a tool is asked to do, in the way that suits the tool. */
export function ToolDetail({ name, input, tasks }: ToolDetailProps) {
  if (tasks !== undefined) return <TaskChecklist tasks={tasks} />;
  const path = textField(input, 'file_path');
  const command = textField(input, 'command');
  if (name === 'Bash' && command !== undefined) return <BashDetail command={command} description={textField(input, 'description')} />;
  if (name === 'Read' && path !== undefined) return <ReadDetail path={path} input={input} />;
  if (name === 'Write' && path !== undefined) {
    return <Change path={path} edits={[{ old_string: '', new_string: textField(input, 'content') ?? '' }]} />;
  }
  if (name === 'Edit' && path !== undefined) return <Change path={path} edits={[input]} />;
  if (name === 'MultiEdit' && path !== undefined) return <Change path={path} edits={listField(input, 'edits')} />;
  if (name === 'TodoWrite') return <TaskChecklist tasks={tasksOfTodos(input)} />;
  if (name === 'ExitPlanMode' && textField(input, 'plan') !== undefined) {
    return (
      <div className="rounded-md border border-border bg-background px-4 py-3">
        <Markdown text={textField(input, 'plan') ?? ''} />
      </div>
    );
  }
  if ((name === 'Task' || name === 'Agent') && textField(input, 'prompt') !== undefined) {
    return <CodeText label="Task" text={textField(input, 'prompt') ?? ''} />;
  }
  if (name === 'Grep' || name === 'Glob') return <SearchDetail input={input} />;
  if (name === 'WebFetch' || name === 'WebSearch') return <WebDetail input={input} />;
  return <CodeText label="Input" text={prettyJson(input)} />;
}

/** The options of a search that say more than its pattern and place, by what they are called on the screen. */
const searchOptions = { glob: 'in files', type: 'of type', output_mode: 'gives', head_limit: 'at most' } as const;

function SearchDetail({ input }: { readonly input: unknown }) {
  const options = Object.entries(searchOptions).flatMap(([field, label]) => {
    const value = textField(input, field) ?? numberField(input, field);
    return value === undefined ? [] : [{ label, value }];
  });
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-foreground">
      <SearchFact label="pattern" value={textField(input, 'pattern') ?? ''} />
      <SearchFact label="in" value={shortPath(textField(input, 'path') ?? '') || 'the workspace'} />
      {options.map(({ label, value }) => (
        <SearchFact key={label} label={label} value={String(value)} />
      ))}
    </dl>
  );
}

function SearchFact({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div className="min-w-0">
      <dt className="inline">{label} </dt>
      <dd className="inline font-mono wrap-anywhere text-foreground">{value}</dd>
    </div>
  );
}

function WebDetail({ input }: { readonly input: unknown }) {
  const url = textField(input, 'url');
  const wanted = textField(input, 'prompt') ?? textField(input, 'query');
  const isLink = url !== undefined && /^https?:\/\//i.test(url);
  return (
    <div className="space-y-1">
      {isLink && (
        <a href={url} target="_blank" rel="noopener noreferrer nofollow" className="wrap-anywhere text-accent underline underline-offset-2">
          {url}
        </a>
      )}
      {url !== undefined && !isLink && <p className="font-mono text-xs wrap-anywhere">{url}</p>}
      {wanted !== undefined && <p className="text-muted-foreground">{wanted}</p>}
    </div>
  );
}

function BashDetail({ command, description }: { readonly command: string; readonly description: string | undefined }) {
  return (
    <div className="space-y-1.5">
      {description !== undefined && <p className="text-muted-foreground">{description}</p>}
      <CodeText label="Command" text={command} prompt="$" />
    </div>
  );
}

function ReadDetail({ path, input }: { readonly path: string; readonly input: unknown }) {
  const offset = numberField(input, 'offset');
  const limit = numberField(input, 'limit');
  const lines =
    limit === undefined ? (offset === undefined ? '' : ` from line ${offset}`) : ` lines ${offset ?? 1}–${(offset ?? 1) + limit - 1}`;
  return (
    <p className="font-mono text-xs wrap-anywhere text-muted-foreground">
      {shortPath(path)}
      {lines}
    </p>
  );
}

function Change({ path, edits }: { readonly path: string; readonly edits: readonly unknown[] }) {
  return (
    <div className="space-y-2">
      <p className="font-mono text-xs wrap-anywhere text-muted-foreground">{shortPath(path)}</p>
      {edits.map((edit, index) => (
        <DiffText
          key={index}
          label={`Change to ${shortPath(path)}`}
          before={textField(edit, 'old_string') ?? ''}
          after={textField(edit, 'new_string') ?? ''}
        />
      ))}
    </div>
  );
}
