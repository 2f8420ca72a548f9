import { Circle, CircleCheck, CircleDot } from 'lucide-react';
import { Markdown } from '../markdown/markdown-text.tsx';
import { CodeText } from '../code/code-text.tsx';
import { DiffText } from '../code/diff-text.tsx';
import { listField, numberField, prettyJson, shortPath, textField } from './tool-input.ts';

/** What a tool is asked to do, in the way that suits the tool. */
export function ToolDetail({ name, input }: { readonly name: string; readonly input: unknown }) {
  const path = textField(input, 'file_path');
  const command = textField(input, 'command');
  if (name === 'Bash' && command !== undefined) return <BashDetail command={command} description={textField(input, 'description')} />;
  if (name === 'Read' && path !== undefined) return <ReadDetail path={path} input={input} />;
  if (name === 'Write' && path !== undefined) {
    return <Change path={path} edits={[{ old_string: '', new_string: textField(input, 'content') ?? '' }]} />;
  }
  if (name === 'Edit' && path !== undefined) return <Change path={path} edits={[input]} />;
  if (name === 'MultiEdit' && path !== undefined) return <Change path={path} edits={listField(input, 'edits')} />;
  if (name === 'TodoWrite') return <Todos todos={listField(input, 'todos')} />;
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
  return <CodeText label="Input" text={prettyJson(input)} />;
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

const todoLooks = {
  completed: { icon: CircleCheck, className: 'text-ok', said: 'done' },
  in_progress: { icon: CircleDot, className: 'text-accent', said: 'in progress' },
  pending: { icon: Circle, className: 'text-muted-foreground', said: 'to do' },
} as const;

function Todos({ todos }: { readonly todos: readonly unknown[] }) {
  return (
    <ul className="space-y-1">
      {todos.map((todo, index) => {
        const status = textField(todo, 'status');
        const look = todoLooks[status === 'completed' || status === 'in_progress' ? status : 'pending'];
        return (
          <li key={index} className="flex gap-2">
            <look.icon className={`mt-0.5 size-4 shrink-0 ${look.className}`} aria-hidden />
            <span className={status === 'completed' ? 'text-muted-foreground line-through' : ''}>{textField(todo, 'content') ?? ''}</span>
            <span className="sr-only">({look.said})</span>
          </li>
        );
      })}
    </ul>
  );
}
