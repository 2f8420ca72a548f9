import type { WorkspaceRefusal } from '@ai-sessions/protocol';

/** Ends a workspace request with a refusal that its user is meant to see. */
export class WorkspaceRefused extends Error {
  override readonly name = 'WorkspaceRefused';
  readonly code: WorkspaceRefusal['code'];

  constructor(code: WorkspaceRefusal['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
