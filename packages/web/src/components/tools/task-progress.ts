import type { TaskList } from '@ai-sessions/client';

/** How far a list of tasks is, in one line: "1 of 3 done · Adding a test". */
export function taskProgress(tasks: TaskList): string {
  const done = tasks.filter((task) => task.status === 'completed').length;
  const current = tasks.find((task) => task.status === 'in_progress');
  return `${done} of ${tasks.length} done${current === undefined ? '' : ` · ${current.doing ?? current.subject}`}`;
}
