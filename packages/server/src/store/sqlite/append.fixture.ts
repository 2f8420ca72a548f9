import { assistantReport, sessionFacts } from '../session.fixture.ts';
import { openSqliteStore } from './sqlite-store.ts';

/** Appends one event after another and prints each seq once it is acknowledged, until it is killed. */
const [, , file = ''] = process.argv;
const store = openSqliteStore({ file });
const context = { now: '2026-01-01T00:00:00.000Z', attended: false, timers: { idle: 0, approval: 0, lifetime: 0, start: 0 } };
if ((await store.sessions.get('ses_1')) === null) {
  await store.sessions.create(sessionFacts('ses_1'), { kind: 'create', initialPrompt: null }, context, {
    maxLive: 10,
    idempotentSince: '',
  });
}
await store.sessions.apply('ses_1', { kind: 'lost', epoch: (await store.sessions.get('ses_1'))?.state.epoch ?? 0 }, context);
await store.sessions.apply('ses_1', { kind: 'assign', runnerId: 'r1' }, context);
for (;;) {
  const state = (await store.sessions.get('ses_1'))?.state;
  const applied = await store.sessions.apply(
    'ses_1',
    { kind: 'reports', epoch: state?.epoch ?? 0, first: (state?.acked ?? 0) + 1, reports: [assistantReport('x'.repeat(500))] },
    context,
  );
  if (applied?.outcome.ok !== true) throw new Error(JSON.stringify(applied?.outcome));
  process.stdout.write(`${applied.state.last_seq}\n`);
}
