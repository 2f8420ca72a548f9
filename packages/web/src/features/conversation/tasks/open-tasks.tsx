import { ChevronRight, ListChecks } from 'lucide-react';
import { TaskChecklist } from '../../../components/tools/task-checklist.tsx';
import { taskProgress } from '../../../components/tools/task-progress.ts';
import { useConversation } from '../conversation-context.tsx';

/** How far Claude is with what it has written down to do, while it works; folded out, the list. */
export function OpenTasks() {
  const tasks = useConversation((state) => state.tasks);
  const isBusy = useConversation((state) => state.activity === 'working' || state.activity === 'waiting');
  if (!isBusy || tasks.every((task) => task.status === 'completed')) return null;
  return (
    <details aria-label="Tasks" className="group mb-2 rounded-lg border border-border bg-surface">
      <summary className="flex h-8.5 list-none items-center gap-2 rounded-lg px-2.5 hover:bg-muted/60 pointer-coarse:h-10">
        <ChevronRight className="size-3.5 shrink-0 text-muted-foreground transition-transform group-open:rotate-90" aria-hidden />
        <ListChecks className="size-4 shrink-0 text-muted-foreground" aria-hidden />
        <span className="shrink-0 font-medium">Tasks</span>
        <span className="min-w-0 flex-1 truncate text-muted-foreground">{taskProgress(tasks)}</span>
      </summary>
      <div className="max-h-[30vh] overflow-y-auto border-t border-border p-3">
        <TaskChecklist tasks={tasks} />
      </div>
    </details>
  );
}
