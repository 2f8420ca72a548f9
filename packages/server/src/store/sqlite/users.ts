import type { UserRow, UserStore } from '../store.ts';
import { insertCredential } from './credentials.ts';
import type { Database } from './database.ts';
import type { Procedures } from './procedures.ts';
import { insertProfile } from './profiles.ts';

export function userProcedures(database: Database, forgetSessions: () => void): Procedures<UserStore> {
  const get = (userId: string) => database.first<UserRow>('SELECT id, email, registered_at, data_key FROM users WHERE id = ?', userId);
  const count = () => database.first<{ n: number }>('SELECT count(*) AS n FROM users')?.n ?? 0;
  return {
    reads: new Set(['get', 'count']),
    methods: {
      register(user, profiles, credential, maxUsers) {
        const known = get(user.id);
        if (known !== null) return { user: known };
        if (maxUsers !== null && count() >= maxUsers) return { refused: 'max_users' };
        database.run(
          'INSERT INTO users (id, email, registered_at, data_key) VALUES (?, ?, ?, ?)',
          user.id,
          user.email,
          user.registered_at,
          user.data_key,
        );
        for (const profile of profiles) insertProfile(database, profile);
        if (credential !== null) insertCredential(database, credential);
        return { user };
      },
      get,
      count,
      remove(userId) {
        const sessions = database.all<{ id: string }>('SELECT id FROM sessions WHERE user_id = ?', userId).map((row) => row.id);
        for (const id of sessions)
          for (const table of ['events', 'client_messages', 'egress']) database.run(`DELETE FROM ${table} WHERE session_id = ?`, id);
        for (const table of ['sessions', 'open_asks', 'usage_days', 'profiles', 'credentials', 'refresh_tokens', 'sign_in_codes'])
          database.run(`DELETE FROM ${table} WHERE user_id = ?`, userId);
        database.run('DELETE FROM users WHERE id = ?', userId);
        database.run('DELETE FROM audit WHERE user_id = ?', userId);
        forgetSessions();
        return sessions;
      },
    },
  };
}
