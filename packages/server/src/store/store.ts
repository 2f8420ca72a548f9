import type { AuditAction, EgressEntry, EgressFilter, Profile, SessionStatusFilter, Settings, UsageSum } from '@ai-sessions/protocol';
import type { Ask, Command, Effect, Outcome, SessionState, TransitionContext } from '../domain/session-state.ts';

/**
 * The store port: everything that must survive. Every method is one transaction and is durable when it resolves.
 * Methods throw `StoreFailure` when the database fails (disk full, connection lost): nothing is changed then.
 * Expected outcomes (limit reached, not found, lost a race) are values.
 */
export interface Store extends AsyncDisposable {
  readonly users: UserStore;
  readonly credentials: CredentialStore;
  readonly profiles: ProfileStore;
  readonly sessions: SessionStore;
  readonly log: LogStore;
  readonly signIns: SignInStore;
  readonly uploads: UploadStore;
  readonly egress: EgressStore;
  readonly usage: UsageStore;
  readonly audit: AuditStore;
  /** Resolves when the database answers and takes writes; used by readiness. */
  ping(): Promise<void>;
  /** Resolves, with what happened, once no call can succeed any more although nobody closed the store: whoever uses it has to start anew. */
  readonly gone: Promise<Error>;
}

/** All times in rows are RFC 3339 UTC strings with milliseconds. */
export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly registered_at: string;
  /** The user's data key, wrapped by the master key (opaque text of the vault). */
  readonly data_key: string;
}

export interface UserStore {
  /**
   * Registers a user with their starter profiles and, where given, a first credential; a user known already stays as they are.
   * `maxUsers` refuses a further user beyond that many (`sandbox: none` accepts one).
   */
  register(
    user: UserRow,
    profiles: readonly ProfileRow[],
    credential: CredentialRow | null,
    maxUsers: number | null,
  ): Promise<{ user: UserRow } | { refused: 'max_users' }>;
  get(userId: string): Promise<UserRow | null>;
  /** How many are registered. */
  count(): Promise<number>;
  /** Deletes the user and every row of theirs: credential, profiles, sessions, events, sign-ins. Returns the ids of the sessions deleted. */
  remove(userId: string): Promise<string[]>;
}

export interface CredentialRow {
  readonly user_id: string;
  readonly type: 'api_key' | 'oauth_token' | 'demo';
  /** Sealed by the vault under the user's data key. */
  readonly sealed: string;
  readonly created_at: string;
}

export interface CredentialStore {
  /** Replaces any earlier credential of the user. */
  put(row: CredentialRow): Promise<void>;
  get(userId: string): Promise<CredentialRow | null>;
  remove(userId: string): Promise<void>;
}

/** A profile as stored: secrets (environment, MCP headers and env) are masked in `settings` and sealed in `secrets`. */
export interface ProfileRow extends Omit<Profile, keyof Settings> {
  readonly user_id: string;
  readonly settings: Settings;
  /** Vault text of the unmasked secrets, or null where there are none. */
  readonly secrets: string | null;
  /** Grows with each update; guards read-modify-write. */
  readonly version: number;
}

export interface ProfileStore {
  /** Default first, then by creation. */
  list(userId: string): Promise<ProfileRow[]>;
  get(userId: string, profileId: string): Promise<ProfileRow | null>;
  getDefault(userId: string): Promise<ProfileRow | null>;
  /** Refused when the user has `max` profiles. The user's first profile becomes the default. */
  insert(row: ProfileRow, max: number): Promise<ProfileRow | 'limit'>;
  /** Writes name, description, settings, secrets and updated_at if the stored version is still `row.version`; null if it is not or the row is gone. */
  update(row: ProfileRow): Promise<ProfileRow | null>;
  remove(userId: string, profileId: string): Promise<'removed' | 'not_found' | 'default'>;
  /** Makes it the one default of the user; null if there is no such profile. */
  setDefault(userId: string, profileId: string, at: string): Promise<ProfileRow | null>;
}

/** What is fixed when a session is created and is not part of its state machine. */
export interface NewSession {
  readonly state: SessionState;
  /** Vault text of the session's unmasked secrets (environment, MCP servers), or null. */
  readonly secrets: string | null;
  readonly idempotencyKey: string | null;
}

export interface SessionRow {
  readonly state: SessionState;
  readonly secrets: string | null;
}

/** An open ask with the session it is of. */
export interface OpenAskRow {
  readonly state: SessionState;
  readonly ask: Ask;
}

/** A durable event in its envelope, as the JSON text that is sent to clients. */
export type EnvelopeText = string;

export interface Applied {
  readonly state: SessionState;
  readonly outcome: Outcome;
  readonly effects: readonly Effect[];
  /** The events this command appended, ready to send; `firstSeq` is the first one's seq. */
  readonly envelopes: readonly EnvelopeText[];
  readonly firstSeq: number;
  /** Viewers need a new `session_status`. */
  readonly statusChanged: boolean;
}

export interface SessionStore {
  /**
   * Stores a new session and applies its first command in the same transaction.
   * An idempotency key used since `idempotentSince` gives the earlier session.
   */
  create(
    session: NewSession,
    first: Command,
    context: TransitionContext,
    rules: { readonly maxLive: number; readonly idempotentSince: string },
  ): Promise<{ created: Applied } | { repeated: SessionState } | { refused: 'limit' }>;
  get(sessionId: string): Promise<SessionRow | null>;
  /** Runs the state machine on the session and appends its events, all in one transaction. Null if there is no such session. */
  apply(sessionId: string, command: Command, context: TransitionContext): Promise<Applied | null>;
  /**
   * Newest first. `before` is the cursor: the (created_at, id) of the last one seen. `search` is part of the name, or the whole id,
   * without regard to the case of a to z.
   */
  list(query: {
    userId: string;
    status: SessionStatusFilter | null;
    search: string | null;
    limit: number;
    before: { createdAt: string; id: string } | null;
  }): Promise<SessionState[]>;
  /** Sessions whose deadline (see `deadline` of the state machine) has come, oldest first. */
  due(now: string, limit: number): Promise<string[]>;
  /** Ids of sessions that are pending or running, oldest first: optionally those of one runner, that wait for a runner, or that do not sleep. */
  live(filter: { runnerId?: string; unassigned?: boolean; awake?: boolean }): Promise<string[]>;
  liveOfUser(userId: string): Promise<string[]>;
  /** The user's open approvals and questions over all sessions, oldest first; `after` is the last one seen. Does not look at sessions without any. */
  openAsks(query: {
    userId: string;
    limit: number;
    after: { openedAt: string; sessionId: string; askId: string } | null;
  }): Promise<OpenAskRow[]>;
  /** Deletes an ended session, its events and its ledger. */
  remove(sessionId: string): Promise<void>;
  /**
   * Takes one step at deleting what ended before a time, small enough to hold nobody up: removes the session that ended first from sight, or deletes at
   * most so many events, or rows of the ledger, of those that are out of sight. `removed`: the session that was removed. `more`: there
   * is more to do.
   */
  expire(endedBefore: string, rows: number): Promise<{ removed: string | null; more: boolean }>;
}

export interface LogPage {
  /** The envelopes as they stand in a JSON array, without its brackets. */
  readonly json: string;
  readonly count: number;
  /** The seq of the last one; where there is none, the one asked for. */
  readonly lastSeq: number;
}

export interface LogStore {
  /** Envelopes after `afterSeq`, in order: at most `limit`, and stopping before `maxBytes` is passed (but at least one). */
  read(sessionId: string, afterSeq: number, limit: number, maxBytes: number): Promise<{ envelopes: EnvelopeText[]; lastSeq: number }>;
  /** The same as `read` gives, ready to be sent. */
  page(sessionId: string, afterSeq: number, limit: number, maxBytes: number): Promise<LogPage>;
  /** The envelopes at exactly these seqs, in their order. */
  at(sessionId: string, seqs: readonly number[]): Promise<EnvelopeText[]>;
  /** The newest seq of each session named; sessions that are gone are left out. */
  lastSeqs(sessionIds: readonly string[]): Promise<{ id: string; seq: number }[]>;
}

export interface NewAuditRow {
  readonly user_id: string;
  readonly at: string;
  readonly action: AuditAction;
  readonly subject: string | null;
  /** JSON. */
  readonly detail: string;
}

export interface AuditRow extends NewAuditRow {
  /** Grows with each row. */
  readonly n: number;
}

/** Acts of users. Rows are only added: the database itself refuses to change one, or to delete it while its user is there. */
export interface AuditStore {
  /** Adds a row, if its user is registered. */
  append(row: NewAuditRow): Promise<void>;
  /** Newest first, those before row `before`. */
  list(query: { readonly userId: string; readonly limit: number; readonly before: number | null }): Promise<AuditRow[]>;
}

/**
 * What users spent, by UTC day. It is written by the `usage` commands of their sessions, in the same transaction; a session's part
 * outlives its record, without its id, and goes with the user.
 */
export interface UsageStore {
  /** Sums between two days, both included: by day in order, by model and by session costliest first, at most `maxSessions` of these. */
  report(userId: string, from: string, to: string, maxSessions: number): Promise<UsageSums>;
  /** US dollars that a user spent on one day. */
  spentOn(userId: string, day: string): Promise<number>;
}

export interface UsageSums {
  readonly days: readonly (UsageSum & { readonly day: string })[];
  readonly models: readonly (UsageSum & { readonly model: string })[];
  /** `session_id` null: sessions whose records are deleted. */
  readonly sessions: readonly (UsageSum & { readonly session_id: string | null })[];
}

/**
 * What sessions reached, were kept from, and their model calls. Rows are written by the commands of their sessions (`reports`, `usage`),
 * in the same transaction, each once; they go with their session.
 */
export interface EgressStore {
  /** Newest first: those that fit the filter with a number below `before`, or from the newest on. */
  list(sessionId: string, before: number | null, limit: number, filter?: EgressFilter): Promise<EgressEntry[]>;
}

export interface RefreshRow {
  /** SHA-256 of the refresh token, hex. */
  readonly hash: string;
  readonly user_id: string;
  readonly email: string;
  readonly expires_at: string;
}

/** One-time sign-in codes and refresh tokens of the local issuer; only their hashes are stored. */
export interface SignInStore {
  putCode(row: RefreshRow): Promise<void>;
  /** Takes the code away and gives its row: null if unknown, used or expired. */
  takeCode(hash: string, now: string): Promise<RefreshRow | null>;
  putRefresh(row: RefreshRow): Promise<void>;
  getRefresh(hash: string, now: string): Promise<RefreshRow | null>;
  removeRefresh(hash: string): Promise<void>;
}

/** A file on its way from a user into a session. */
export interface UploadRow {
  readonly id: string;
  readonly session_id: string;
  /** What it is to be called in the uploads folder; a safe name, held by one open upload of the session at a time. */
  readonly name: string;
  readonly content_type: string;
  readonly size: number;
  /** Where it is in the workspace; null while the upload is open. */
  readonly path: string | null;
  readonly created_at: string;
  /** Until when bytes are taken. */
  readonly expires_at: string;
  /** Until when the row is kept, so that a late or repeated completion gets its answer. */
  readonly purge_at: string;
}

/** Uploads go with their session. */
export interface UploadStore {
  /** Opens an upload, if its name is held by no open one and the open ones of the session do not declare more than `maxOpenBytes` with it. */
  insert(row: UploadRow, maxOpenBytes: number): Promise<'stored' | 'name_taken' | 'too_much' | 'no_session'>;
  get(uploadId: string): Promise<UploadRow | null>;
  /** Closes an upload; one that is closed stays as it is. Gives the row as it is then; null if there is none. */
  finish(uploadId: string, path: string, purgeAt: string): Promise<UploadRow | null>;
  /** Deletes rows whose `purge_at` has come, oldest first, and gives them. */
  takeExpired(now: string, limit: number): Promise<UploadRow[]>;
}
