import { approvalIdOf } from '../sessions/approval-id.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Audit } from './audit.ts';

/** Sessions whose acts are written down. */
export function auditedSessions(sessions: Sessions, audit: Audit): Sessions {
  return {
    ...sessions,
    async create(userId, body) {
      const made = await sessions.create(userId, body);
      const { id, profile_id, permission_mode } = made.session;
      if (made.created) await audit.record(userId, 'session_created', id, { profile_id, permission_mode });
      return made;
    },
    async update(userId, sessionId, body) {
      const session = await sessions.update(userId, sessionId, body);
      await audit.record(userId, 'session_updated', sessionId, {
        ...(body.name === undefined ? {} : { renamed: true }),
        ...(body.max_budget_usd === undefined ? {} : { max_budget_usd: body.max_budget_usd }),
      });
      return session;
    },
    async terminate(userId, sessionId) {
      await sessions.terminate(userId, sessionId);
      await audit.record(userId, 'session_terminated', sessionId);
    },
    async deleteRecord(userId, sessionId) {
      await sessions.deleteRecord(userId, sessionId);
      await audit.record(userId, 'session_record_deleted', sessionId);
    },
    async answerAsk(userId, approvalId, answer) {
      const answered = await sessions.answerAsk(userId, approvalId, answer);
      if (answer.answers === undefined) await audit.record(userId, 'approval_answered', approvalId, grant(answer));
      else await audit.record(userId, 'question_answered', approvalId);
      return answered;
    },
    async resolveApproval(userId, sessionId, response) {
      await sessions.resolveApproval(userId, sessionId, response);
      const id = approvalIdOf({ kind: 'approval', sessionId, askId: response.tool_use_id });
      await audit.record(userId, 'approval_answered', id, grant(response));
    },
    async resolveQuestion(userId, sessionId, questionId, answers) {
      await sessions.resolveQuestion(userId, sessionId, questionId, answers);
      await audit.record(userId, 'question_answered', approvalIdOf({ kind: 'question', sessionId, askId: questionId }));
    },
  };
}

/** What was allowed: whether, and for how long. The input that was edited is content, and in the session's own log. */
function grant(answer: { approved?: boolean | undefined; approval_scope?: string | undefined; updated_input?: unknown }) {
  return { approved: answer.approved === true, scope: answer.approval_scope ?? 'once', edited: answer.updated_input !== undefined };
}
