import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RouteContract, errorBody } from '@ai-sessions/protocol';
import { PublishedContract } from '@ai-sessions/published-contract';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { type Logger, pino } from 'pino';
import { afterAll, expect } from 'vitest';
import { auditedCredentials } from '../audit/audited-credentials.ts';
import { auditedFiles } from '../audit/audited-files.ts';
import { auditedProfiles } from '../audit/audited-profiles.ts';
import { auditedSessions } from '../audit/audited-sessions.ts';
import { auditedSignIn } from '../audit/audited-sign-in.ts';
import { createAudit } from '../audit/create-audit.ts';
import { createLocalIssuer } from '../auth/local/local-issuer.ts';
import { createSignIn } from '../auth/sign-in.ts';
import { createDiskBlobs } from '../blobs/disk/disk-blobs.ts';
import { createMemoryBus } from '../bus/memory/memory-bus.ts';
import { createClaudeLogin } from '../claude-login/create-claude-login.ts';
import { systemClock } from '../clock.ts';
import { type ServerConfig, readConfig } from '../config.ts';
import type { AppContext } from '../context.ts';
import { createCredentials } from '../credentials/stored-credentials.ts';
import { createFiles } from '../files/create-files.ts';
import { randomIds } from '../ids.ts';
import { createRateLimits } from '../limits/memory-rate-limits.ts';
import { createProfiles } from '../profiles/create-profiles.ts';
import type { Dispatcher } from '../runners/dispatcher.ts';
import type { RunnerConnection } from '../runners/runner-connection.ts';
import { createCommands } from '../sessions/commands.ts';
import { createSessions } from '../sessions/create-sessions.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { createUsage } from '../usage/create-usage.ts';
import { createVault } from '../vault/aes-vault.ts';
import { type AppOptions, buildApp } from './app.ts';

// A store takes longest to open, so a test file has one; each app removes its users from it at its end.
let opened: { readonly dataDir: string; readonly store: Store } | null = null;
afterAll(async () => {
  if (opened === null) return;
  await opened.store[Symbol.asyncDispose]();
  await rm(opened.dataDir, { recursive: true, force: true });
});

async function openStore(): Promise<Store> {
  if (opened === null) {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'ai-sessions-store-'));
    opened = { dataDir, store: openSqliteStore({ file: path.join(dataDir, 'test.db') }) };
  }
  return opened.store;
}

export type TestApp = Awaited<ReturnType<typeof startTestApp>>;

export interface TestAppOptions {
  readonly config?: Partial<ServerConfig>;
  /** Parts of the context to put in place of the real ones. */
  readonly replace?: Partial<AppContext>;
  readonly app?: Partial<AppOptions>;
}

/** The app for tests, with real parts down to the database; only runners are not there. It does not listen. */
export async function startTestApp({ config: changes = {}, replace = {}, app: appOptions = {} }: TestAppOptions = {}) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'ai-sessions-http-'));
  const config: ServerConfig = { ...readConfig({ AI_SESSIONS_DATA_DIR: dataDir }), webDir: path.join(dataDir, 'web'), ...changes };
  const base = { config, clock: systemClock, ids: randomIds, bus: createMemoryBus(), store: await openStore() };
  const vault = createVault(Buffer.alloc(32, 7));
  const issuer = await createLocalIssuer({ dataDir, clock: systemClock });
  const audit = createAudit(base);
  const credentials = auditedCredentials(createCredentials({ ...base, vault }), audit);
  const profiles = auditedProfiles(createProfiles({ ...base, vault }), audit);
  const runner = testRunner();
  const signIn = auditedSignIn(createSignIn({ ...base, issuer }), audit);
  const commands = createCommands({
    ...base,
    timers: { idle: config.idleTimeout, approval: config.approvalTimeout, lifetime: config.maxLifetime, start: config.startTimeout },
    attended: () => false,
    perform: () => undefined,
  });
  const usage = createUsage(base);
  const sessions = createSessions({
    ...base,
    usage,
    vault,
    credentials,
    profiles,
    commands,
    runnerAvailable: () => runner.available(),
    purge: (sessionId) => runner.purge(sessionId),
  });
  const logLines: Record<string, unknown>[] = [];
  const log = recordingLog(logLines);
  const publicUrl = () => config.publicUrl ?? 'http://localhost:8080';
  const shutdown = new AbortController().signal;
  const blobs = createDiskBlobs({
    ...base,
    folder: path.join(dataDir, 'blobs'),
    masterKey: Buffer.alloc(32, 7),
    log,
    publicUrl,
    isRunnerToken: () => false,
    maxBytes: config.limits.file_bytes,
  });
  const ctx: AppContext = {
    ...base,
    log,
    vault,
    issuer,
    verifier: issuer,
    credentials,
    claudeLogin: createClaudeLogin({
      ...base,
      log: recordingLog(logLines),
      credentials,
      chooseRunner: () => (runner.available() ? silentRunner : null),
    }),
    profiles,
    usage,
    audit,
    sessions: auditedSessions(sessions, audit),
    dispatcher: runner,
    files: auditedFiles(createFiles({ ...base, blobs, dispatcher: runner, shutdown }), audit),
    limits: createRateLimits(config.limits),
    shutdown,
    publicUrl,
    ...replace,
  };
  const app = buildApp(ctx, { signIn, checkReplies: true, ...appOptions });
  await app.ready();

  const document = async (url: string) => (await app.inject(url)).json<Record<string, unknown>>();
  const contract = new PublishedContract(await document('/openapi.json'), await document('/asyncapi.json'));

  const users = new Set<string>();
  const token = (name: string) => {
    users.add(`usr_${name}`);
    return issuer.issue({ userId: `usr_${name}`, email: `${name}@example.com` }, 600);
  };
  const inject = async (request: InjectOptions | string) => {
    const reply = await app.inject(request);
    expectContractShape(reply);
    const { method = 'GET', url } = typeof request === 'string' ? { url: request } : request;
    if (typeof url === 'string' && isOfTheApi(reply, url))
      expect(contract.replyFault(method, url, reply.statusCode, reply.body)).toBeUndefined();
    return reply;
  };
  return {
    app,
    ctx,
    commands,
    signIn,
    runner,
    logLines,
    token,
    inject,
    /** A request to a route of the contract as the user of that name. */
    async call(
      contract: RouteContract,
      user: string,
      { id = '', query = {}, body }: { id?: string; query?: Record<string, string>; body?: unknown } = {},
    ) {
      return inject({
        method: contract.method,
        url: contract.path.replace(':id', id),
        query,
        headers: { authorization: `Bearer ${await token(user)}` },
        ...(body === undefined
          ? {}
          : {
              payload: JSON.stringify(body),
              headers: { authorization: `Bearer ${await token(user)}`, 'content-type': 'application/json' },
            }),
      });
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      for (const user of users) await base.store.users.remove(user);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Whether the published document has to know the reply: all JSON below `/v1`; to HEAD there is none. */
function isOfTheApi({ headers, body }: LightMyRequestResponse, url: string): boolean {
  return url.startsWith('/v1/') && body !== '' && String(headers['content-type']).startsWith('application/json');
}

/** Every reply of a test is held against this: JSON errors have the contract's shape and say their status. */
function expectContractShape(reply: LightMyRequestResponse): void {
  expect(reply.headers['x-request-id']).toEqual(expect.any(String));
  expect(reply.headers['x-content-type-options']).toBe('nosniff');
  expect(reply.headers['content-security-policy']).toEqual(expect.any(String));
  if (reply.statusCode < 400 || reply.body === '') return;
  const body = errorBody.parse(reply.json());
  expect(body.status).toBe(reply.statusCode);
  expect(body.request_id).toBe(reply.statusCode >= 500 ? reply.headers['x-request-id'] : undefined);
}

/** Takes what it is asked, and never answers. */
const silentRunner: RunnerConnection = {
  hello: {
    type: 'hello',
    runner_id: 'silent',
    boot_id: 'silent',
    capacity: 1,
    sandbox: 'none',
    claude_version: '0',
    sessions: [],
    stored: [],
  },
  send: () => undefined,
  reset: () => undefined,
};

function testRunner() {
  const purged: string[] = [];
  let present = true;
  const dispatcher: Dispatcher = {
    available: () => present,
    terminal: () => Promise.resolve(),
    workspace: () => Promise.resolve({ ok: false, body: { code: 'not_found' } }),
    testMcpServer: async () => ({ status: 'failed', error: 'This is a test.', server: null, tools: [], duration_ms: 1 }),
    purge: (sessionId) => void purged.push(sessionId),
  };
  return { ...dispatcher, purged, setPresent: (value: boolean) => void (present = value) };
}

function recordingLog(lines: Record<string, unknown>[]): Logger {
  return pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
}
