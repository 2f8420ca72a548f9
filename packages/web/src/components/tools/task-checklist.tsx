import type { TaskList } from '@ai-sessions/client';
import { Circle, CircleCheck, CircleDot } from 'lucide-react';

const looks = {
  completed: { icon: CircleCheck, className: 'text-ok', said: 'done' },
  in_progress: { icon: CircleDot, className: 'text-accent', said: 'in progress' },
  pending: { icon: Circle, className: 'text-muted-foreground', said: 'to do' },
} as const;

/** What Claude has to do, with a mark for how far each point is. */
export function TaskChecklist({ tasks }: { readonly tasks: TaskList }) {
  if (tasks.length === 0) return <p className="text-muted-foreground">The list is empty.</p>;
  return (
    <ul className="space-y-1">
      {tasks.map(({ id, subject, status }) => {
        const look = looks[status];
        return (
          <li key={id} className="flex gap-2">
            <look.icon className={`mt-0.5 size-4 shrink-0 ${look.className}`} aria-hidden />
            <span className={`min-w-0 wrap-anywhere ${status === 'completed' ? 'text-muted-foreground line-through' : ''}`}>{subject}</span>
            <span className="sr-only">({look.said})</span>
          </li>
        );
      })}
    </ul>
  );
}
