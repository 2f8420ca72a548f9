import { z } from 'zod';
import { approvalAnswer, approvalAnswered, approvalId, openAsk } from './approvals.ts';
import { auditListLimit, auditPage } from './audit.ts';
import { completeUpload, downloadFile, uploadFile } from './client-frames.ts';
import { credentialStatus, oauthCompleted, oauthStarted, oauthUrl, storeApiKey, submitOauthCode } from './credential.ts';
import { egressEntry, egressFilter } from './egress.ts';
import { durableEvent } from './events.ts';
import { oauthSessionId, profileId, sessionId, timestamp, uploadId } from './ids.ts';
import { fixedLimits } from './limits.ts';
import { mcpTest, mcpTestResult } from './mcp-test.ts';
import { captureProfile, createProfile, profile, updateProfile } from './profile.ts';
import { createSession, session, sessionStatusFilter, updateSession } from './session.ts';
import { usageQuery, usageReport } from './usage-report.ts';

const empty = z.strictObject({}).nullish();
const sessionParams = z.strictObject({ id: sessionId });
const profileParams = z.strictObject({ id: profileId });
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));

const sessionReply = z.strictObject({ session });
const profileReply = z.strictObject({ profile });
const success = z.strictObject({ success: z.literal(true) });

export const fileEntry = z.strictObject({
  name: z.string(),
  type: z.enum(['file', 'directory', 'link']),
  size: z.int(),
  modified_at: timestamp,
});
export type FileEntry = z.infer<typeof fileEntry>;

/** What a change is told against: the last commit of the repository that the file is in, or the workspace as it was. */
export const changeBase = z.enum(['commit', 'start', 'prompt']);
export type ChangeBase = z.infer<typeof changeBase>;

export const workspaceChange = z.strictObject({
  /** Relative to the workspace. */
  path: z.string(),
  status: z.enum(['added', 'modified', 'deleted']),
  against: changeBase,
  /** Lines; null where they were not counted. */
  additions: z.int().nullable(),
  deletions: z.int().nullable(),
});
export type WorkspaceChange = z.infer<typeof workspaceChange>;

export const workspaceChanges = z.strictObject({
  changes: z.array(workspaceChange),
  /** There are more, or the workspace has more files than were looked at. */
  truncated: z.boolean(),
});
export type WorkspaceChanges = z.infer<typeof workspaceChanges>;

export const changedFile = workspaceChange.extend({
  /** Text; null where there was no file, or where `omitted` says why it is not shown. */
  before: z.string().nullable(),
  after: z.string().nullable(),
  omitted: z.enum(['binary', 'large']).nullable(),
});
export type ChangedFile = z.infer<typeof changedFile>;

const since = z.enum(['start', 'prompt']).optional();

/**
 * The REST contract: one entry a route. `path` is in `:param` form; `replies` maps success status to body.
 * `auth`: `registered` needs a token of a registered user, `token` any valid token, `none` nothing.
 */
export const routes = {
  register: {
    method: 'POST',
    path: '/v1/register',
    auth: 'token',
    body: empty,
    replies: { 200: z.strictObject({ registered: z.literal(true), registered_at: timestamp }) },
  },
  deregister: {
    method: 'DELETE',
    path: '/v1/register',
    auth: 'registered',
    body: empty,
    replies: { 200: z.strictObject({ deregistered: z.literal(true) }) },
  },

  storeApiKey: {
    method: 'POST',
    path: '/v1/auth/claude/apikey',
    auth: 'registered',
    body: storeApiKey,
    replies: { 200: success.extend({ message: z.string() }) },
  },
  startOauth: { method: 'POST', path: '/v1/auth/claude/start', auth: 'registered', body: empty, replies: { 200: oauthStarted } },
  oauthUrl: {
    method: 'GET',
    path: '/v1/auth/claude/url',
    auth: 'registered',
    query: z.strictObject({ session_id: oauthSessionId }),
    replies: { 200: oauthUrl },
  },
  submitOauthCode: {
    method: 'POST',
    path: '/v1/auth/claude/code',
    auth: 'registered',
    body: submitOauthCode,
    replies: { 200: oauthCompleted },
  },
  credentialStatus: { method: 'GET', path: '/v1/auth/claude/status', auth: 'token', replies: { 200: credentialStatus } },
  deleteCredential: { method: 'DELETE', path: '/v1/auth/claude', auth: 'registered', body: empty, replies: { 200: success } },

  createSession: {
    method: 'POST',
    path: '/v1/sessions',
    auth: 'registered',
    body: createSession.nullish(),
    replies: { 200: sessionReply, 201: sessionReply },
  },
  listSessions: {
    method: 'GET',
    path: '/v1/sessions',
    auth: 'registered',
    query: z.strictObject({
      status: sessionStatusFilter.optional(),
      /** Part of the name, or the whole id; without regard to the case of a to z. */
      q: z.string().trim().min(1).max(fixedLimits.sessionName).optional(),
      limit: integer(1, fixedLimits.listLimit).optional(),
      cursor: z.string().max(500).optional(),
    }),
    replies: { 200: z.strictObject({ sessions: z.array(session), next_cursor: z.string() }) },
  },
  getSession: { method: 'GET', path: '/v1/sessions/:id', auth: 'registered', params: sessionParams, replies: { 200: sessionReply } },
  updateSession: {
    method: 'PATCH',
    path: '/v1/sessions/:id',
    auth: 'registered',
    params: sessionParams,
    body: updateSession,
    replies: { 200: sessionReply },
  },
  terminateSession: {
    method: 'DELETE',
    path: '/v1/sessions/:id',
    auth: 'registered',
    params: sessionParams,
    body: empty,
    replies: { 200: z.strictObject({ terminated: z.literal(true) }) },
  },
  deleteSessionRecord: {
    method: 'DELETE',
    path: '/v1/sessions/:id/record',
    auth: 'registered',
    params: sessionParams,
    body: empty,
    replies: { 200: z.strictObject({ deleted: z.literal(true) }) },
  },
  sessionHistory: {
    method: 'GET',
    path: '/v1/sessions/:id/history',
    auth: 'registered',
    params: sessionParams,
    query: z.strictObject({ after_seq: integer(0, Number.MAX_SAFE_INTEGER).optional(), limit: integer(1, 1000).optional() }),
    replies: { 200: z.strictObject({ messages: z.array(durableEvent), last_seq: z.int(), more: z.boolean() }) },
  },
  listEgress: {
    method: 'GET',
    path: '/v1/sessions/:id/egress',
    auth: 'registered',
    params: sessionParams,
    query: z.strictObject({
      limit: integer(1, fixedLimits.listLimit).optional(),
      cursor: z.string().max(500).optional(),
      ...egressFilter,
    }),
    replies: { 200: z.strictObject({ entries: z.array(egressEntry), next_cursor: z.string() }) },
  },
  captureProfile: {
    method: 'POST',
    path: '/v1/sessions/:id/capture-profile',
    auth: 'registered',
    params: sessionParams,
    body: captureProfile,
    replies: { 201: profileReply },
  },

  listAudit: {
    method: 'GET',
    path: '/v1/audit',
    auth: 'registered',
    query: z.strictObject({ limit: integer(1, auditListLimit).optional(), cursor: z.string().max(500).optional() }),
    replies: { 200: auditPage },
  },
  usage: { method: 'GET', path: '/v1/usage', auth: 'registered', query: usageQuery, replies: { 200: usageReport } },
  listApprovals: {
    method: 'GET',
    path: '/v1/approvals',
    auth: 'registered',
    query: z.strictObject({ limit: integer(1, fixedLimits.listLimit).optional(), cursor: z.string().max(1000).optional() }),
    replies: { 200: z.strictObject({ approvals: z.array(openAsk), next_cursor: z.string() }) },
  },
  answerApproval: {
    method: 'POST',
    path: '/v1/approvals/:id',
    auth: 'registered',
    params: z.strictObject({ id: approvalId }),
    body: approvalAnswer,
    replies: { 200: approvalAnswered },
  },

  listProfiles: {
    method: 'GET',
    path: '/v1/profiles',
    auth: 'registered',
    replies: { 200: z.strictObject({ profiles: z.array(profile) }) },
  },
  createProfile: { method: 'POST', path: '/v1/profiles', auth: 'registered', body: createProfile, replies: { 201: profileReply } },
  getProfile: { method: 'GET', path: '/v1/profiles/:id', auth: 'registered', params: profileParams, replies: { 200: profileReply } },
  updateProfile: {
    method: 'PUT',
    path: '/v1/profiles/:id',
    auth: 'registered',
    params: profileParams,
    body: updateProfile,
    replies: { 200: profileReply },
  },
  deleteProfile: {
    method: 'DELETE',
    path: '/v1/profiles/:id',
    auth: 'registered',
    params: profileParams,
    body: empty,
    replies: { 200: z.strictObject({ deleted: z.literal(true) }) },
  },
  setDefaultProfile: {
    method: 'POST',
    path: '/v1/profiles/:id/default',
    auth: 'registered',
    params: profileParams,
    body: empty,
    replies: { 200: profileReply },
  },

  testMcpServer: { method: 'POST', path: '/v1/mcp/test', auth: 'registered', body: mcpTest, replies: { 200: mcpTestResult } },

  requestUpload: {
    method: 'POST',
    path: '/v1/io/sessions/:id/upload',
    auth: 'registered',
    params: sessionParams,
    body: uploadFile,
    replies: { 200: z.strictObject({ upload_id: uploadId, upload_url: z.string(), target_path: z.string(), expires_at: timestamp }) },
  },
  completeUpload: {
    method: 'POST',
    path: '/v1/io/sessions/:id/upload/complete',
    auth: 'registered',
    params: sessionParams,
    body: completeUpload,
    replies: { 200: success.extend({ path: z.string() }) },
  },
  requestDownload: {
    method: 'POST',
    path: '/v1/io/sessions/:id/download',
    auth: 'registered',
    params: sessionParams,
    body: downloadFile,
    replies: { 200: z.strictObject({ download_url: z.string(), expires_at: timestamp, size: z.int() }) },
  },
  listFiles: {
    method: 'GET',
    path: '/v1/io/sessions/:id/files',
    auth: 'registered',
    params: sessionParams,
    query: z.strictObject({ path: z.string().max(4096).optional() }),
    replies: { 200: z.strictObject({ entries: z.array(fileEntry) }) },
  },
  listChanges: {
    method: 'GET',
    path: '/v1/sessions/:id/changes',
    auth: 'registered',
    params: sessionParams,
    query: z.strictObject({ since }),
    replies: { 200: workspaceChanges },
  },
  getChange: {
    method: 'GET',
    path: '/v1/sessions/:id/changes/file',
    auth: 'registered',
    params: sessionParams,
    query: z.strictObject({ since, path: z.string().min(1).max(4096) }),
    replies: { 200: changedFile },
  },
} as const satisfies Record<string, RouteContract>;

export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly auth: 'registered' | 'token' | 'none';
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly replies: Readonly<Record<number, z.ZodType>>;
}

export type RouteName = keyof typeof routes;
