import { posix } from 'node:path';
import { z } from 'zod';
import type { ToolCall } from './tool-call.ts';

const EDITING_TOOLS: ReadonlySet<string> = new Set(['Write', 'Edit', 'MultiEdit', 'NotebookEdit']);
const target = z.union([
  z.object({ file_path: z.string() }).transform((input) => input.file_path),
  z.object({ notebook_path: z.string() }).transform((input) => input.notebook_path),
]);

/** Whether the tool's one purpose is to change a file. */
export function isFileEdit(call: ToolCall): boolean {
  return EDITING_TOOLS.has(call.tool);
}

/** Whether the file that an editing tool names lies in the workspace, by its path alone: links are not followed. */
export function editsWorkspace(call: ToolCall): boolean {
  const file = editedFile(call);
  return file !== undefined && isInside(file, call.cwd);
}

/** Whether the call edits Claude Code's own plan, a file of `$HOME/.claude/plans` outside the workspace. */
export function editsPlan(call: ToolCall): boolean {
  const file = editedFile(call);
  return file !== undefined && !isInside(file, call.cwd) && /\/\.claude\/plans\/[^/]+\.md$/.test(file);
}

/** Whether `path`, taken relative to `folder`, is that folder or below it; `..` is worked out by the text. */
export function isInside(path: string, folder: string): boolean {
  // Claude Code expands a leading "~", and no file name holds a NUL: neither is the path it seems to be.
  if (path.startsWith('~') || path.includes('\0')) return false;
  const relative = posix.relative(folder, posix.resolve(folder, path));
  return relative !== '..' && !relative.startsWith('../');
}

function editedFile(call: ToolCall): string | undefined {
  const path = isFileEdit(call) ? target.safeParse(call.input).data : undefined;
  return path === undefined || path.trim() === '' || path.startsWith('~') ? undefined : posix.resolve(call.cwd, path);
}
