import type { SessionStatusFilter, Usage } from '@ai-sessions/protocol';
import { type Command, type SessionState, type TransitionContext, isLive } from '../../domain/session-state.ts';
import { deadline } from '../../domain/session-timers.ts';
import { type Transition, liveStateChanged, transition } from '../../domain/session-transition.ts';
import type { Applied, SessionRow, SessionStore } from '../store.ts';
import type { Database } from './database.ts';
import { indexAsks, openAskKeys } from './open-asks.ts';
import type { Procedures } from './procedures.ts';
import { writeLedger } from './egress.ts';
import { bookUsage, forgetUsageOf } from './usage.ts';

/** The parts of a session that nearly every append changes; they have columns of their own, so that the document need not be written. */
type Hot = 'last_seq' | 'acked' | 'usage';
interface StoredRow {
  readonly doc: string;
  readonly secrets: string | null;
  readonly last_seq: number;
  readonly acked: number;
  readonly usage: string;
}

const cachedSessions = 10_000;
const cachedUsers = 10_000;
const statuses: Record<SessionStatusFilter, readonly string[]> = {
  pending: ['pending'],
  running: ['running'],
  terminated: ['terminated'],
  failed: ['failed'],
  starting: ['pending'],
  ended: ['terminated', 'failed'],
};

const endedFirst =
  "SELECT id FROM sessions WHERE status IN ('terminated', 'failed') AND doc ->> 'terminated_at' < ? ORDER BY doc ->> 'terminated_at' LIMIT 1";
const deleteSomeEvents = 'DELETE FROM events WHERE rowid IN (SELECT rowid FROM events WHERE session_id = ? ORDER BY seq LIMIT ?)';
const deleteSomeEgress =
  'DELETE FROM egress WHERE session_id = ?1 AND number IN (SELECT number FROM egress WHERE session_id = ?1 ORDER BY number LIMIT ?2)';

export function sessionProcedures(database: Database): Procedures<SessionStore> & { forget(): void } {
  /** Sessions as last written. This process is the only writer, so the cache is the table. */
  const cache = new Map<string, SessionRow>();

  /** How many live sessions a user has, for those who were asked about: counting ten thousand anew at each creation would be felt. */
  const liveCounts = new Map<string, number>();
  const liveCount = (userId: string): number => {
    const known = liveCounts.get(userId);
    if (known !== undefined) return known;
    const sql = "SELECT count(*) AS n FROM sessions WHERE user_id = ? AND status IN ('pending', 'running')";
    const counted = database.first<{ n: number }>(sql, userId)?.n ?? 0;
    if (liveCounts.size >= cachedUsers) liveCounts.clear();
    liveCounts.set(userId, counted);
    return counted;
  };
  const countLive = (userId: string, change: number) => {
    const known = liveCounts.get(userId);
    if (known !== undefined) liveCounts.set(userId, known + change);
  };

  const load = (id: string): SessionRow | null => {
    const cached = cache.get(id);
    if (cached !== undefined) return cached;
    const row = database.first<StoredRow>('SELECT doc, secrets, last_seq, acked, usage FROM sessions WHERE id = ?', id);
    if (row === null) return null;
    const loaded = { state: assemble(row), secrets: row.secrets };
    remember(loaded);
    return loaded;
  };

  const removeFromSight = (id: string) => {
    const state = load(id)?.state;
    if (state !== undefined && isLive(state)) countLive(state.user_id, -1);
    database.run('DELETE FROM client_messages WHERE session_id = ?', id);
    forgetUsageOf(database, id);
    database.run('DELETE FROM sessions WHERE id = ?', id);
    cache.delete(id);
  };

  const remember = (row: SessionRow) => {
    cache.delete(row.state.id);
    cache.set(row.state.id, row);
    if (cache.size > cachedSessions) for (const oldest of cache.keys()) return void cache.delete(oldest);
  };

  const append = (before: SessionState, done: Transition, now: string): Applied => {
    const firstSeq = before.last_seq + 1;
    const envelopes = done.events.map((event, index) => {
      const { type, payload, parent_tool_use_id } = event;
      return JSON.stringify({ type, payload, seq: firstSeq + index, timestamp: now, session_id: before.id, parent_tool_use_id });
    });
    for (const [index, envelope] of envelopes.entries()) {
      database.run('INSERT INTO events (session_id, seq, envelope) VALUES (?, ?, ?)', before.id, firstSeq + index, envelope);
    }
    return {
      state: done.state,
      outcome: done.outcome,
      effects: done.effects,
      envelopes,
      firstSeq,
      statusChanged: liveStateChanged(before, done.state),
    };
  };

  const save = (before: SessionState, state: SessionState, secrets: string | null, context: TransitionContext) => {
    const { last_seq, acked, usage, id } = state;
    indexAsks(database, before, state);
    if (documentChanged(before, state)) {
      database.run(
        'UPDATE sessions SET status = ?, runner_id = ?, incarnation = ?, deadline = ?, last_seq = ?, acked = ?, usage = ?, doc = ? WHERE id = ?',
        state.status,
        state.runner_id,
        state.incarnation,
        deadline(state, context.timers),
        last_seq,
        acked,
        JSON.stringify(usage),
        documentOf(state),
        id,
      );
    } else if (state !== before) {
      database.run('UPDATE sessions SET last_seq = ?, acked = ?, usage = ? WHERE id = ?', last_seq, acked, JSON.stringify(usage), id);
    }
    if (isLive(before) && !isLive(state)) countLive(state.user_id, -1);
    remember({ state, secrets });
  };

  const repeatedPrompt = (sessionId: string, command: Command): string | null => {
    if (command.kind !== 'prompt' || command.clientMessageId === undefined) return null;
    const row = database.first<{ prompt_id: string }>(
      'SELECT prompt_id FROM client_messages WHERE session_id = ? AND client_msg_id = ?',
      sessionId,
      command.clientMessageId,
    );
    return row?.prompt_id ?? null;
  };

  return {
    reads: new Set(['get', 'list', 'due', 'live', 'liveOfUser', 'openAsks']),
    forget: () => {
      cache.clear();
      liveCounts.clear();
    },
    methods: {
      create(session, first, context, rules) {
        const { state, secrets, idempotencyKey } = session;
        if (idempotencyKey !== null) {
          const known = database.first<{ id: string }>(
            'SELECT id FROM sessions WHERE user_id = ? AND idempotency_key = ? AND created_at > ? ORDER BY created_at DESC LIMIT 1',
            state.user_id,
            idempotencyKey,
            rules.idempotentSince,
          );
          const earlier = known === null ? null : load(known.id);
          if (earlier !== null) return { repeated: earlier.state };
        }
        if (liveCount(state.user_id) >= rules.maxLive) return { refused: 'limit' };
        const done = transition(state, first, context);
        database.run(
          'INSERT INTO sessions (id, user_id, status, created_at, runner_id, incarnation, deadline, last_seq, acked, usage, idempotency_key, secrets, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
          state.id,
          state.user_id,
          done.state.status,
          state.created_at,
          done.state.runner_id,
          done.state.incarnation,
          deadline(done.state, context.timers),
          done.state.last_seq,
          done.state.acked,
          JSON.stringify(done.state.usage),
          idempotencyKey,
          secrets,
          documentOf(done.state),
        );
        countLive(state.user_id, isLive(done.state) ? 1 : 0);
        remember({ state: done.state, secrets });
        return { created: append(state, done, context.now) };
      },
      get: load,
      apply(sessionId, command, context) {
        const row = load(sessionId);
        if (row === null) return null;
        const repeated = repeatedPrompt(sessionId, command);
        if (repeated !== null) {
          return {
            state: row.state,
            outcome: { ok: true, promptId: repeated, repeated: true },
            effects: [],
            envelopes: [],
            firstSeq: row.state.last_seq + 1,
            statusChanged: false,
          };
        }
        const done = transition(row.state, command, context);
        if (!done.outcome.ok) return { ...done, envelopes: [], firstSeq: row.state.last_seq + 1, statusChanged: false };
        if (command.kind === 'prompt' && command.clientMessageId !== undefined) {
          database.run(
            'INSERT INTO client_messages (session_id, client_msg_id, prompt_id) VALUES (?, ?, ?)',
            sessionId,
            command.clientMessageId,
            command.promptId,
          );
        }
        if (command.kind === 'usage') bookUsage(database, { userId: row.state.user_id, sessionId }, command, context.now);
        writeLedger(database, sessionId, done.ledger);
        save(row.state, done.state, row.secrets, context);
        return append(row.state, done, context.now);
      },
      list({ userId, status, search, limit, before }) {
        const rows = database.all<{ id: string }>(
          `SELECT id FROM sessions WHERE user_id = ?1 AND (?2 IS NULL OR status IN (SELECT value FROM json_each(?2)))
           AND (?3 IS NULL OR (created_at, id) < (?3, ?4)) AND (?6 IS NULL OR instr(name_folded, ?6) OR id = ?7)
           ORDER BY created_at DESC, id DESC LIMIT ?5`,
          userId,
          status === null ? null : JSON.stringify(statuses[status]),
          before?.createdAt ?? null,
          before?.id ?? null,
          limit,
          search === null ? null : asciiLower(search),
          search,
        );
        return rows.flatMap(({ id }) => load(id)?.state ?? []);
      },
      due: (now, limit) =>
        database
          .all<{ id: string }>('SELECT id FROM sessions WHERE deadline <= ? ORDER BY deadline LIMIT ?', now, limit)
          .map((row) => row.id),
      live: ({ runnerId, unassigned, awake }) => {
        const conditions = [
          "status IN ('pending', 'running')",
          ...(runnerId === undefined ? [] : ['runner_id = ?']),
          ...(unassigned === true ? ["incarnation = 'wanted'"] : []),
          // As the index of them has it: those that sleep may be very many.
          ...(awake === true || unassigned === true ? ["incarnation <> 'none'"] : []),
        ];
        return database
          .all<{ id: string }>(
            `SELECT id FROM sessions WHERE ${conditions.join(' AND ')} ORDER BY created_at, rowid`,
            ...(runnerId === undefined ? [] : [runnerId]),
          )
          .map((row) => row.id);
      },
      liveOfUser: (userId) =>
        database
          .all<{ id: string }>("SELECT id FROM sessions WHERE user_id = ? AND status IN ('pending', 'running')", userId)
          .map((row) => row.id),
      openAsks: ({ userId, limit, after }) =>
        openAskKeys(database, userId, limit, after).flatMap(({ sessionId, askId }) => {
          const state = load(sessionId)?.state;
          const ask = state?.asks.find((one) => one.id === askId);
          return state === undefined || ask === undefined ? [] : [{ state, ask }];
        }),
      remove(sessionId) {
        for (const table of ['events', 'egress']) database.run(`DELETE FROM ${table} WHERE session_id = ?`, sessionId);
        removeFromSight(sessionId);
      },
      expire(endedBefore, rows) {
        const expired = database.first<{ id: string }>('SELECT id FROM expired_sessions LIMIT 1')?.id;
        if (expired !== undefined) {
          const deleted = database.run(deleteSomeEvents, expired, rows) || database.run(deleteSomeEgress, expired, rows);
          if (deleted === 0) database.run('DELETE FROM expired_sessions WHERE id = ?', expired);
          return { removed: null, more: true };
        }
        const ended = database.first<{ id: string }>(endedFirst, endedBefore)?.id;
        if (ended === undefined) return { removed: null, more: false };
        database.run('INSERT INTO expired_sessions (id) VALUES (?)', ended);
        removeFromSight(ended);
        return { removed: ended, more: true };
      },
    },
  };
}

/** As SQLite's `lower`, which knows a to z only. */
function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function documentOf(state: SessionState): string {
  const { last_seq: _seq, acked: _acked, usage: _usage, ...document } = state;
  return JSON.stringify(document);
}

function assemble(row: StoredRow): SessionState {
  const document = JSON.parse(row.doc) as Omit<SessionState, Hot>;
  return { ...document, last_seq: row.last_seq, acked: row.acked, usage: JSON.parse(row.usage) as Usage };
}

function documentChanged(before: SessionState, after: SessionState): boolean {
  const { last_seq: _s1, acked: _a1, usage: _u1, ...one } = before;
  const { last_seq: _s2, acked: _a2, usage: _u2, ...two } = after;
  return (Object.keys(two) as (keyof typeof two)[]).some((key) => one[key] !== two[key]);
}
