import path from 'node:path';
import { type DiskBlobs, createDiskBlobs } from './blobs/disk/disk-blobs.ts';
import { auditedFiles } from './audit/audited-files.ts';
import { auditedSessions } from './audit/audited-sessions.ts';
import { createClaudeLogin } from './claude-login/create-claude-login.ts';
import { createFiles } from './files/create-files.ts';
import type { Files } from './files/files.ts';
import type { Foundation } from './foundation.ts';
import { createGatewayTokens } from './gateway/gateway-token.ts';
import { type Gateway, createGateway } from './gateway/gateway.ts';
import { createAdmission, recordUsage } from './gateway/model-calls.ts';
import { type RunnerDispatcher, createDispatcher } from './runners/create-dispatcher.ts';
import { createSpecBuilder } from './runners/session-spec.ts';
import { type Commands, createCommands } from './sessions/commands.ts';
import { createSessions } from './sessions/create-sessions.ts';
import { type EventFeed, createEventFeed } from './sessions/event-feed.ts';
import { InFlight } from './sessions/in-flight.ts';
import type { Sessions } from './sessions/sessions.ts';

const gatewayTokenSeconds = 3600;

/** What moves sessions: commands, the feed of their events, the runners that host them, their files and model calls. */
export interface Engine {
  readonly commands: Commands;
  readonly sessions: Sessions;
  readonly feed: EventFeed;
  readonly inFlight: InFlight;
  readonly dispatcher: RunnerDispatcher;
  readonly files: Files;
  readonly blobs: DiskBlobs;
  readonly claudeLogin: ReturnType<typeof createClaudeLogin>;
  readonly gateway: Gateway;
  /** Removes what there is of a session outside of the store: its files wherever they are. */
  readonly purge: (sessionId: string) => Promise<void>;
}

/** Builds the engine on its foundation; what has to be closed again goes into `parts`. */
export function createEngine(base: Foundation, parts: AsyncDisposableStack): Engine {
  const { config, log, clock, ids, store, bus, vault, credentials, masterKey } = base;
  const inFlight = new InFlight();
  const tokens = createGatewayTokens({ masterKey, clock });
  const specs = createSpecBuilder({ store, vault, credentials, issueToken: (claims) => tokens.issue(claims, gatewayTokenSeconds) });
  const dispatcher = parts.use(createDispatcher({ store, log, clock, specs, commands: () => commands }));
  const feed: EventFeed = parts.use(
    createEventFeed({ store, bus, clock, log, inFlight, onAttendance: (sessionId) => attendance(sessionId) }),
  );
  const commands: Commands = createCommands({
    store,
    bus,
    clock,
    timers: { idle: config.idleTimeout, approval: config.approvalTimeout, lifetime: config.maxLifetime, start: config.startTimeout },
    attended: (sessionId) => feed.attended(sessionId),
    perform: (state, effects, fresh) => dispatcher.perform(state, effects, fresh),
  });
  const attendance = (sessionId: string) => {
    if (base.shutdown.aborted) return;
    void logged(base, 'attendance could not be recorded', sessionId, commands.apply(sessionId, { kind: 'attendance' }));
  };
  const blobs = createDiskBlobs({ ...base, folder: path.join(config.dataDir, 'blobs'), maxBytes: config.limits.file_bytes });
  const files = createFiles({ store, blobs, clock, ids, config, dispatcher, shutdown: base.shutdown });
  const purge = async (sessionId: string) => {
    dispatcher.purge(sessionId);
    await logged(base, 'the blobs of a session could not be removed', sessionId, files.forget(sessionId));
  };
  const sessions = createSessions({ ...base, commands, purge, runnerAvailable: () => dispatcher.available() });
  const gateway = parts.use(
    createGateway({
      config,
      log,
      clock,
      credentials,
      tokens,
      sessions: createAdmission({ store, usage: base.usage, commands }),
      onUsage: (report) => recordUsage({ commands, bus, clock, log }, report),
    }),
  );
  const claudeLogin = parts.use(createClaudeLogin({ clock, ids, log, credentials, config, chooseRunner: () => dispatcher.leastBusy() }));
  return {
    commands,
    purge,
    sessions: auditedSessions(sessions, base.audit),
    feed,
    inFlight,
    dispatcher,
    files: auditedFiles(files, base.audit),
    blobs,
    claudeLogin,
    gateway,
  };
}

/** For work that nobody waits for: its failure is told in the log, and is nobody else's. */
async function logged({ log }: Foundation, complaint: string, sessionId: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    log.error({ err: error, session: sessionId }, complaint);
  }
}
