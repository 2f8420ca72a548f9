import type { UsageSum } from '@ai-sessions/protocol';
import type { Command } from '../../domain/session-state.ts';
import type { UsageStore } from '../store.ts';
import type { Database } from './database.ts';
import type { Procedures } from './procedures.ts';

/** Stands for the sessions whose records are deleted. */
const forgotten = '';

const counted = [
  'model_calls',
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'total_cost_usd',
];
const columns = `user_id, day, session_id, model, ${counted.join(', ')}`;
const sums = counted.map((name) => `sum(${name}) AS ${name}`).join(', ');
const added = counted.map((name) => `${name} = ${name} + excluded.${name}`).join(', ');
const between = 'FROM usage_days WHERE user_id = ? AND day BETWEEN ? AND ?';

export function usageProcedures(database: Database): Procedures<UsageStore> {
  return {
    reads: new Set(['report', 'spentOn']),
    methods: {
      report: (userId, from, to, maxSessions) => ({
        days: database.all<UsageSum & { day: string }>(`SELECT day, ${sums} ${between} GROUP BY day ORDER BY day`, userId, from, to),
        models: database.all<UsageSum & { model: string }>(
          `SELECT model, ${sums} ${between} GROUP BY model ORDER BY total_cost_usd DESC, model`,
          userId,
          from,
          to,
        ),
        sessions: database.all<UsageSum & { session_id: string | null }>(
          `SELECT nullif(session_id, '${forgotten}') AS session_id, ${sums} ${between}
           GROUP BY session_id ORDER BY total_cost_usd DESC, session_id LIMIT ?`,
          userId,
          from,
          to,
          maxSessions,
        ),
      }),
      spentOn: (userId, day) =>
        database.first<{ spent: number | null }>(
          'SELECT sum(total_cost_usd) AS spent FROM usage_days WHERE user_id = ? AND day = ?',
          userId,
          day,
        )?.spent ?? 0,
    },
  };
}

/** Books what a model call used on its user's day. `at` is RFC 3339 in UTC. */
export function bookUsage(
  database: Database,
  owner: { readonly userId: string; readonly sessionId: string },
  command: Extract<Command, { kind: 'usage' }>,
  at: string,
): void {
  const { usage } = command;
  database.run(
    `INSERT INTO usage_days (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${added}`,
    owner.userId,
    at.slice(0, 10),
    owner.sessionId,
    command.model,
    command.newCall ? 1 : 0,
    usage.input_tokens,
    usage.output_tokens,
    usage.cache_read_input_tokens,
    usage.cache_creation_input_tokens,
    usage.total_cost_usd,
  );
}

/** Keeps what a session used, without saying that it was this session. */
export function forgetUsageOf(database: Database, sessionId: string): void {
  database.run(
    `INSERT INTO usage_days (${columns}) SELECT user_id, day, '${forgotten}', model, ${counted.join(', ')} FROM usage_days
     WHERE session_id = ? ON CONFLICT DO UPDATE SET ${added}`,
    sessionId,
  );
  database.run('DELETE FROM usage_days WHERE session_id = ?', sessionId);
}
