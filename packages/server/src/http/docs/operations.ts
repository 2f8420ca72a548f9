import type { ErrorCode, RouteName } from '@ai-sessions/protocol';

export interface Operation {
  readonly tag: 'Registration' | 'Claude credential' | 'Sessions' | 'Approvals' | 'Profiles' | 'MCP servers' | 'Files' | 'Usage' | 'Audit';
  readonly summary: string;
  /** Beyond those that follow from the route itself: a token, a schema, the user's rate limit. */
  readonly errors: readonly ErrorCode[];
}

/** What the documents say of a route besides its schemas. */
export const operations: Readonly<Record<RouteName, Operation>> = {
  register: {
    tag: 'Registration',
    summary: 'Register; again it gives the same answer. Creates the two starter profiles.',
    errors: ['email_domain_not_allowed', 'forbidden'],
  },
  deregister: {
    tag: 'Registration',
    summary: 'Deregister: ends live sessions and deletes credential, profiles, records and files.',
    errors: [],
  },
  storeApiKey: {
    tag: 'Claude credential',
    summary: 'Store an Anthropic API key in place of any earlier credential.',
    errors: ['invalid_api_key'],
  },
  startOauth: { tag: 'Claude credential', summary: 'Start signing in with a Claude subscription.', errors: ['unavailable'] },
  oauthUrl: {
    tag: 'Claude credential',
    summary: 'The address to authorize at, once it is ready.',
    errors: ['not_found', 'oauth_session_expired'],
  },
  submitOauthCode: {
    tag: 'Claude credential',
    summary: 'Submit the code of the authorization.',
    errors: ['not_found', 'oauth_session_expired', 'oauth_code_rejected', 'unavailable'],
  },
  credentialStatus: {
    tag: 'Claude credential',
    summary: 'Whether a credential is stored, and of which kind; never the secret.',
    errors: [],
  },
  deleteCredential: { tag: 'Claude credential', summary: 'Delete the stored credential.', errors: [] },
  createSession: {
    tag: 'Sessions',
    summary: 'Create a session. 200 with the earlier one on a repeat with the same idempotency_key.',
    errors: ['no_credentials', 'not_found', 'concurrent_session_limit', 'unavailable'],
  },
  listSessions: { tag: 'Sessions', summary: 'List sessions, newest first.', errors: [] },
  getSession: { tag: 'Sessions', summary: 'Get a session.', errors: [] },
  updateSession: { tag: 'Sessions', summary: 'Rename a session, or change its budget while it is live.', errors: ['session_not_running'] },
  terminateSession: { tag: 'Sessions', summary: 'End a session; a repeat gives the same answer.', errors: [] },
  deleteSessionRecord: {
    tag: 'Sessions',
    summary: 'Delete the record of an ended session with its events and files.',
    errors: ['session_not_ended'],
  },
  sessionHistory: {
    tag: 'Sessions',
    summary: 'The session’s durable events after a seq: the same envelopes as over the WebSocket.',
    errors: [],
  },
  listApprovals: {
    tag: 'Approvals',
    summary: 'What waits for you in all sessions: open approvals and questions, that which waits longest first.',
    errors: [],
  },
  answerApproval: {
    tag: 'Approvals',
    summary: 'Answer an approval or a question without a socket; the first answer counts.',
    errors: ['already_resolved'],
  },
  listEgress: {
    tag: 'Sessions',
    summary: 'What a session reached, was kept from, and its model calls: newest first.',
    errors: [],
  },
  captureProfile: { tag: 'Profiles', summary: 'Create a profile from a session’s effective settings.', errors: ['profile_limit'] },
  listAudit: {
    tag: 'Audit',
    summary: 'What you did, newest first: sign-ins, credentials, profiles, sessions, approvals, files.',
    errors: [],
  },
  usage: { tag: 'Usage', summary: 'Tokens and cost by day, model and session; the last 30 days unless told.', errors: [] },
  listProfiles: { tag: 'Profiles', summary: 'List profiles, the default first.', errors: [] },
  createProfile: { tag: 'Profiles', summary: 'Create a profile.', errors: ['profile_limit'] },
  getProfile: { tag: 'Profiles', summary: 'Get a profile; secrets are masked as "***".', errors: [] },
  updateProfile: {
    tag: 'Profiles',
    summary: 'Change some of a profile; "***" keeps a stored secret, null clears.',
    errors: ['unavailable'],
  },
  deleteProfile: { tag: 'Profiles', summary: 'Delete a profile that is not the default.', errors: ['default_profile'] },
  setDefaultProfile: { tag: 'Profiles', summary: 'Make a profile the one default.', errors: [] },
  testMcpServer: {
    tag: 'MCP servers',
    summary: 'Try to connect to an MCP server, and list its tools.',
    errors: ['not_found', 'rate_limited', 'unavailable'],
  },
  requestUpload: {
    tag: 'Files',
    summary: 'Ask for a signed address to PUT a file to.',
    errors: ['session_not_running', 'payload_too_large', 'invalid_path', 'rate_limited', 'unavailable'],
  },
  completeUpload: {
    tag: 'Files',
    summary: 'Place an uploaded file in the workspace.',
    errors: ['session_not_running', 'upload_incomplete', 'unavailable'],
  },
  requestDownload: {
    tag: 'Files',
    summary: 'Ask for a signed address to GET a file from, or a folder as a zip archive.',
    errors: ['session_not_running', 'invalid_path', 'payload_too_large', 'unavailable'],
  },
  listChanges: {
    tag: 'Files',
    summary:
      'What has changed in the workspace: in repositories since the last commit, elsewhere since the session’s start or last prompt.',
    errors: ['session_not_running', 'unavailable'],
  },
  getChange: {
    tag: 'Files',
    summary: 'A changed file, before and after.',
    errors: ['session_not_running', 'invalid_path', 'unavailable'],
  },
  listFiles: { tag: 'Files', summary: 'List a folder of the workspace.', errors: ['session_not_running', 'invalid_path', 'unavailable'] },
};
