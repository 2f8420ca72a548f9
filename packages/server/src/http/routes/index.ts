import type { RouteName } from '@ai-sessions/protocol';
import type { Route } from '../route.ts';
import { answerApproval } from './approvals/answer-approval.ts';
import { listApprovals } from './approvals/list-approvals.ts';
import { listAudit } from './audit/list-audit.ts';
import { oauthUrl } from './claude-login/oauth-url.ts';
import { startOauth } from './claude-login/start-oauth.ts';
import { submitOauthCode } from './claude-login/submit-oauth-code.ts';
import { credentialStatus } from './credentials/credential-status.ts';
import { deleteCredential } from './credentials/delete-credential.ts';
import { storeApiKey } from './credentials/store-api-key.ts';
import { completeUpload } from './io/complete-upload.ts';
import { getChange } from './io/get-change.ts';
import { listChanges } from './io/list-changes.ts';
import { listFiles } from './io/list-files.ts';
import { requestDownload } from './io/request-download.ts';
import { requestUpload } from './io/request-upload.ts';
import { testMcpServer } from './mcp/test-mcp-server.ts';
import { captureProfile } from './profiles/capture-profile.ts';
import { createProfile } from './profiles/create-profile.ts';
import { deleteProfile } from './profiles/delete-profile.ts';
import { getProfile } from './profiles/get-profile.ts';
import { listProfiles } from './profiles/list-profiles.ts';
import { setDefaultProfile } from './profiles/set-default-profile.ts';
import { updateProfile } from './profiles/update-profile.ts';
import { deregister } from './registration/deregister.ts';
import { register } from './registration/register.ts';
import { createSession } from './sessions/create-session.ts';
import { deleteSessionRecord } from './sessions/delete-session-record.ts';
import { getSession } from './sessions/get-session.ts';
import { listEgress } from './sessions/list-egress.ts';
import { listSessions } from './sessions/list-sessions.ts';
import { sessionHistory } from './sessions/session-history.ts';
import { terminateSession } from './sessions/terminate-session.ts';
import { updateSession } from './sessions/update-session.ts';
import { usage } from './usage/usage.ts';

/** The contract's routes that are served, by their names in the contract; the published documents list the same. */
export const apiRoutes: Readonly<Partial<Record<RouteName, Route>>> = {
  register,
  deregister,
  storeApiKey,
  startOauth,
  oauthUrl,
  submitOauthCode,
  credentialStatus,
  deleteCredential,
  createSession,
  listSessions,
  getSession,
  updateSession,
  terminateSession,
  deleteSessionRecord,
  sessionHistory,
  listEgress,
  captureProfile,
  listAudit,
  usage,
  listApprovals,
  answerApproval,
  listProfiles,
  createProfile,
  getProfile,
  updateProfile,
  deleteProfile,
  setDefaultProfile,
  testMcpServer,
  requestUpload,
  completeUpload,
  requestDownload,
  listFiles,
  listChanges,
  getChange,
};

type Routes = typeof apiRoutes;

/** Those of them that the operator has not switched off. */
export function servedRoutes(config: { readonly claudeLogin: boolean }): Routes {
  if (config.claudeLogin) return apiRoutes;
  const { startOauth: _start, oauthUrl: _url, submitOauthCode: _code, ...served } = apiRoutes;
  return served;
}
