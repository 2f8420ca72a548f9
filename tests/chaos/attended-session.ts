import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DurableEvent } from '@ai-sessions/protocol';
import type { User } from '../harness/user.ts';
import type { ClientFleet } from './client-fleet.ts';
import { FaultProxy } from './fault-proxy.ts';
import { Journal } from './journal.ts';
import { type SessionPlan, allowedTools } from './plan.ts';
import { RawViewer } from './raw-viewer.ts';

/** One viewer and the way it takes to the server. */
export interface Way {
  readonly viewer: string;
  readonly proxy: FaultProxy;
}

export interface SessionPlace {
  readonly user: User;
  readonly port: number;
  readonly fleet: ClientFleet;
  readonly folder: string;
  readonly dataDir: string;
  readonly onOpen: (session: AttendedSession) => void;
}

/** How long a session may stand still, whatever happens to it. */
const patienceMs = 90_000;
const dozesMs = 1500;

/** One session of a run with the four who watch it, each through a proxy of its own. */
export class AttendedSession {
  readonly id: string;
  readonly plan: SessionPlan;
  readonly ways: readonly Way[];
  readonly raw: readonly RawViewer[];
  /** How often its Claude Code was killed, and how often its runner. */
  kills = 0;
  losses = 0;

  private constructor(id: string, plan: SessionPlan, ways: readonly Way[], raw: readonly RawViewer[]) {
    this.id = id;
    this.plan = plan;
    this.ways = ways;
    this.raw = raw;
  }

  /** The newest event that any raw viewer has seen. */
  get events(): number {
    return Math.max(...this.raw.map(({ lastSeq }) => lastSeq));
  }

  /** Creates a session and stays until it has ended. @throws Error when it stands still. */
  static async attend(plan: SessionPlan, place: SessionPlace): Promise<AttendedSession> {
    const { user, port, fleet, folder } = place;
    await using resources = new AsyncDisposableStack();
    const created = { allowed_tools: allowedTools, name: plan.name, idempotency_key: plan.name };
    const { session } = (await persist(user, 'POST', '/v1/sessions', created)) as { session: { id: string } };
    const way = async (viewer: string): Promise<Way> => ({
      viewer: `${plan.name}.${viewer}`,
      proxy: resources.use(await FaultProxy.listen(() => port)),
    });
    const [driver, screen, plain, dozing] = [await way('driver'), await way('screen'), await way('raw'), await way('dozing')];
    const raw = [plain, dozing].map(({ viewer, proxy }) => {
      const journal = resources.use(new Journal(path.join(folder, `${viewer}.jsonl`)));
      const options = { url: urlOf(proxy), token: user.token, sessionId: session.id, journal, deltas: true };
      const viewing = new RawViewer({ ...options, dozesMs: proxy === dozing.proxy ? dozesMs : 0 });
      resources.defer(() => viewing.stop());
      return viewing;
    });
    const attended = new AttendedSession(session.id, plan, [driver, screen, plain, dozing], raw);
    place.onOpen(attended);
    const { token } = user;
    const person = fleet.attend({
      sessionId: session.id,
      plan,
      token,
      folder,
      driverUrl: urlOf(driver.proxy),
      screenUrl: urlOf(screen.proxy),
    });
    const over = new AbortController();
    try {
      await Promise.race([Promise.all([person, ...raw.map(({ ended }) => ended)]), attended.#standstill(over.signal)]);
    } finally {
      over.abort();
    }
    return attended;
  }

  /** Rejects when nothing new has come of the session for too long. */
  async #standstill(signal: AbortSignal): Promise<never> {
    let last = -1;
    for (let since = performance.now(); !signal.aborted; await sleep(1000, undefined, { ref: false })) {
      if (this.events !== last) since = performance.now();
      last = this.events;
      if (performance.now() - since > patienceMs) break;
    }
    throw new Error(`${this.plan.name} (${this.id}) stands still at event ${last}`);
  }

  /** Lines that its calls left in the workspace. */
  marks(dataDir: string): string[] {
    try {
      return readFileSync(path.join(dataDir, 'runner/sessions', this.id, 'workspace/runs.txt'), 'utf8')
        .split('\n')
        .filter((line) => line !== '');
    } catch {
      return [];
    }
  }
}

function urlOf(proxy: FaultProxy): string {
  return `http://127.0.0.1:${proxy.port}`;
}

/** Calls the server itself until it answers: it may just be down. */
export async function persist(user: User, method: string, route: string, body?: unknown): Promise<Record<string, unknown>> {
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await user.call(method, route, body);
      if (answer.status < 300) return answer.body;
      if (answer.status < 500 && answer.status !== 429)
        throw new Refusal(`${method} ${route}: ${answer.status} ${JSON.stringify(answer.body)}`);
    } catch (error) {
      if (error instanceof Refusal || attempt > 300) throw error;
    }
    await sleep(100);
  }
}

class Refusal extends Error {}

/** The whole log over REST, page by page, whatever happens to the server meanwhile. */
export async function readLog(user: User, id: string): Promise<DurableEvent[]> {
  const events: DurableEvent[] = [];
  for (;;) {
    const page = await persist(user, 'GET', `/v1/sessions/${id}/history?after_seq=${events.at(-1)?.seq ?? 0}&limit=1000`);
    events.push(...(page['messages'] as DurableEvent[]));
    if (page['more'] !== true) return events;
  }
}
