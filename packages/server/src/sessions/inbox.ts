import { ApiError, type ApprovalAnswer, type ApprovalAnswered, type OpenAsk } from '@ai-sessions/protocol';
import { z } from 'zod';
import type { SessionState } from '../domain/session-state.ts';
import type { OpenAskRow, Store } from '../store/store.ts';
import { answerApproval, answerQuestion } from './answer-asks.ts';
import { approvalIdOf, readApprovalId } from './approval-id.ts';
import type { SessionsContext } from './create-sessions.ts';
import { readCursor, writeCursor } from './cursor.ts';

const defaultLimit = 50;
/** A page ends here, however few it holds: the input of a tool may be a whole file. */
const pageBytes = 4 * 1024 * 1024;
const position = z.tuple([z.iso.datetime({ precision: 3 }), z.string().max(100), z.string().max(300)]);

/** A page of what waits for the user in all sessions, that which waits longest first. */
export async function listApprovals(
  store: Store,
  userId: string,
  query: { limit?: number | undefined; cursor?: string | undefined },
): Promise<{ approvals: OpenAsk[]; next_cursor: string }> {
  const limit = query.limit ?? defaultLimit;
  const rows = await store.sessions.openAsks({ userId, limit: limit + 1, after: afterOf(query.cursor) });
  const approvals: OpenAsk[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, limit)) {
    const shown = shownAsk(row);
    bytes += JSON.stringify(shown).length;
    if (approvals.length > 0 && bytes > pageBytes) break;
    approvals.push(shown);
  }
  const last = rows[approvals.length - 1];
  const more = last !== undefined && approvals.length < rows.length;
  return { approvals, next_cursor: more ? writeCursor([last.ask.opened_at, last.state.id, last.ask.id]) : '' };
}

/**
 * Answers an ask by its id over all sessions; the first answer counts.
 * @throws ApiError `not_found`, `already_resolved`, and `invalid_request` for the answer to another kind of ask.
 */
export async function answerAsk(ctx: SessionsContext, userId: string, id: string, answer: ApprovalAnswer): Promise<ApprovalAnswered> {
  const address = readApprovalId(id);
  if (address === null) throw new ApiError('not_found', 'There is no approval or question of this id.');
  const { kind, sessionId, askId } = address;
  const { approved, answers, ...rest } = answer;
  let state: SessionState;
  if (kind === 'approval') {
    if (approved === undefined) throw wrongKind('approved', 'This is an approval: answer with approved.');
    state = await answerApproval(ctx, userId, sessionId, { tool_use_id: askId, approved, ...rest });
  } else {
    if (answers === undefined) throw wrongKind('answers', 'This is a question: answer with answers.');
    state = await answerQuestion(ctx, userId, sessionId, askId, answers);
  }
  const settled = state.recently_resolved.findLast((one) => one.id === askId);
  if (settled === undefined) throw new Error('an ask was settled and is not remembered');
  return { resolved: true, by: settled.by, resolved_at: settled.at };
}

function wrongKind(path: string, message: string): ApiError {
  return new ApiError('invalid_request', message, { details: [{ path, message: 'needed here' }] });
}

function afterOf(cursor: string | undefined) {
  const read = readCursor(cursor, position);
  if (read === null) return null;
  const [openedAt, sessionId, askId] = read;
  return { openedAt, sessionId, askId };
}

function shownAsk({ state, ask }: OpenAskRow): OpenAsk {
  const entry = {
    id: approvalIdOf({ kind: ask.kind, sessionId: state.id, askId: ask.id }),
    session_id: state.id,
    session_name: state.name,
    opened_at: ask.opened_at,
    expires_at: ask.expires_at,
  };
  if (ask.kind === 'question') return { kind: 'question', ...entry, question_id: ask.id, questions: ask.questions };
  const { tool_name, tool_input, suggested_pattern, parent_tool_use_id } = ask;
  return {
    kind: 'approval',
    ...entry,
    tool_use_id: ask.id,
    tool_name,
    tool_input,
    ...(suggested_pattern === undefined ? {} : { suggested_pattern }),
    ...(parent_tool_use_id === undefined ? {} : { parent_tool_use_id }),
  };
}
