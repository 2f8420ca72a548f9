import { type TaskList, tasksOfTodos } from '@ai-sessions/client';
import { taskProgress } from './task-progress.ts';
import { shortPath, textField } from './tool-input.ts';

export interface ToolSummary {
  readonly icon: 'terminal' | 'file' | 'edit' | 'search' | 'web' | 'agent' | 'list' | 'plan' | 'plug' | 'tool';
  /** The tool, in a word or two. */
  readonly title: string;
  /** What it is used on, in one line. */
  readonly detail: string;
  /** The detail is code or a path rather than prose. */
  readonly isCode: boolean;
}

/** What stands in the one line of a tool call that is folded; `tasks` where the call has changed what Claude has to do. */
export function toolSummary(name: string, input: unknown, tasks?: TaskList): ToolSummary {
  const text = (field: string) => oneLine(textField(input, field) ?? '');
  const code = (icon: ToolSummary['icon'], detail: string, title = name): ToolSummary => ({ icon, title, detail, isCode: true });
  const prose = (icon: ToolSummary['icon'], detail: string, title = name): ToolSummary => ({ icon, title, detail, isCode: false });
  if (tasks !== undefined && name !== 'TaskCreate') return prose('list', oneLine(taskProgress(tasks)), 'Tasks');
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
      return prose('list', oneLine(taskProgress(tasksOfTodos(input))), 'Tasks');
    case 'TaskCreate':
      return prose('list', text('subject'), 'New task');
    case 'TaskUpdate':
      return prose(
        'list',
        [`#${text('taskId')}`, text('subject'), text('status').replace('_', ' ')].filter(Boolean).join(' · '),
        'Change of a task',
      );
    case 'TaskGet':
    case 'TaskList':
      return prose('list', '', 'Tasks');
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

function oneLine(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  const isCut = line.length > 200 || line.length < text.trim().length;
  return isCut ? `${line.slice(0, 200)} …` : line;
}
