/** The schema, one entry a version, never edited once released. `PRAGMA user_version` says how many have run. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE users (
    id TEXT PRIMARY KEY, email TEXT NOT NULL, registered_at TEXT NOT NULL, data_key TEXT NOT NULL
  ) STRICT;

  CREATE TABLE credentials (
    user_id TEXT PRIMARY KEY, type TEXT NOT NULL, sealed TEXT NOT NULL, created_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE profiles (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, is_default INTEGER NOT NULL,
    settings TEXT NOT NULL, secrets TEXT, version INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX profiles_of_user ON profiles (user_id, created_at, id);
  CREATE UNIQUE INDEX one_default_profile ON profiles (user_id) WHERE is_default = 1;

  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL, status TEXT NOT NULL, created_at TEXT NOT NULL, runner_id TEXT,
    incarnation TEXT NOT NULL, deadline TEXT, last_seq INTEGER NOT NULL, acked INTEGER NOT NULL, usage TEXT NOT NULL,
    idempotency_key TEXT, secrets TEXT, doc TEXT NOT NULL
  ) STRICT;
  CREATE INDEX sessions_of_user ON sessions (user_id, created_at DESC, id DESC);
  CREATE INDEX live_sessions ON sessions (user_id) WHERE status IN ('pending', 'running');
  CREATE INDEX session_deadlines ON sessions (deadline) WHERE deadline IS NOT NULL;
  CREATE INDEX session_idempotency ON sessions (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

  CREATE TABLE events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, envelope TEXT NOT NULL) STRICT;
  CREATE UNIQUE INDEX event_order ON events (session_id, seq);

  CREATE TABLE client_messages (
    session_id TEXT NOT NULL, client_msg_id TEXT NOT NULL, prompt_id TEXT NOT NULL, PRIMARY KEY (session_id, client_msg_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE sign_in_codes (hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, email TEXT NOT NULL, expires_at TEXT NOT NULL) STRICT;
  CREATE TABLE refresh_tokens (hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, email TEXT NOT NULL, expires_at TEXT NOT NULL) STRICT;
  CREATE INDEX refresh_tokens_of_user ON refresh_tokens (user_id);
  `,
  `
  CREATE TABLE uploads (
    id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, name TEXT NOT NULL, content_type TEXT NOT NULL,
    size INTEGER NOT NULL, path TEXT, created_at TEXT NOT NULL, expires_at TEXT NOT NULL, purge_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX uploads_of_session ON uploads (session_id);
  CREATE INDEX expired_uploads ON uploads (purge_at);
  `,
  `
  CREATE TABLE usage_days (
    user_id TEXT NOT NULL, day TEXT NOT NULL, session_id TEXT NOT NULL, model TEXT NOT NULL, model_calls INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cache_read_input_tokens INTEGER NOT NULL,
    cache_creation_input_tokens INTEGER NOT NULL, total_cost_usd REAL NOT NULL, PRIMARY KEY (user_id, day, session_id, model)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX usage_of_session ON usage_days (session_id);
  `,
  // Sessions of before know no time of opening: it is when they came to be where they are.
  `
  CREATE TABLE open_asks (
    user_id TEXT NOT NULL, opened_at TEXT NOT NULL, session_id TEXT NOT NULL, ask_id TEXT NOT NULL,
    PRIMARY KEY (user_id, opened_at, session_id, ask_id)
  ) STRICT, WITHOUT ROWID;
  UPDATE sessions SET doc = json_set(
    doc, '$.asks', (SELECT json_group_array(json_set(value, '$.opened_at', doc ->> 'incarnation_since')) FROM json_each(doc, '$.asks')),
    '$.recently_resolved',
    (SELECT json_group_array(json_set(value, '$.at', doc ->> 'incarnation_since')) FROM json_each(doc, '$.recently_resolved'))
  );
  INSERT INTO open_asks SELECT user_id, doc ->> 'incarnation_since', sessions.id, value ->> 'id' FROM sessions, json_each(doc, '$.asks');
  `,
  // Profiles and sessions of before have no policy of their own.
  `
  UPDATE profiles SET settings = json_set(settings, '$.network', NULL);
  UPDATE sessions SET doc = json_set(doc, '$.settings.network', NULL);
  `,
  `
  UPDATE sessions SET doc = json_set(
    doc, '$.uptime', json_object('active_ms', 0, 'hibernated_ms', 0, 'since', doc ->> 'incarnation_since')
  );
  CREATE INDEX awake_sessions ON sessions (runner_id) WHERE incarnation <> 'none';
  `,
  `
  CREATE TABLE audit (
    n INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, at TEXT NOT NULL, action TEXT NOT NULL, subject TEXT, detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_of_user ON audit (user_id, n);
  CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit is only added to'); END;
  CREATE TRIGGER audit_goes_with_its_user BEFORE DELETE ON audit WHEN EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)
    BEGIN SELECT raise(ABORT, 'the audit is only added to'); END;
  `,
  // The search by name reads this index alone, not the documents.
  `
  ALTER TABLE sessions ADD COLUMN name_folded TEXT GENERATED ALWAYS AS (lower(doc ->> 'name')) VIRTUAL;
  CREATE INDEX session_names ON sessions (user_id, created_at DESC, id DESC, name_folded, status);
  `,
  // Sessions that are gone, and whose events are deleted by and by.
  `
  CREATE TABLE expired_sessions (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE INDEX ended_sessions ON sessions (doc ->> 'terminated_at') WHERE status IN ('terminated', 'failed');
  `,
  `
  CREATE TABLE egress (
    session_id TEXT NOT NULL, number INTEGER NOT NULL, key TEXT NOT NULL, row TEXT NOT NULL, PRIMARY KEY (session_id, number)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX egress_keys ON egress (session_id, key);
  `,
  `
  CREATE INDEX denied_egress ON egress (session_id, number) WHERE row ->> 'verdict' = 'denied';
  `,
];
