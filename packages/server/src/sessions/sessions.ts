import type {
  ApprovalAnswer,
  ApprovalAnswered,
  ApprovalResponse,
  CreateSession,
  EgressEntry,
  EgressFilter,
  LiveState,
  OpenAsk,
  Session,
  SessionStatusFilter,
  Settings,
  TerminationReason,
  UpdateSession,
} from '@ai-sessions/protocol';
import type { EnvelopeText } from '../store/store.ts';

/**
 * What can be done with sessions, for REST and WebSocket alike. Every method checks that the session is the user's
 * and throws ApiError `not_found` otherwise.
 */
export interface Sessions {
  /** @throws ApiError `no_credentials`, `concurrent_session_limit`, `not_found` (profile), `unavailable`. `created` is false on an idempotent repeat. */
  create(userId: string, body: CreateSession): Promise<{ session: Session; created: boolean }>;
  get(userId: string, sessionId: string): Promise<Session>;
  /** @throws ApiError `invalid_request` on a cursor that is not ours. */
  list(
    userId: string,
    query: { status?: SessionStatusFilter | undefined; q?: string | undefined; limit?: number | undefined; cursor?: string | undefined },
  ): Promise<{ sessions: Session[]; next_cursor: string }>;
  /** @throws ApiError `session_not_running` for a budget on an ended session. */
  update(userId: string, sessionId: string, body: UpdateSession): Promise<Session>;
  /** Ends the session; an ended one stays as it is. */
  terminate(userId: string, sessionId: string): Promise<void>;
  /** @throws ApiError `session_not_ended`. */
  deleteRecord(userId: string, sessionId: string): Promise<void>;
  /** Envelopes are JSON texts, ready to send. */
  history(
    userId: string,
    sessionId: string,
    afterSeq: number,
    limit: number,
  ): Promise<{ envelopes: EnvelopeText[]; lastSeq: number; more: boolean }>;
  /** What it reached, was kept from, and its model calls: newest first. @throws ApiError `invalid_request` on a cursor that is not ours. */
  egress(
    userId: string,
    sessionId: string,
    query: EgressFilter & { limit?: number | undefined; cursor?: string | undefined },
  ): Promise<{ entries: EgressEntry[]; next_cursor: string }>;
  /** The settings the session runs with, secrets opened: for capturing a profile. */
  effectiveSettings(userId: string, sessionId: string): Promise<Settings>;
  /** The whole live state, enough to draw the screen. */
  liveState(userId: string, sessionId: string): Promise<LiveState>;

  /** Queues a prompt. The same `clientMessageId` again gives the same prompt. @throws ApiError `session_not_running`, `queue_full`, `budget_exhausted`. */
  send(
    userId: string,
    sessionId: string,
    prompt: { text: string; clientMessageId?: string | undefined },
  ): Promise<{ promptId: string; repeated: boolean }>;
  /** @throws ApiError `not_found`, `already_resolved` when it has started or ended. */
  cancelPrompt(userId: string, sessionId: string, promptId: string): Promise<void>;
  interrupt(userId: string, sessionId: string): Promise<void>;
  /** What waits for the user in all sessions, oldest first. @throws ApiError `invalid_request` on a cursor that is not ours. */
  listApprovals(
    userId: string,
    query: { limit?: number | undefined; cursor?: string | undefined },
  ): Promise<{ approvals: OpenAsk[]; next_cursor: string }>;
  /** Answers one of those by its id. @throws ApiError `not_found`, `already_resolved`, `invalid_request` for an answer to another kind of ask. */
  answerAsk(userId: string, approvalId: string, answer: ApprovalAnswer): Promise<ApprovalAnswered>;
  /** @throws ApiError `not_found`, `already_resolved`. */
  resolveApproval(userId: string, sessionId: string, response: ApprovalResponse): Promise<void>;
  /** @throws ApiError `not_found`, `already_resolved`. */
  resolveQuestion(userId: string, sessionId: string, questionId: string, answers: Record<string, string>): Promise<void>;

  /**
   * Resolves when a runner has the session or is bringing it up; wakes it if it sleeps.
   * @throws ApiError `session_not_running`, `no_credentials`, `unavailable`.
   */
  awake(userId: string, sessionId: string, signal: AbortSignal): Promise<void>;
  /** Whether a runner has the session or is bringing it up. */
  isAwake(userId: string, sessionId: string): Promise<boolean>;
  /** Somebody works in the session other than by prompts: its idle time begins anew. */
  used(sessionId: string): Promise<void>;

  /** Ends every live session of a user, as a deregistration does. */
  endAllOf(userId: string, reason: TerminationReason): Promise<void>;
}
