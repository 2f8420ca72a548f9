import type { ToolEntry, ToolResult } from './conversation-entry.ts';

/** One point of the list that Claude keeps of what it has to do. */
export interface Task {
  readonly id: string;
  /** What is to be done: "Add a test". */
  readonly subject: string;
  /** What is said while it is done: "Adding a test". */
  readonly doing?: string;
  readonly status: 'pending' | 'in_progress' | 'completed';
}
export type TaskList = readonly Task[];

/**
 * The list after a tool has given its result; undefined where the tool has nothing to do with it. Claude Code has `TodoWrite`, which writes
 * the list whole, or `TaskCreate`, `TaskUpdate`, `TaskList` and `TaskGet`, which name one task by its number; which of them, or none,
 * depends on the model. What they answer is text: `Task #1 created successfully: …`, `#1 [in_progress] …`.
 */
export function tasksAfter(tasks: TaskList, { name, input }: Pick<ToolEntry, 'name' | 'input'>, result: ToolResult): TaskList | undefined {
  if (result.isError) return undefined;
  switch (name) {
    case 'TodoWrite':
      return tasksOfTodos(input);
    case 'TaskCreate':
      return created(tasks, fieldsOf(input), textOf(result));
    case 'TaskUpdate':
      return updated(tasks, fieldsOf(input));
    case 'TaskList':
      return listed(tasks, textOf(result));
    case 'TaskGet':
      return tasks;
    default:
      return undefined;
  }
}

/** The list that an input of `TodoWrite` writes. */
export function tasksOfTodos(input: unknown): TaskList {
  const { todos } = fieldsOf(input);
  return (Array.isArray(todos) ? todos : []).map((todo, index) => {
    const { content, activeForm, status } = fieldsOf(todo);
    return { id: String(index + 1), subject: string(content) ?? '', ...doing(activeForm), status: statusOf(status) ?? 'pending' };
  });
}

function created(tasks: TaskList, { subject, activeForm }: Fields, said: string): TaskList {
  const id = /^Task #(\S+) created/.exec(said)?.[1] ?? String(tasks.length + 1);
  return [...tasks.filter((task) => task.id !== id), { id, subject: string(subject) ?? '', ...doing(activeForm), status: 'pending' }];
}

function updated(tasks: TaskList, { taskId, subject, activeForm, status }: Fields): TaskList {
  if (status === 'deleted') return tasks.filter((task) => task.id !== taskId);
  return tasks.map((task) =>
    task.id === taskId
      ? { ...task, subject: string(subject) ?? task.subject, ...doing(activeForm), status: statusOf(status) ?? task.status }
      : task,
  );
}

function listed(tasks: TaskList, said: string): TaskList {
  const known = new Map(tasks.map((task) => [task.id, task]));
  return said.split('\n').flatMap((line) => {
    const [, id, state, subject] = /^#(\S+) \[(\w+)\] (.*)$/.exec(line) ?? [];
    const status = statusOf(state);
    if (id === undefined || subject === undefined || status === undefined) return [];
    // Behind the subject of a listed task may stand whose it is, and what it waits for.
    return [{ ...(known.get(id) ?? { id, subject }), status }];
  });
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function doing(activeForm: unknown): Pick<Task, 'doing'> {
  return typeof activeForm === 'string' && activeForm !== '' ? { doing: activeForm } : {};
}

function statusOf(value: unknown): Task['status'] | undefined {
  return value === 'pending' || value === 'in_progress' || value === 'completed' ? value : undefined;
}

function textOf({ content }: ToolResult): string {
  return typeof content === 'string' ? content : content.map((block) => string(block.text) ?? '').join('\n');
}
