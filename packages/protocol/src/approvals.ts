import { z } from 'zod';
import { approvalResponse } from './client-frames.ts';
import { answers, resolvedBy } from './events.ts';
import { sessionId, timestamp } from './ids.ts';
import { openApproval, openQuestion } from './server-frames.ts';

/**
 * Names one approval or question over all sessions of all users: a `tool_use_id` is the model's and may come up in two of
 * them. Opaque to clients.
 */
export const approvalId = z.string().regex(/^apr_[A-Za-z0-9_-]{1,512}$/, 'not an id of this kind');

const inboxEntry = {
  id: approvalId,
  session_id: sessionId,
  session_name: z.string(),
  opened_at: timestamp,
  /** Null while somebody watches the session, and where approvals never expire. */
  expires_at: timestamp.nullable(),
};

/** An approval or a question that is open: all that is needed to draw it and to answer it. */
export const openAsk = z
  .discriminatedUnion('kind', [
    openApproval.omit({ expires_at: true }).extend({ kind: z.literal('approval'), ...inboxEntry }),
    openQuestion.extend({ kind: z.literal('question'), ...inboxEntry }),
  ])
  .meta({ id: 'OpenApproval' });
export type OpenAsk = z.infer<typeof openAsk>;

/** The answer to an approval (`approved` and what goes with it) or to a question (`answers`). */
export const approvalAnswer = approvalResponse
  .omit({ tool_use_id: true })
  .partial()
  .extend({ answers: answers.optional() })
  .refine(
    (body) => (body.approved === undefined) !== (body.answers === undefined),
    'Give approved for an approval, answers for a question.',
  )
  .refine(
    (body) => body.answers === undefined || Object.keys(body).every((key) => key === 'answers'),
    'An answer to a question holds answers and nothing else.',
  )
  .meta({ id: 'ApprovalAnswer' });
export type ApprovalAnswer = z.infer<typeof approvalAnswer>;

export const approvalAnswered = z.strictObject({ resolved: z.literal(true), by: resolvedBy, resolved_at: timestamp });
export type ApprovalAnswered = z.infer<typeof approvalAnswered>;
