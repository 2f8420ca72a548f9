import { ApiError, type ApprovalResponse, type Question } from '@ai-sessions/protocol';
import type { SessionState } from '../domain/session-state.ts';
import type { SessionsContext } from './create-sessions.ts';
import { ownedSession } from './owned-session.ts';
import { refusal } from './refusal.ts';

/** Answers an open approval; the first answer counts. Gives the session as it is then. */
export async function answerApproval(
  ctx: SessionsContext,
  userId: string,
  sessionId: string,
  response: ApprovalResponse,
): Promise<SessionState> {
  await ownedSession(ctx.store, userId, sessionId);
  const { tool_use_id, approved, approval_scope = 'once', approval_pattern, updated_input, message } = response;
  if (approval_pattern !== undefined && approval_scope !== 'session') {
    throw new ApiError('invalid_request', 'approval_pattern goes with approval_scope "session".', {
      details: [{ path: 'approval_pattern', message: 'only with approval_scope "session"' }],
    });
  }
  const applied = await ctx.commands.apply(sessionId, {
    kind: 'resolve_approval',
    id: tool_use_id,
    approved,
    scope: approval_scope,
    ...(approval_pattern === undefined ? {} : { pattern: approval_pattern }),
    ...(updated_input === undefined ? {} : { updatedInput: updated_input }),
    ...(message === undefined ? {} : { message }),
  });
  if (applied === null || !applied.outcome.ok) throw refusal(applied?.outcome);
  return applied.state;
}

/** Answers an open question. Answers are keyed by the question's text or its header. */
export async function answerQuestion(
  ctx: SessionsContext,
  userId: string,
  sessionId: string,
  questionId: string,
  answers: Record<string, string>,
): Promise<SessionState> {
  const { state } = await ownedSession(ctx.store, userId, sessionId);
  const questions = openQuestions(state, questionId);
  const known = new Set(questions.flatMap(({ question, header }) => [question, header]));
  const strange = Object.keys(answers).filter((key) => questions.length > 0 && !known.has(key));
  if (strange.length > 0) {
    throw new ApiError('invalid_request', 'Answers are keyed by a question or its header.', {
      details: strange.slice(0, 20).map((key) => ({ path: `answers.${key.slice(0, 100)}`, message: 'no such question' })),
    });
  }
  const byQuestion = Object.fromEntries(
    questions.flatMap(({ question, header }) => {
      const answer = answers[question] ?? answers[header];
      return answer === undefined ? [] : [[question, answer]];
    }),
  );
  const applied = await ctx.commands.apply(sessionId, {
    kind: 'resolve_question',
    id: questionId,
    answers: questions.length > 0 ? byQuestion : answers,
  });
  if (applied === null || !applied.outcome.ok) throw refusal(applied?.outcome);
  return applied.state;
}

function openQuestions(state: SessionState, questionId: string): Question[] {
  const ask = state.asks.find((one) => one.kind === 'question' && one.id === questionId);
  return ask?.kind === 'question' ? ask.questions : [];
}
