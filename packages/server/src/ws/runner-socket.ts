import { setTimeout as sleep } from 'node:timers/promises';
import { type LinkFrame, type RunnerFrame, runnerFrame } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Bus } from '../bus/bus.ts';
import type { RunnerClaudeLogin } from '../claude-login/claude-login.ts';
import type { Clock } from '../clock.ts';
import type { ServerConfig } from '../config.ts';
import type { RunnerDispatcher } from '../runners/create-dispatcher.ts';
import type { RunnerConnection } from '../runners/runner-connection.ts';
import type { Commands } from '../sessions/commands.ts';
import { StoreFailure } from '../store/store-failure.ts';
import type { InFlight } from '../sessions/in-flight.ts';
import { textOf } from './message-text.ts';
import { liveText } from '../sessions/live-text.ts';

export interface RunnerSocketContext {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly clock: Clock;
  readonly bus: Bus;
  readonly commands: Commands;
  readonly dispatcher: RunnerDispatcher;
  readonly inFlight: InFlight;
  readonly claudeLogin: RunnerClaudeLogin;
}

type ReportsFrame = Extract<RunnerFrame, { type: 'reports' }>;
type LateReportsFrame = Extract<RunnerFrame, { type: 'late_reports' }>;
type LiveFrame = Extract<RunnerFrame, { type: 'live' }>;
type SessionFrame = ReportsFrame | LateReportsFrame | LiveFrame;

/** Reports that one transaction takes of a session. */
const maxJoined = 1000;
const pingMs = 5000;
/** A link that is silent for this long is dead; its runner dials again. */
const silenceMs = 20_000;
const storePatienceMs = 1000;

/**
 * Serves one runner's link. Reports are recorded and acknowledged; deltas go straight to the viewers, but never past
 * a report of the same session that came before them.
 */
export function serveRunner(ws: WebSocket, ctx: RunnerSocketContext): void {
  const { log } = ctx;
  /** What came of a session while a report of it is being recorded. */
  const waiting = new Map<string, SessionFrame[]>();
  let connection: RunnerConnection | null = null;
  let heardAt = ctx.clock.now();

  const reset = (why: string) => {
    log.warn({ why, runner: connection?.hello.runner_id }, 'a runner link was reset');
    ws.close(1012, why);
    setTimeout(() => ws.terminate(), 1000).unref();
  };
  const send = (frame: LinkFrame) => {
    if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(frame));
  };
  const heartbeat = setInterval(() => {
    if (ctx.clock.now() - heardAt > silenceMs) ws.terminate();
    else send({ type: 'ping' });
  }, pingMs);

  ws.on('error', (error) => log.warn({ err: error }, 'a runner link failed'));
  ws.on('close', () => {
    clearInterval(heartbeat);
    if (connection === null) return;
    ctx.dispatcher.disconnected(connection);
    ctx.claudeLogin.disconnected(connection);
  });
  ws.on('message', (data, isBinary) => {
    heardAt = ctx.clock.now();
    const frame = isBinary ? null : parse(textOf(data));
    if (frame === null) return reset('a frame was not understood');
    if (connection === null && frame.type !== 'hello') return reset('hello comes first');
    handle(frame);
  });

  function parse(text: string): RunnerFrame | null {
    try {
      const parsed = runnerFrame.safeParse(JSON.parse(text));
      if (parsed.success) return parsed.data;
      log.error({ issues: parsed.error.issues.slice(0, 3) }, 'a runner sent a frame that does not fit the protocol');
    } catch {
      log.error('a runner sent a frame that is not JSON');
    }
    return null;
  }

  function handle(frame: RunnerFrame): void {
    switch (frame.type) {
      case 'hello':
        // Else a runner that found no sandbox would run what many users ask for with its own rights.
        if (frame.sandbox === 'none' && ctx.config.sandbox !== 'none') {
          log.error(
            { runner: frame.runner_id },
            'a runner without a sandbox is refused: install bubblewrap where it runs, or set AI_SESSIONS_SANDBOX=none here (loopback and one user only)',
          );
          return reset('this server takes no runner without a sandbox');
        }
        connection = { hello: frame, send, reset };
        log.info(
          {
            runner: frame.runner_id,
            boot: frame.boot_id,
            sessions: frame.sessions.length,
            sandbox: frame.sandbox,
            claude: frame.claude_version,
          },
          'a runner is connected',
        );
        ctx.dispatcher.connected(connection).catch((error: unknown) => {
          log.error({ err: error }, 'a runner could not be taken on');
          void patience(error).then(() => reset('the server could not take the runner on'));
        });
        return;
      case 'reports':
      case 'late_reports':
      case 'live':
        inOrder(frame);
        return;
      case 'draining':
        if (connection !== null) ctx.dispatcher.draining(connection);
        return;
      case 'answer':
        ctx.dispatcher.answered(frame);
        return;
      case 'login':
        if (connection !== null) ctx.claudeLogin.heard(connection, frame.login_id, frame.event);
        return;
      case 'pong':
        if (connection !== null && frame.sessions !== undefined) ctx.dispatcher.inventory(connection, frame.sessions);
        return;
      default: {
        const unreachable: never = frame;
        return unreachable;
      }
    }
  }

  /** Keeps the order within a session: what comes while a report is being recorded waits for it. */
  function inOrder(frame: SessionFrame): void {
    const queue = waiting.get(frame.session_id);
    if (queue !== undefined) queue.push(frame);
    else if (frame.type === 'live') spread(frame);
    else {
      const begun: SessionFrame[] = [frame];
      waiting.set(frame.session_id, begun);
      void drain(frame.session_id, begun);
    }
  }

  async function drain(sessionId: string, queue: SessionFrame[]): Promise<void> {
    try {
      for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) {
        if (frame.type === 'live') spread(frame);
        else if (frame.type === 'late_reports') await recordLate(frame);
        else await record(joined(frame, queue));
      }
    } catch (error) {
      log.error({ err: error, session: sessionId }, 'reports could not be recorded');
      await patience(error);
      reset('reports could not be recorded');
    } finally {
      waiting.delete(sessionId);
    }
  }

  async function record(frame: ReportsFrame): Promise<void> {
    const { session_id, epoch, first, reports } = frame;
    ctx.inFlight.settle({ sessionId: session_id, epoch }, first, reports);
    const applied = await ctx.commands.apply(session_id, { kind: 'reports', epoch, first, reports });
    if (applied !== null && !applied.outcome.ok && applied.outcome.code === 'gap') return reset('reports are missing');
    if (applied?.outcome.ok === true) return send({ type: 'ack', session_id, epoch, number: applied.state.acked });
    await recordLate(frame);
    send({ type: 'end', session_id, epoch });
  }

  async function recordLate({ session_id, epoch, first, reports }: ReportsFrame | LateReportsFrame): Promise<void> {
    const runnerId = connection?.hello.runner_id;
    if (runnerId !== undefined) await ctx.commands.apply(session_id, { kind: 'late_reports', runnerId, epoch, reports });
    send({ type: 'ack', session_id, epoch, number: first + reports.length - 1 });
  }

  /** Reports of a link that is gone still count; its deltas do not: the next link has told the blocks in flight anew. */
  function spread(frame: LiveFrame): void {
    if (ws.readyState !== ws.OPEN) return;
    const { session_id: sessionId, epoch } = frame;
    const live = frame.live.flatMap((one) => {
      if (!ctx.inFlight.add({ sessionId, epoch }, one)) return [];
      return [{ type: one.type, text: liveText(ctx.clock, sessionId, one.type, one.payload, one.parent_tool_use_id) }];
    });
    if (live.length > 0) ctx.bus.publish({ sessionId, live });
  }
}

/** A runner dials again at once: where the database takes no writes, that is too soon. */
async function patience(error: unknown): Promise<void> {
  if (error instanceof StoreFailure) await sleep(storePatienceMs);
}

/** The frame with those of the queue that go on where it ends: one transaction, one acknowledgement. */
function joined(frame: ReportsFrame, queue: SessionFrame[]): ReportsFrame {
  const reports = [...frame.reports];
  for (let next = queue[0]; next?.type === 'reports'; next = queue[0]) {
    if (next.epoch !== frame.epoch || next.first !== frame.first + reports.length || reports.length + next.reports.length > maxJoined)
      break;
    reports.push(...next.reports);
    queue.shift();
  }
  return { ...frame, reports };
}
