import type { Ask } from '../domain/session-state.ts';

export interface AskAddress {
  readonly kind: Ask['kind'];
  readonly sessionId: string;
  readonly askId: string;
}

const kinds: Record<string, Ask['kind']> = { a: 'approval', q: 'question' };

/** The id of an ask over all sessions: it holds its session's, so that it says where to look and needs no table. */
export function approvalIdOf({ kind, sessionId, askId }: AskAddress): string {
  return `apr_${Buffer.from(`${kind === 'approval' ? 'a' : 'q'} ${sessionId} ${askId}`).toString('base64url')}`;
}

/** Reads such an id; null when it is none. */
export function readApprovalId(id: string): AskAddress | null {
  const match = /^(a|q) (ses_\S+) (.+)$/s.exec(Buffer.from(id.slice('apr_'.length), 'base64url').toString('utf8'));
  const [, letter = '', sessionId = '', askId = ''] = match ?? [];
  const kind = kinds[letter];
  return kind === undefined ? null : { kind, sessionId, askId };
}
