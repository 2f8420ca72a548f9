import {
  type CreateProfile,
  defaultSettings,
  errorStatus,
  type ErrorCode,
  type Profile,
  type RouteContract,
  type RouteName,
  routes,
  type Session,
} from '@ai-sessions/protocol';
import type { MockSession } from './mock-log.ts';

/** What the mock remembers. It has one user. */
export interface MockState {
  registered: boolean;
  credential: 'api_key' | 'oauth_token' | 'demo' | undefined;
  readonly sessions: Map<string, MockSession>;
  readonly profiles: Map<string, Profile>;
  /** Records of sessions long ended, of which nothing else is known. */
  old: readonly Session[];
  /** Show no sessions at all. */
  isEmpty: boolean;
  createSession(body: Record<string, unknown>): MockSession;
  endSession(session: MockSession): void;
}

export interface MockRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}
export class MockRefusal extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
  get status(): number {
    return errorStatus[this.code];
  }
}

type Handlers = Partial<Record<RouteName, (state: MockState, request: MockRequest) => unknown>>;

function sessionOf(state: MockState, { params }: MockRequest): MockSession {
  const session = state.sessions.get(params.id ?? '');
  if (session === undefined) throw new MockRefusal('not_found', 'There is no such session, or it is not yours. Go back to your sessions.');
  return session;
}

function profileOf(state: MockState, { params }: MockRequest): Profile {
  const profile = state.profiles.get(params.id ?? '');
  if (profile === undefined) throw new MockRefusal('not_found', 'There is no such profile.');
  return profile;
}

const now = () => new Date().toISOString();

export function newProfile(id: string, body: Partial<CreateProfile> & { name: string }): Profile {
  return { ...defaultSettings, description: '', is_default: false, created_at: now(), updated_at: now(), ...body, id };
}

const handlers: Handlers = {
  register: (state) => {
    state.registered = true;
    return { registered: true, registered_at: now() };
  },
  deregister: (state) => {
    state.registered = false;
    state.credential = undefined;
    return { deregistered: true };
  },
  credentialStatus: ({ credential }) =>
    credential === undefined ? { has_credentials: false } : { has_credentials: true, credential_type: credential, created_at: now() },
  storeApiKey: (state, { body }) => {
    if (!String(body.api_key).startsWith('sk-ant-')) throw new MockRefusal('invalid_api_key', 'The key has to begin with sk-ant-.');
    state.credential = 'api_key';
    return { success: true, message: 'Stored.' };
  },
  deleteCredential: (state) => {
    state.credential = undefined;
    return { success: true };
  },
  startOauth: () => ({ oauth_session_id: 'oas_1', expires_in: 300, message: 'Starting.' }),
  oauthUrl: () => ({ status: 'ready', url: 'https://claude.ai/oauth/authorize?x', message: 'Open it.' }),
  submitOauthCode: (state, { body }) => {
    if (!String(body.code).includes('#'))
      throw new MockRefusal('oauth_code_rejected', 'The code was refused. Copy all of it, including the #.');
    state.credential = 'oauth_token';
    return { success: true, status: 'completed', message: 'Signed in.' };
  },
  listSessions: (state, { query }) => {
    const fits: Record<string, (status: string) => boolean> = {
      starting: (status) => status === 'pending',
      ended: (status) => status === 'terminated' || status === 'failed',
    };
    const matches = fits[query.status ?? ''] ?? ((status: string) => query.status === undefined || status === query.status);
    const search = (query.q ?? '').toLowerCase();
    const all = (state.isEmpty ? [] : [...state.sessions.values()].map((session) => session.record).concat(state.old))
      .filter((record) => matches(record.status) && record.name.toLowerCase().includes(search))
      .toSorted((a, b) => b.created_at.localeCompare(a.created_at));
    const [from, limit] = [Number(query.cursor ?? 0), Number(query.limit ?? 50)];
    return { sessions: all.slice(from, from + limit), next_cursor: from + limit < all.length ? String(from + limit) : '' };
  },
  createSession: (state, { body }) => {
    if (state.credential === undefined) throw new MockRefusal('no_credentials', 'Store a Claude credential first.');
    if (String(body.name).includes('full'))
      throw new MockRefusal('concurrent_session_limit', 'You have 10 open sessions. End one of them, then try again.');
    return { session: state.createSession(body).record };
  },
  getSession: (state, request) => ({ session: sessionOf(state, request).record }),
  updateSession: (state, request) => ({ session: Object.assign(sessionOf(state, request).record, request.body) }),
  terminateSession: (state, request) => {
    state.endSession(sessionOf(state, request));
    return { terminated: true };
  },
  deleteSessionRecord: (state, request) => {
    state.sessions.delete(sessionOf(state, request).record.id);
    return { deleted: true };
  },
  captureProfile: (state, request) => {
    const profile = newProfile(`prf_c${state.profiles.size}`, { name: String(request.body.name) });
    state.profiles.set(profile.id, profile);
    return { profile };
  },
  listApprovals: (state) => ({
    approvals: [...state.sessions.values()].flatMap(({ record, live }) => {
      const entry = { session_id: record.id, session_name: record.name, opened_at: record.created_at, expires_at: null };
      return [
        ...live.pending_approvals.map((ask) => ({ kind: 'approval', id: `apr_${ask.tool_use_id}`, ...ask, ...entry })),
        ...live.pending_questions.map((ask) => ({ kind: 'question', id: `apr_${ask.question_id}`, ...ask, ...entry })),
      ];
    }),
    next_cursor: '',
  }),
  answerApproval: (state, { params, body }) => {
    const id = (params.id ?? '').replace(/^apr_/, '');
    const settle = [...state.sessions.values()].map((session) => session.answers.get(id)).find((answer) => answer !== undefined);
    if (settle === undefined) throw new MockRefusal('already_resolved', 'This was settled before; nothing is left to do.');
    settle(body);
    return { resolved: true, by: 'user', resolved_at: now() };
  },
  listProfiles: (state) => ({ profiles: [...state.profiles.values()] }),
  createProfile: (state, { body }) => {
    if (state.profiles.size >= 10) throw new MockRefusal('profile_limit', 'You have 10 profiles. Delete one first.');
    const profile = newProfile(`prf_n${state.profiles.size}`, body as CreateProfile);
    state.profiles.set(profile.id, profile);
    return { profile };
  },
  updateProfile: (state, request) => ({ profile: Object.assign(profileOf(state, request), request.body) }),
  deleteProfile: (state, request) => {
    state.profiles.delete(profileOf(state, request).id);
    return { deleted: true };
  },
  setDefaultProfile: (state, request) => {
    const chosen = profileOf(state, request);
    for (const profile of state.profiles.values()) profile.is_default = profile === chosen;
    return { profile: chosen };
  },
};

/** Answers one request of the contract, both ways checked by its schemas; undefined for a route that it does not have. */
export function answerCall(state: MockState, method: string, url: URL, body: unknown): { status: number; json: unknown } | undefined {
  for (const [name, route] of Object.entries(routes) as [RouteName, RouteContract][]) {
    const params = route.method === method ? matched(route.path, url.pathname) : undefined;
    const handler = handlers[name];
    if (params === undefined || handler === undefined) continue;
    if (route.auth === 'registered' && !state.registered) throw new MockRefusal('not_registered', 'Register first.');
    if (route.body?.safeParse(body).success === false) throw new MockRefusal('invalid_request', 'The request does not fit its schema.');
    const [status = 200, schema] =
      Object.entries(route.replies)
        .map(([code, reply]) => [Number(code), reply] as const)
        .at(-1) ?? [];
    const json = handler(state, { params, query: Object.fromEntries(url.searchParams), body: (body ?? {}) as Record<string, unknown> });
    return { status, json: schema === undefined ? json : schema.parse(json) };
  }
  return undefined;
}

function matched(pattern: string, path: string): Record<string, string> | undefined {
  const names = [...pattern.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
  const match = new RegExp(`^${pattern.replace(/:\w+/g, '([^/]+)')}$`).exec(path);
  return match === null ? undefined : Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]));
}
