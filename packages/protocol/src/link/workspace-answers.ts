import { z } from 'zod';
import { changedFile, fileEntry, workspaceChanges } from '../routes.ts';

/** Bodies of the `answer` frame with `ok: true`, by the request's `op`. */
export const workspaceAnswers = {
  list: z.strictObject({ entries: z.array(fileEntry) }),
  stat: fileEntry,
  /** `path`: where the file is now, as the session sees it. */
  place: z.strictObject({ path: z.string() }),
  send: z.strictObject({ size: z.int().min(0) }),
  changes: workspaceChanges,
  change: changedFile,
  send_zip: z.strictObject({ size: z.int().min(0) }),
} as const;
export type WorkspaceAnswer<Op extends keyof typeof workspaceAnswers> = z.infer<(typeof workspaceAnswers)[Op]>;

/** Body of the `answer` frame with `ok: false`. `message` is for the user; absent where the server knows better what happened. */
export const workspaceRefusal = z.strictObject({
  code: z.enum(['not_found', 'invalid_path', 'payload_too_large', 'unavailable', 'internal']),
  message: z.string().optional(),
});
export type WorkspaceRefusal = z.infer<typeof workspaceRefusal>;
