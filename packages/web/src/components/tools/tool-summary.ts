import { listField, shortPath, textField } from './tool-input.ts';

export interface ToolSummary {
  readonly icon: 'terminal' | 'file' | 'edit' | 'search' | 'web' | 'agent' | 'list' | 'plan' | 'plug' | 'tool';
  /** The tool, in a word or two. */
  readonly title: string;
  /** What it is used on, in one line. */
  readonly detail: string;
  /** The detail is code or a path rather than prose. */
  readonly isCode: boolean;
}

/** What stands in the one line of a tool call that is folded. */
export function toolSummary(name: string, input: unknown): ToolSummary {
  const text = (field: string) => oneLine(textField(input, field) ?? '');
  const code = (icon: ToolSummary['icon'], detail: string, title = name): ToolSummary => ({ icon, title, detail, isCode: true });
  const prose = (icon: ToolSummary['icon'], detail: string, title = name): ToolSummary => ({ icon, title, detail, isCode: false });
  switch (name) {
    case 'Bash':
      return code('terminal', text('command'));
    case 'Read':
      return code('file', shortPath(text('file_path')));
    case 'Write':
    case 'Edit':
    case 'MultiEdit':
      return code('edit', shortPath(text('file_path')));
    case 'NotebookEdit':
      return code('edit', shortPath(text('notebook_path')));
    case 'Glob':
    case 'Grep':
      return code('search', [text('pattern'), shortPath(text('path'))].filter(Boolean).join('  in '));
    case 'LS':
      return code('search', shortPath(text('path')));
    case 'WebFetch':
      return code('web', text('url'));
    case 'WebSearch':
      return prose('web', text('query'));
    case 'Task':
    case 'Agent':
      return prose('agent', text('description') || text('prompt'), text('subagent_type') || 'Subagent');
    case 'TodoWrite':
      return prose('list', todoSummary(input), 'Tasks');
    case 'ExitPlanMode':
      return prose('plan', oneLine(textField(input, 'plan') ?? '').replace(/^#+ /, ''), 'Plan');
    default:
      return otherTool(name, input);
  }
}

function otherTool(name: string, input: unknown): ToolSummary {
  const [, server, tool] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
  const detail = typeof input === 'object' && input !== null && Object.keys(input).length > 0 ? oneLine(JSON.stringify(input)) : '';
  if (server !== undefined && tool !== undefined) return { icon: 'plug', title: `${server} › ${tool}`, detail, isCode: true };
  return { icon: 'tool', title: name || 'Tool', detail, isCode: true };
}

function todoSummary(input: unknown): string {
  const todos = listField(input, 'todos');
  const done = todos.filter((todo) => textField(todo, 'status') === 'completed').length;
  const current = todos.find((todo) => textField(todo, 'status') === 'in_progress');
  const doing = textField(current, 'activeForm') ?? textField(current, 'content');
  return `${done} of ${todos.length} done${doing === undefined ? '' : ` · ${oneLine(doing)}`}`;
}

function oneLine(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  const isCut = line.length > 200 || line.length < text.trim().length;
  return isCut ? `${line.slice(0, 200)} …` : line;
}
