import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DurableEvent } from '@ai-sessions/protocol';
import { AttendedSession, persist, readLog } from './attended-session.ts';
import { checkLog } from './check-log.ts';
import { checkView } from './check-view.ts';
import { ClientFleet } from './client-fleet.ts';
import { disturbance } from './disturbance.ts';
import { Installation, hostedClaudes } from './installation.ts';
import { type Entry, eventDigest, readJournal } from './journal.ts';
import { planSession } from './plan.ts';
import { Findings, type Problem } from './problem.ts';
import { Random } from './random.ts';
import { type FaultSummary, type Injected, summarize } from './recovery.ts';
import { checkRemains, checkStopped } from './remains.ts';
import { type Fault, type Pace, schedule, usualPace } from './schedule.ts';
import { screenOfLog } from './screen.ts';
import { User } from '../harness/user.ts';

export interface ChaosOptions {
  /** Durable events to be recorded at least. */
  readonly events: number;
  readonly seed: number;
  /** Sessions at a time. */
  readonly atOnce?: number;
  /** After so many minutes no session is begun any more, whatever was asked for. */
  readonly minutes?: number;
  readonly pace?: Pace;
  readonly say?: (line: string) => void;
}

export interface ChaosOutcome {
  readonly seed: number;
  /** Events asked for. */
  readonly asked: number;
  readonly problems: readonly Problem[];
  readonly sessions: number;
  /** Sessions by the way they ended. */
  readonly ends: Readonly<Record<string, number>>;
  readonly prompts: number;
  readonly answers: number;
  /** Durable events of all logs. */
  readonly events: number;
  /** Events and deltas given to all viewers. */
  readonly delivered: number;
  readonly deltas: number;
  readonly blocks: { whole: number; partial: number; dropped: number };
  readonly faults: readonly FaultSummary[];
  readonly seconds: number;
}

const turnsPerSession = 7;
/** A session's fourth crash within five minutes is its end, as promised. */
const killsPerSession = 3;
const lossesPerSession = 2;
const shortestRestMs = 5000;

/**
 * Runs sessions of the real Claude Code under faults until so many events are recorded, and holds everything that every
 * viewer saw against the log. What is asked and which faults come in which order follow from the seed; when they strike
 * follows from the machine.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosOutcome> {
  const run = new Chaos(options);
  await using _run = run;
  return await run.outcome();
}

class Chaos implements AsyncDisposable {
  readonly #options: ChaosOptions;
  readonly #random: Random;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'chaos-'));
  readonly #fleet = new ClientFleet(2);
  readonly #open = new Set<AttendedSession>();
  readonly #ids = new Set<string>();
  readonly #injected: Injected[] = [];
  readonly #problems: Problem[] = [];
  readonly #calm = new AbortController();
  readonly #views = new Map<string, Entry[]>();
  readonly #logs = new Map<string, DurableEvent[]>();
  readonly #ends: Record<string, number> = {};
  readonly #totals = { prompts: 0, answers: 0, events: 0, delivered: 0, deltas: 0 };
  readonly #blocks = { whole: 0, partial: 0, dropped: 0 };
  #installation: Installation | undefined;
  #restUntil = 0;
  readonly #latest: number;

  constructor(options: ChaosOptions) {
    this.#options = options;
    this.#random = new Random(String(options.seed));
    this.#latest = performance.now() + (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  }

  async outcome(): Promise<ChaosOutcome> {
    const { atOnce = 4, seed, events: asked } = this.#options;
    const begun = performance.now();
    const installation = await Installation.start({ AI_SESSIONS_STALL_SECONDS: '12', AI_SESSIONS_LOG_LEVEL: 'info' });
    this.#installation = installation;
    const { system } = installation;
    const user = await system.user();
    // One whose token outlives the run.
    const lasting = new User(user.url, await system.token('ada@example.com', 14_400));
    const faults = this.#disturb(installation);
    await Promise.all(Array.from({ length: atOnce }, (_, lane) => this.#lane(lane, installation, lasting)));
    this.#calm.abort();
    await faults;
    await system.ready();
    this.#compareDatabase(system.dataDir);
    for (const id of this.#ids)
      await persist(lasting, 'DELETE', `/v1/sessions/${id}/record`).catch((error: unknown) => this.#problem('stuck', id, String(error)));
    this.#problems.push(...(await checkRemains(installation, this.#ids)));
    await system.stop();
    this.#problems.push(...(await checkStopped(system.dataDir, this.#ids)));
    return {
      seed,
      asked,
      problems: this.#problems,
      sessions: this.#ids.size,
      ends: this.#ends,
      ...this.#totals,
      blocks: this.#blocks,
      faults: summarize(this.#injected, { views: this.#views, logs: this.#logs }),
      seconds: Math.round((performance.now() - begun) / 1000),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calm.abort();
    await this.#fleet[Symbol.asyncDispose]();
    await this.#installation?.[Symbol.asyncDispose]();
    if (this.#problems.length === 0) rmSync(this.#folder, { recursive: true, force: true });
    else this.#options.say?.(`what the viewers saw is kept in ${this.#folder}`);
  }

  #problem(rule: Problem['rule'], where: string, what: string): void {
    const findings = new Findings(where);
    findings.add(rule, what);
    this.#problems.push(...findings.problems);
  }

  /** One session after another, until there are enough events. */
  async #lane(lane: number, installation: Installation, user: User): Promise<void> {
    for (let nth = 0; !this.#enough(); nth++) {
      const name = `s${lane}-${nth}`;
      const plan = planSession(this.#random.of(name), name, turnsPerSession);
      const place = { user, port: installation.port, fleet: this.#fleet, folder: this.#folder, dataDir: installation.system.dataDir };
      let attended: AttendedSession | undefined;
      try {
        await AttendedSession.attend(plan, {
          ...place,
          onOpen: (session) => {
            attended = session;
            this.#open.add(session);
            this.#ids.add(session.id);
          },
        });
      } catch (error) {
        this.#problem(
          'stuck',
          name,
          `${error instanceof Error ? error.message : String(error)}\n${installation.system.output.slice(-3000)}`,
        );
      }
      if (attended === undefined) continue;
      this.#open.delete(attended);
      await this.#check(attended, installation, user).catch((error: unknown) =>
        this.#problem('stuck', name, `not checked: ${String(error)}`),
      );
    }
  }

  #enough(): boolean {
    const underWay = [...this.#open].reduce((sum, { events }) => sum + events, 0);
    if (performance.now() > this.#latest) return true;
    return this.#totals.events + underWay >= this.#options.events || this.#problems.some(({ rule }) => rule === 'stuck');
  }

  async #disturb(installation: Installation): Promise<void> {
    const { signal } = this.#calm;
    const restarts: Promise<void>[] = [];
    for (const fault of schedule(this.#random.of('faults'), this.#options.pace ?? usualPace)) {
      await sleep(fault.afterMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      restarts.push(this.#inject(fault, installation).catch((error: unknown) => this.#problem('stuck', 'a killed process', String(error))));
    }
    await Promise.all(restarts);
  }

  async #inject(fault: Fault, installation: Installation): Promise<void> {
    const open = [...this.#open];
    const note = (viewers: readonly string[], sessions: readonly string[] = []) =>
      this.#injected.push({ fault, at: Date.now(), viewers, sessions });
    if (fault.do === 'harm') {
      const { share, forMs } = fault;
      if (fault.where === 'link') {
        if (installation.link.harm(fault.fault, share, forMs).length > 0) note([]);
        return;
      }
      const ways = open.flatMap((session) => session.ways).filter(({ proxy }) => proxy.open > 0);
      const way = ways[Math.floor(share * ways.length)];
      if (way === undefined) return;
      // Whatever this viewer has: its stream, and a call beside it.
      const harmed =
        fault.fault === 'outage'
          ? way.proxy.harm('outage', 0, forMs)
          : Array.from({ length: way.proxy.open }, () => way.proxy.harm(fault.fault, 0, forMs)).flat();
      if (harmed.length > 0) note(fault.fault === 'cut' || fault.fault === 'half_open' || fault.fault === 'outage' ? [way.viewer] : []);
      return;
    }
    switch (fault.part) {
      case 'client': {
        const noted = note([]);
        const sessions = await this.#fleet.kill(fault.share);
        const viewers = open.filter(({ id }) => sessions.includes(id)).flatMap(({ plan }) => [`${plan.name}.driver`]);
        this.#injected[noted - 1] = { ...this.#injected[noted - 1], viewers } as Injected;
        return;
      }
      case 'claude': {
        const claudes = hostedClaudes(installation.system).filter(({ sessionId }) => {
          const session = open.find(({ id }) => id === sessionId);
          return session !== undefined && session.kills < killsPerSession;
        });
        const claude = claudes[Math.floor(fault.share * claudes.length)];
        const session = open.find(({ id }) => id === claude?.sessionId);
        if (claude === undefined || session === undefined) return;
        session.kills += 1;
        note([], [session.id]);
        process.kill(claude.pid, 'SIGKILL');
        return;
      }
      case 'server':
        if (!this.#rested()) return;
        note(open.flatMap((session) => session.ways.map(({ viewer }) => viewer)));
        return this.#restart('server', installation);
      case 'runner':
        if (!this.#rested() || open.some(({ losses }) => losses >= lossesPerSession)) return;
        for (const session of open) session.losses += 1;
        note(
          [],
          open.map(({ id }) => id),
        );
        return this.#restart('runner', installation);
      default: {
        const unreachable: never = fault.part;
        return unreachable;
      }
    }
  }

  #rested(): boolean {
    return performance.now() > this.#restUntil;
  }

  /**
   * Kills a part. No other is killed until the installation takes sessions again and has had at least as much time for work:
   * on a busy machine a pace by the clock would leave none.
   */
  async #restart(part: 'server' | 'runner', { system }: Installation): Promise<void> {
    const begun = performance.now();
    this.#restUntil = Number.POSITIVE_INFINITY;
    try {
      await system.kill(part);
      await system.ready();
    } finally {
      const took = performance.now() - begun;
      this.#restUntil = performance.now() + Math.max(shortestRestMs, 2 * took);
    }
  }

  async #check(session: AttendedSession, { system }: Installation, user: User): Promise<void> {
    const { plan, id } = session;
    const known = this.#problems.length;
    const log = await readLog(user, id);
    this.#logs.set(id, log);
    const quiet = disturbance(this.#injected, id);
    const files = readdirSync(this.#folder).filter((file) => file.startsWith(`${plan.name}.`) && file.endsWith('.jsonl'));
    const views = new Map(files.map((file) => [file.replace(/\.jsonl$/, ''), readJournal(path.join(this.#folder, file))] as const));
    const driver = views.get(`${plan.name}.driver`) ?? [];
    const screen = screenOfLog(log);
    for (const [where, entries] of views) {
      this.#keepTimes(where, entries);
      // A screen whose process was killed has only a part of the session, and a successor.
      const cut = where.includes('.screen-') && !entries.some(({ kind }) => kind === 'screen');
      const last = Math.max(0, ...entries.map((entry) => (entry.kind === 'event' ? entry.seq : 0)));
      const found = checkView(entries, { where, log: cut ? log.slice(0, last) : log, calm: (at) => !quiet(at - 500, at) });
      this.#problems.push(...found.problems);
      this.#totals.delivered += found.events;
      this.#totals.deltas += found.deltas;
      for (const kind of ['whole', 'partial', 'dropped'] as const) this.#blocks[kind] += found.blocks[kind];
      const drawn = entries.find((entry) => entry.kind === 'screen');
      if (drawn !== undefined && drawn.digest !== screen) this.#problem('screen', where, 'what was drawn live differs from the log');
    }
    if (![...views.values()].some((entries) => entries.some(({ kind }) => kind === 'screen')))
      this.#problem('lost', plan.name, 'no screen saw the end');
    for (const fault of session.raw.flatMap(({ faults }) => faults)) this.#problem('frame', plan.name, fault);
    const idsOf = (kind: 'prompt' | 'refused') => new Set(driver.flatMap((entry) => (entry.kind === kind ? [entry.id] : [])));
    const facts = {
      where: `${plan.name} (${id})`,
      plan,
      sent: idsOf('prompt'),
      refused: idsOf('refused'),
      marks: session.marks(system.dataDir),
      disturbed: quiet,
    };
    this.#problems.push(...checkLog(log, facts));
    if (this.#problems.length > known) this.#keep(plan.name, log, system.output);
    this.#count(log);
    this.#options.say?.(
      `${plan.name}: ${log.length} events, ${this.#totals.events} in all, ${this.#injected.length} faults, ${this.#problems.length} problems`,
    );
    for (const { rule, where, what } of this.#problems.slice(-5)) this.#options.say?.(`  ${rule}: ${where}: ${what.slice(0, 300)}`);
  }

  /** For whoever has to find out: the log, what was done to it, and the last that server and runner said. */
  #keep(name: string, log: readonly DurableEvent[], output: string): void {
    const lines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');
    writeFileSync(path.join(this.#folder, `${name}.log`), lines(log));
    writeFileSync(path.join(this.#folder, `${name}.faults`), lines(this.#injected));
    writeFileSync(path.join(this.#folder, `${name}.output`), output);
  }

  /** Of a view that is checked only its connections are needed, for the times of recovery. */
  #keepTimes(where: string, entries: readonly Entry[]): void {
    this.#views.set(
      where,
      entries.filter(({ kind }) => kind === 'connection'),
    );
  }

  #count(log: readonly DurableEvent[]): void {
    this.#totals.events += log.length;
    this.#totals.prompts += log.filter((event) => event.type === 'prompt_status' && event.payload.status === 'queued').length;
    this.#totals.answers += log.filter(({ type }) => type === 'tool_approval_resolved' || type === 'ask_user_question_resolved').length;
    const end = log.at(-1);
    const how = end?.type === 'session_end' ? `${end.payload.status}/${end.payload.reason}` : 'none';
    this.#ends[how] = (this.#ends[how] ?? 0) + 1;
    if (how === 'failed/process_crashed')
      this.#problem('failed', end?.session_id ?? '', `a session crashed: ${JSON.stringify(end?.payload).slice(0, 500)}`);
  }

  /** The rows themselves say what the API said. */
  #compareDatabase(dataDir: string): void {
    using database = new DatabaseSync(path.join(dataDir, 'ai-sessions.db'), { readOnly: true });
    const rows = database.prepare('SELECT seq, envelope FROM events WHERE session_id = ? ORDER BY seq');
    for (const [id, log] of this.#logs) {
      const stored = rows.all(id) as { seq: number; envelope: string }[];
      if (stored.length !== log.length) this.#problem('log', id, `${stored.length} rows, ${log.length} events over REST`);
      const other = log.find(
        (event, index) => eventDigest(JSON.parse(stored[index]?.envelope ?? '{}') as DurableEvent) !== eventDigest(event),
      );
      if (other !== undefined) this.#problem('log', id, `event ${other.seq} is another in the database`);
    }
  }
}
