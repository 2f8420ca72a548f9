import { z } from 'zod';
import { isInside } from './file-edit.ts';
import type { ToolCall } from './tool-call.ts';

/** Tools that only touch the session's own bookkeeping; what a subagent does is judged call by call. */
const INTERNAL: ReadonlySet<string> = new Set([
  'Agent',
  'TaskCreate',
  'TaskGet',
  'TaskList',
  'TaskOutput',
  'TaskStop',
  'TaskUpdate',
  'Task',
  'TodoWrite',
  'ToolSearch',
]);
const READING: ReadonlySet<string> = new Set(['Glob', 'Grep', 'LS', 'Read']);
const places = z.object({
  file_path: z.string().optional(),
  path: z.string().optional(),
  pattern: z.string().optional(),
});

/** Whether the call changes nothing and sees nothing outside the workspace. */
export function isHarmless(call: ToolCall): boolean {
  if (INTERNAL.has(call.tool)) return true;
  const input = READING.has(call.tool) ? places.safeParse(call.input).data : undefined;
  if (input === undefined) return false;
  const from = input.file_path ?? input.path ?? '.';
  const files = call.tool === 'Glob' ? [from, `${from}/${input.pattern}`, input.pattern ?? '.'] : [from];
  return files.every((file) => isInside(file, call.cwd));
}
