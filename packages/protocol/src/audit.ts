import { z } from 'zod';
import { fixedLimits } from './limits.ts';
import { timestamp } from './ids.ts';

/** What people do that is written down. `subject` is the id of what it was done to. */
export const auditAction = z.enum([
  'signed_in',
  'signed_out',
  'registered',
  'credential_stored',
  'credential_removed',
  'profile_created',
  'profile_updated',
  'profile_deleted',
  'default_profile_set',
  'session_created',
  'session_updated',
  'session_terminated',
  'session_record_deleted',
  'approval_answered',
  'question_answered',
  'file_uploaded',
  'file_downloaded',
  'terminal_opened',
]);
export type AuditAction = z.infer<typeof auditAction>;

/** Facts of an act, never its secrets nor what was written. */
export const auditDetail = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export type AuditDetail = z.infer<typeof auditDetail>;

export const auditEntry = z
  .strictObject({
    at: timestamp,
    action: auditAction,
    subject: z.string().nullable(),
    detail: auditDetail,
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditPage = z.strictObject({ entries: z.array(auditEntry), next_cursor: z.string() });
export const auditListLimit = fixedLimits.listLimit;
