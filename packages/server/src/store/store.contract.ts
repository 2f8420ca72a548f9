import { type Report, defaultSettings } from '@ai-sessions/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import type { Command, TransitionContext } from '../domain/session-state.ts';
import { assistantReport, sessionFacts } from './session.fixture.ts';
import type { ProfileRow, Store } from './store.ts';

const timers = { idle: 600_000, approval: 300_000, lifetime: 86_400_000, start: 90_000 };
const at = (second: number) => new Date(Date.parse('2026-01-01T00:00:00.000Z') + second * 1000).toISOString();
const context = (second = 0): TransitionContext => ({ now: at(second), attended: false, timers });
const rules = { maxLive: 3, idempotentSince: at(-86_400) };
const create: Command = { kind: 'create', initialPrompt: null };

function profile(id: string, change: Partial<ProfileRow> = {}): ProfileRow {
  return {
    id,
    user_id: 'usr_1',
    name: id,
    description: '',
    is_default: false,
    settings: defaultSettings,
    secrets: null,
    version: 1,
    created_at: at(0),
    updated_at: at(0),
    ...change,
  };
}

const approval = (id: string): Report => ({ kind: 'approval_opened', tool_use_id: id, tool_name: 'Bash', tool_input: {} });

/** Assigns the session and has its runner open these approvals. */
async function openApprovals(store: Store, id: string, second: number, ...ids: string[]) {
  await store.sessions.apply(id, { kind: 'assign', runnerId: 'r' }, context(second));
  await store.sessions.apply(id, { kind: 'reports', epoch: 1, first: 1, reports: ids.map(approval) }, context(second));
}

/** What every store promises. `open` gives a fresh, empty one. */
export function runStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`${name}: store contract`, () => {
    const opened: Store[] = [];
    const fresh = async () => {
      const store = await open();
      opened.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
    });

    test('answers a ping', async () => {
      await expect((await fresh()).ping()).resolves.toBeUndefined();
    });

    describe('users', () => {
      test('register is idempotent and brings profiles and credential in one step', async () => {
        const store = await fresh();
        const user = { id: 'usr_1', email: 'a@b.c', registered_at: at(0), data_key: 'k' };
        const credential = { user_id: 'usr_1', type: 'demo', sealed: 's', created_at: at(0) } as const;
        const both = await Promise.all(
          [1, 2].map((n) =>
            store.users.register({ ...user, data_key: `k${n}` }, [profile('prf_1', { is_default: true })], credential, null),
          ),
        );
        expect(both[0]).toEqual(both[1]);
        expect(await store.profiles.list('usr_1')).toHaveLength(1);
        expect(await store.credentials.get('usr_1')).toEqual(credential);
      });

      test('no more than maxUsers', async () => {
        const store = await fresh();
        const register = (id: string) => store.users.register({ id, email: id, registered_at: at(0), data_key: 'k' }, [], null, 1);
        expect(await register('usr_1')).toMatchObject({ user: { id: 'usr_1' } });
        expect(await register('usr_2')).toEqual({ refused: 'max_users' });
        expect(await store.users.count()).toBe(1);
        expect(await register('usr_1')).toMatchObject({ user: { id: 'usr_1' } });
      });

      test('remove leaves nothing of the user, and everything of the others', async () => {
        const store = await fresh();
        for (const id of ['usr_1', 'usr_2']) {
          await store.users.register(
            { id, email: id, registered_at: at(0), data_key: 'k' },
            [profile(`prf_${id}`, { user_id: id })],
            { user_id: id, type: 'api_key', sealed: 's', created_at: at(0) },
            null,
          );
          await store.sessions.create(sessionFacts(`ses_${id}`, { userId: id }), create, context(), rules);
          await openApprovals(store, `ses_${id}`, 0, 'toolu_1');
          await store.signIns.putRefresh({ hash: id, user_id: id, email: id, expires_at: at(100) });
        }
        expect(await store.users.remove('usr_1')).toEqual(['ses_usr_1']);
        expect(await store.users.get('usr_1')).toBeNull();
        expect(await store.credentials.get('usr_1')).toBeNull();
        expect(await store.profiles.list('usr_1')).toEqual([]);
        expect(await store.sessions.get('ses_usr_1')).toBeNull();
        expect((await store.log.read('ses_usr_1', 0, 10, 1e6)).envelopes).toEqual([]);
        expect(await store.signIns.getRefresh('usr_1', at(0))).toBeNull();
        expect(await store.sessions.get('ses_usr_2')).not.toBeNull();
        expect((await store.log.read('ses_usr_2', 0, 10, 1e6)).envelopes).toHaveLength(2);
        const open = (userId: string) => store.sessions.openAsks({ userId, limit: 10, after: null });
        expect([(await open('usr_1')).length, (await open('usr_2')).length]).toEqual([0, 1]);
      });
    });

    test('a credential replaces the earlier one and can be removed', async () => {
      const store = await fresh();
      await store.credentials.put({ user_id: 'usr_1', type: 'api_key', sealed: 'a', created_at: at(0) });
      await store.credentials.put({ user_id: 'usr_1', type: 'oauth_token', sealed: 'b', created_at: at(1) });
      expect(await store.credentials.get('usr_1')).toEqual({ user_id: 'usr_1', type: 'oauth_token', sealed: 'b', created_at: at(1) });
      await store.credentials.remove('usr_1');
      expect(await store.credentials.get('usr_1')).toBeNull();
    });

    test('open asks are listed by user, oldest first, from where the last page ended', async () => {
      const store = await fresh();
      for (const id of ['ses_1', 'ses_2', 'ses_3'])
        await store.sessions.create(sessionFacts(id, { userId: id === 'ses_3' ? 'usr_2' : 'usr_1' }), create, context(), rules);
      await openApprovals(store, 'ses_2', 1, 'toolu_b', 'toolu_a');
      await openApprovals(store, 'ses_1', 2, 'toolu_a');
      await openApprovals(store, 'ses_3', 0, 'toolu_a');
      const page = async (limit: number, after: { openedAt: string; sessionId: string; askId: string } | null) =>
        (await store.sessions.openAsks({ userId: 'usr_1', limit, after })).map(({ state, ask }) => [state.id, ask.id, ask.opened_at]);
      const all = [
        ['ses_2', 'toolu_a', at(1)],
        ['ses_2', 'toolu_b', at(1)],
        ['ses_1', 'toolu_a', at(2)],
      ];
      expect(await page(10, null)).toEqual(all);
      expect(await page(2, null)).toEqual(all.slice(0, 2));
      expect(await page(10, { openedAt: at(1), sessionId: 'ses_2', askId: 'toolu_b' })).toEqual(all.slice(2));
      await store.sessions.apply('ses_2', { kind: 'resolve_approval', id: 'toolu_a', approved: true, scope: 'once' }, context(3));
      await store.sessions.apply('ses_1', { kind: 'terminate', reason: 'user_requested' }, context(3));
      expect(await page(10, null)).toEqual([all[1]]);
    });

    describe('profiles', () => {
      test('the limit holds for two at once; the first is the default', async () => {
        const store = await fresh();
        const made = await Promise.all(['prf_1', 'prf_2', 'prf_3'].map((id) => store.profiles.insert(profile(id), 2)));
        expect(made.filter((one) => one === 'limit')).toHaveLength(1);
        expect((await store.profiles.list('usr_1')).filter((one) => one.is_default)).toHaveLength(1);
      });

      test('an update of an older version is refused', async () => {
        const store = await fresh();
        await store.profiles.insert(profile('prf_1'), 10);
        const row = (await store.profiles.get('usr_1', 'prf_1')) ?? profile('none');
        expect(await store.profiles.update({ ...row, name: 'new', settings: { ...row.settings, max_turns: 3 } })).toMatchObject({
          name: 'new',
          version: 2,
          settings: { max_turns: 3 },
        });
        expect(await store.profiles.update({ ...row, name: 'lost' })).toBeNull();
        expect(await store.profiles.update({ ...row, id: 'prf_2' })).toBeNull();
      });

      test('exactly one default, whoever sets it at once; the default is not removed', async () => {
        const store = await fresh();
        for (const id of ['prf_1', 'prf_2', 'prf_3']) await store.profiles.insert(profile(id), 10);
        await Promise.all(['prf_2', 'prf_3', 'prf_1', 'prf_2'].map((id) => store.profiles.setDefault('usr_1', id, at(1))));
        const defaults = (await store.profiles.list('usr_1')).filter((one) => one.is_default);
        expect(defaults).toHaveLength(1);
        expect(await store.profiles.getDefault('usr_1')).toEqual(defaults[0]);
        expect(await store.profiles.remove('usr_1', defaults[0]?.id ?? '')).toBe('default');
        expect(await store.profiles.remove('usr_1', 'prf_none')).toBe('not_found');
        expect(await store.profiles.setDefault('usr_1', 'prf_none', at(1))).toBeNull();
        expect(await store.profiles.remove('usr_2', 'prf_1')).toBe('not_found');
      });
    });

    describe('sessions', () => {
      test('created with its first event, secrets beside it', async () => {
        const store = await fresh();
        const made = await store.sessions.create(sessionFacts('ses_1', { secrets: 'sealed' }), create, context(), rules);
        expect(made).toMatchObject({ created: { firstSeq: 1, outcome: { ok: true } } });
        expect(await store.sessions.get('ses_1')).toMatchObject({ secrets: 'sealed', state: { status: 'pending', last_seq: 1 } });
        expect(await store.sessions.get('ses_2')).toBeNull();
      });

      test('no more live ones than maxLive, also many at once', async () => {
        const store = await fresh();
        const made = await Promise.all(
          Array.from({ length: 8 }, (_, n) => store.sessions.create(sessionFacts(`ses_${n}`), create, context(), rules)),
        );
        expect(made.filter((one) => 'created' in one)).toHaveLength(3);
        expect(made.filter((one) => 'refused' in one)).toHaveLength(5);
        await store.sessions.apply('ses_0', { kind: 'terminate', reason: 'user_requested' }, context());
        expect(await store.sessions.create(sessionFacts('ses_9'), create, context(), rules)).toHaveProperty('created');
        // One that has ended counts no more, however often it is ended, and when its record is gone either.
        for (const _again of [1, 2]) await store.sessions.apply('ses_1', { kind: 'terminate', reason: 'user_requested' }, context());
        await store.sessions.remove('ses_1');
        expect(await store.sessions.create(sessionFacts('ses_10'), create, context(), rules)).toHaveProperty('created');
        expect(await store.sessions.create(sessionFacts('ses_11'), create, context(), rules)).toEqual({ refused: 'limit' });
        expect(await store.sessions.create(sessionFacts('ses_12', { userId: 'usr_2' }), create, context(), rules)).toHaveProperty(
          'created',
        );
      });

      test('an idempotency key gives the earlier session, also two at once, per user and for its time', async () => {
        const store = await fresh();
        const keyed = (id: string, change = {}) =>
          store.sessions.create(sessionFacts(id, { idempotencyKey: 'k', ...change }), create, context(), rules);
        const made = await Promise.all([keyed('ses_1'), keyed('ses_2')]);
        expect(made.filter((one) => 'created' in one)).toHaveLength(1);
        expect(await keyed('ses_3', { userId: 'usr_2' })).toHaveProperty('created');
        const late = await store.sessions.create(sessionFacts('ses_4', { idempotencyKey: 'k', second: 90_000 }), create, context(90_000), {
          ...rules,
          idempotentSince: at(3600),
        });
        expect(late).toHaveProperty('created');
      });

      test('commands append to the log and change the state as one', async () => {
        const store = await fresh();
        await store.sessions.create(sessionFacts('ses_1'), create, context(), rules);
        await store.sessions.apply('ses_1', { kind: 'assign', runnerId: 'r1' }, context(1));
        const applied = await store.sessions.apply(
          'ses_1',
          { kind: 'reports', epoch: 1, first: 1, reports: [{ kind: 'ready', recovered: false }, assistantReport('hé 🙂')] },
          context(2),
        );
        expect(applied).toMatchObject({ state: { status: 'running', acked: 2, last_seq: 2 }, firstSeq: 2 });
        expect(JSON.parse(applied?.envelopes[0] ?? '')).toEqual({
          type: 'assistant',
          payload: { message_id: 'm', model: 'x', content: [{ type: 'text', text: 'hé 🙂' }] },
          seq: 2,
          timestamp: at(2),
          session_id: 'ses_1',
        });
        expect((await store.log.read('ses_1', 0, 10, 1e6)).envelopes.at(-1)).toBe(applied?.envelopes[0]);
        expect(await store.sessions.apply('ses_none', { kind: 'tick' }, context())).toBeNull();
      });

      test('a prompt with a known client id is the known prompt', async () => {
        const store = await fresh();
        await store.sessions.create(sessionFacts('ses_1'), create, context(), rules);
        const send = (promptId: string) =>
          store.sessions.apply('ses_1', { kind: 'prompt', promptId, clientMessageId: 'c', text: 'x' }, context());
        const both = await Promise.all([send('pmt_1'), send('pmt_2')]);
        expect(both.map((one) => one?.outcome)).toEqual([
          { ok: true, promptId: 'pmt_1' },
          { ok: true, promptId: 'pmt_1', repeated: true },
        ]);
        expect(both[1]?.envelopes).toEqual([]);
        await store.sessions.apply('ses_1', { kind: 'terminate', reason: 'user_requested' }, context());
        expect((await send('pmt_3'))?.outcome).toMatchObject({ promptId: 'pmt_1', repeated: true });
      });

      test('seq has no hole and no double under many writers', async () => {
        const store = await fresh();
        await store.sessions.create(sessionFacts('ses_1'), create, context(), rules);
        await Promise.all(
          Array.from({ length: 90 }, (_, n) =>
            store.sessions.apply('ses_1', { kind: 'prompt', promptId: `pmt_${n}`, text: `${n}` }, context()),
          ),
        );
        const { envelopes, lastSeq } = await store.log.read('ses_1', 0, 1000, 1e9);
        expect(envelopes.map((text) => (JSON.parse(text) as { seq: number }).seq)).toEqual(Array.from({ length: 91 }, (_, n) => n + 1));
        expect(lastSeq).toBe(91);
      });

      test('lists newest first, by status, from a cursor', async () => {
        const store = await fresh();
        for (let n = 0; n < 7; n++)
          await store.sessions.create(sessionFacts(`ses_${n}`, { second: n >> 1 }), create, context(n), { ...rules, maxLive: 100 });
        await store.sessions.apply('ses_3', { kind: 'terminate', reason: 'user_requested' }, context(9));
        const list = (change: object) =>
          store.sessions
            .list({ userId: 'usr_1', status: null, search: null, limit: 3, before: null, ...change })
            .then((states) => states.map((state) => state.id));
        expect(await list({})).toEqual(['ses_6', 'ses_5', 'ses_4']);
        expect(await list({ before: { createdAt: at(2), id: 'ses_4' } })).toEqual(['ses_3', 'ses_2', 'ses_1']);
        expect(await list({ status: 'ended' })).toEqual(['ses_3']);
        expect(await list({ status: 'starting', limit: 100 })).toHaveLength(6);
        expect(await list({ userId: 'usr_2' })).toEqual([]);
      });

      test('finds by a part of the name, also after it was changed, or by the id', async () => {
        const store = await fresh();
        for (const id of ['ses_1', 'ses_2', 'ses_3']) await store.sessions.create(sessionFacts(id), create, context(), rules);
        await store.sessions.apply('ses_1', { kind: 'update', name: 'Phishing on FIN-7' }, context());
        await store.sessions.apply('ses_2', { kind: 'update', name: 'Übersicht: 100% of fishing_boats' }, context());
        const find = async (search: string, limit = 10) =>
          (await store.sessions.list({ userId: 'usr_1', status: null, search, limit, before: null })).map((state) => state.id);
        expect(await find('pHiSh')).toEqual(['ses_1']);
        expect((await find('ISHING')).toSorted()).toEqual(['ses_1', 'ses_2']);
        expect(await find('100%')).toEqual(['ses_2']);
        expect(await find('Über')).toEqual(['ses_2']);
        expect(await find('%')).toEqual(['ses_2']);
        expect(await find('ses_3')).toEqual(['ses_3']);
        expect(await find('nothing like it')).toEqual([]);
      });

      test('tells which are due, live, of a runner, and wait for one', async () => {
        const store = await fresh();
        for (const id of ['ses_1', 'ses_2', 'ses_3']) await store.sessions.create(sessionFacts(id), create, context(), rules);
        await store.sessions.apply('ses_1', { kind: 'assign', runnerId: 'r1' }, context());
        await store.sessions.apply('ses_2', { kind: 'terminate', reason: 'user_requested' }, context());
        expect(await store.sessions.live({ runnerId: 'r1' })).toEqual(['ses_1']);
        expect(await store.sessions.live({ unassigned: true })).toEqual(['ses_3']);
        expect(await store.sessions.live({ awake: true })).toEqual(['ses_1', 'ses_3']);
        expect(await store.sessions.due(at(89), 10)).toEqual([]);
        expect((await store.sessions.due(at(90), 10)).toSorted()).toEqual(['ses_1', 'ses_3']);
        expect(await store.sessions.due(at(90), 1)).toHaveLength(1);
        expect((await store.sessions.liveOfUser('usr_1')).toSorted()).toEqual(['ses_1', 'ses_3']);
      });

      test('a removed one is gone with its events and its client ids', async () => {
        const store = await fresh();
        await store.sessions.create(sessionFacts('ses_1'), create, context(), rules);
        await store.sessions.remove('ses_1');
        expect(await store.sessions.get('ses_1')).toBeNull();
        expect(await store.sessions.list({ userId: 'usr_1', status: null, search: null, limit: 10, before: null })).toEqual([]);
        expect((await store.log.read('ses_1', 0, 10, 1e6)).envelopes).toEqual([]);
      });

      test('expires what ended long enough ago, oldest first, in steps; what lives or ended later stays', async () => {
        const store = await fresh();
        for (const id of ['ses_late', 'ses_old', 'ses_live']) {
          await store.sessions.create(sessionFacts(id), create, context(), rules);
          await store.sessions.apply(id, { kind: 'assign', runnerId: 'r1' }, context());
          const reports = ['a', 'b', 'c'].map((text) => assistantReport(text));
          await store.sessions.apply(id, { kind: 'reports', epoch: 1, first: 1, reports }, context());
        }
        const exited = { kind: 'exited' as const, why: 'ended' as const, exit_code: null, error_message: null };
        const ended = { kind: 'reports' as const, epoch: 1, first: 4, reports: [exited] };
        await store.sessions.apply('ses_old', { kind: 'terminate', reason: 'user_requested' }, context(10));
        await store.sessions.apply('ses_old', ended, context(10));
        await store.sessions.apply('ses_late', { kind: 'terminate', reason: 'user_requested' }, context(20));
        await store.sessions.apply('ses_late', ended, context(20));
        expect(await store.sessions.expire(at(10), 2)).toEqual({ removed: null, more: false });
        expect(await store.sessions.expire(at(15), 2)).toEqual({ removed: 'ses_old', more: true });
        expect(await store.sessions.get('ses_old')).toBeNull();
        expect((await store.log.read('ses_old', 0, 100, 1e6)).envelopes.length).toBeGreaterThan(2);
        let steps = 0;
        while ((await store.sessions.expire(at(15), 2)).more) steps++;
        expect(steps).toBeGreaterThan(1);
        expect((await store.log.read('ses_old', 0, 100, 1e6)).envelopes).toEqual([]);
        for (const id of ['ses_late', 'ses_live']) expect((await store.log.read(id, 0, 100, 1e6)).envelopes.length).toBeGreaterThan(2);
      });
    });

    test('the log pages by count and by bytes, but gives at least one', async () => {
      const store = await fresh();
      await store.sessions.create(sessionFacts('ses_1'), create, context(), rules);
      await store.sessions.apply('ses_1', { kind: 'assign', runnerId: 'r1' }, context());
      await store.sessions.apply(
        'ses_1',
        { kind: 'reports', epoch: 1, first: 1, reports: ['a', 'b'.repeat(5000), 'c'].map((text) => assistantReport(text)) },
        context(),
      );
      const count = async (after: number, limit: number, bytes: number) => {
        const page = await store.log.read('ses_1', after, limit, bytes);
        const { json, ...sent } = await store.log.page('ses_1', after, limit, bytes);
        expect(json).toBe(page.envelopes.join(','));
        expect(sent).toEqual({ count: page.envelopes.length, lastSeq: page.lastSeq });
        return [page.envelopes.length, page.lastSeq];
      };
      expect(await count(0, 2, 1e6)).toEqual([2, 2]);
      expect(await count(0, 10, 1000)).toEqual([2, 2]);
      expect(await count(2, 10, 1000)).toEqual([1, 3]);
      expect(await count(4, 10, 1000)).toEqual([0, 4]);
      expect(await store.log.at('ses_1', [4, 9, 1])).toHaveLength(2);
      expect(await store.log.lastSeqs(['ses_1', 'ses_2'])).toEqual([{ id: 'ses_1', seq: 4 }]);
    });

    describe('the audit', () => {
      const row = (action: 'signed_in' | 'signed_out', userId = 'usr_1') => ({
        user_id: userId,
        at: at(1),
        action,
        subject: null,
        detail: '{}',
      });
      const register = (store: Store, id: string) =>
        store.users.register({ id, email: id, registered_at: at(0), data_key: 'k' }, [], null, null);

      test('is read newest first, by pages, each user their own', async () => {
        const store = await fresh();
        for (const id of ['usr_1', 'usr_2']) await register(store, id);
        for (const action of ['signed_in', 'signed_out', 'signed_in'] as const) await store.audit.append(row(action));
        await store.audit.append(row('signed_in', 'usr_2'));
        const first = await store.audit.list({ userId: 'usr_1', limit: 2, before: null });
        expect(first.map(({ action }) => action)).toEqual(['signed_in', 'signed_out']);
        const rest = await store.audit.list({ userId: 'usr_1', limit: 2, before: first[1]?.n ?? 0 });
        expect(rest).toEqual([{ n: expect.any(Number) as number, ...row('signed_in') }]);
      });

      test('takes nothing of one who is not registered, and goes with its user', async () => {
        const store = await fresh();
        await store.audit.append(row('signed_in'));
        expect(await store.audit.list({ userId: 'usr_1', limit: 9, before: null })).toEqual([]);
        await register(store, 'usr_1');
        await store.audit.append(row('signed_in'));
        await store.users.remove('usr_1');
        await register(store, 'usr_1');
        expect(await store.audit.list({ userId: 'usr_1', limit: 9, before: null })).toEqual([]);
      });
    });

    describe('egress', () => {
      const connection = (host: string): Report & { kind: 'egress' } => ({
        kind: 'egress',
        row: 1,
        connection: {
          kind: 'connection',
          at: at(1),
          via: 'sandbox',
          host,
          port: 443,
          address: null,
          verdict: 'denied',
          rule: 'allowlist',
          count: 1,
          bytes_up: null,
          bytes_down: null,
          duration_ms: null,
          error: null,
        },
      });
      const outcome = (row: number, count: number): Report => ({
        kind: 'egress_outcome',
        row,
        outcome: { count, bytes_up: 1, bytes_down: 2, duration_ms: 3, error: null },
      });
      const usage = { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 3, cache_creation_input_tokens: 4, total_cost_usd: 0.5 };
      const call = (callId: string, durationMs: number): Command => ({
        kind: 'usage',
        model: 'opus',
        usage,
        newCall: true,
        callId,
        durationMs,
      });
      const reports = (first: number, ...list: Report[]): Command => ({ kind: 'reports', epoch: 1, first, reports: list });

      async function assigned(id = 'ses_1') {
        const store = await fresh();
        await store.sessions.create(sessionFacts(id), create, context(), rules);
        await store.sessions.apply(id, { kind: 'assign', runnerId: 'r' }, context());
        return store;
      }

      test('a row is written once, however often it is reported, and newest come first', async () => {
        const store = await assigned();
        const [one, two] = [connection('one.test'), { ...connection('two.test'), row: 2 }];
        await store.sessions.apply('ses_1', reports(1, one, two), context());
        await store.sessions.apply('ses_1', reports(1, one, two, outcome(1, 7), outcome(9, 1)), context());
        await store.sessions.apply('ses_1', call('a', 100), context(10));
        await store.sessions.apply('ses_1', call('a', 300), context(11));
        await store.sessions.apply('ses_1', call('b', 5), context(12));
        const rows = await store.egress.list('ses_1', null, 10);
        expect(rows).toEqual([
          expect.objectContaining({ number: 4, kind: 'model_call', duration_ms: 5 }),
          {
            number: 3,
            kind: 'model_call',
            at: at(9.9),
            model: 'opus',
            input_tokens: 2,
            output_tokens: 4,
            cache_read_input_tokens: 6,
            cache_creation_input_tokens: 8,
            cost_usd: 1,
            duration_ms: 300,
          },
          { ...two.connection, number: 2 },
          { ...one.connection, number: 1, count: 7, bytes_up: 1, bytes_down: 2, duration_ms: 3 },
        ]);
        expect((await store.egress.list('ses_1', 4, 2)).map(({ number }) => number)).toEqual([3, 2]);
        expect(await store.egress.list('ses_2', null, 10)).toEqual([]);
      });

      test('what is reported after the end, of a second incarnation, or late is there too, once; of a foreign runner or epoch it is not', async () => {
        const store = await assigned();
        await store.sessions.apply('ses_1', reports(1, connection('one.test')), context());
        await store.sessions.apply('ses_1', { kind: 'lost', epoch: 1 }, context());
        await store.sessions.apply('ses_1', { kind: 'assign', runnerId: 'r' }, context());
        await store.sessions.apply('ses_1', reports(2, connection('stale.test')), context());
        await store.sessions.apply('ses_1', { ...reports(1, connection('two.test')), epoch: 2 } as Command, context());
        await store.sessions.apply('ses_1', { kind: 'terminate', reason: 'user_requested' }, context());
        await store.sessions.apply('ses_1', { ...reports(2, outcome(1, 3)), epoch: 2 } as Command, context());
        // What the first one still had to tell, told twice.
        const late: Report[] = [connection('one.test'), outcome(1, 5), { ...connection('late.test'), row: 2 }];
        for (const _ of [1, 2])
          await store.sessions.apply('ses_1', { kind: 'late_reports', runnerId: 'r', epoch: 1, reports: late }, context());
        await store.sessions.apply(
          'ses_1',
          { kind: 'late_reports', runnerId: 'other', epoch: 1, reports: [connection('forged.test')] },
          context(),
        );
        expect(await store.egress.list('ses_1', null, 10)).toMatchObject([
          { number: 3, host: 'late.test', count: 1 },
          { number: 2, host: 'two.test', count: 3 },
          { number: 1, host: 'one.test', count: 5 },
        ]);
      });

      test('is deleted with the record that expires', async () => {
        const store = await assigned();
        const rows = Array.from({ length: 5 }, (_, index) => ({ ...connection('a.test'), row: index + 1 }));
        await store.sessions.apply('ses_1', reports(1, ...rows), context());
        await store.sessions.apply('ses_1', { kind: 'terminate', reason: 'user_requested' }, context(1));
        while ((await store.sessions.expire(at(2), 2)).more);
        expect(await store.egress.list('ses_1', null, 10)).toEqual([]);
        expect(await store.sessions.expire(at(2), 2)).toEqual({ removed: null, more: false });
      });

      test('goes with its session, and with its user', async () => {
        const store = await assigned();
        await store.sessions.create(sessionFacts('ses_2'), create, context(), rules);
        for (const id of ['ses_1', 'ses_2']) await store.sessions.apply(id, call('a', 1), context());
        await store.sessions.remove('ses_1');
        expect(await store.egress.list('ses_1', null, 10)).toEqual([]);
        expect(await store.egress.list('ses_2', null, 10)).toHaveLength(1);
        await store.users.remove('usr_1');
        expect(await store.egress.list('ses_2', null, 10)).toEqual([]);
      });
    });

    describe('usage', () => {
      const sum = (calls: number, cost: number) => ({
        model_calls: calls,
        input_tokens: calls,
        output_tokens: 2 * calls,
        cache_read_input_tokens: 3 * calls,
        cache_creation_input_tokens: 4 * calls,
        total_cost_usd: cost,
      });
      const call = (model: string, cost: number): Command => {
        const { model_calls: _, ...usage } = sum(1, cost);
        return { kind: 'usage', model, usage, newCall: true, callId: 'one', durationMs: 10 };
      };
      const day = (n: number) => context(n * 86_400);

      test('is booked by day, model and session of its user', async () => {
        const store = await fresh();
        for (const id of ['ses_1', 'ses_2']) await store.sessions.create(sessionFacts(id), create, context(), rules);
        await store.sessions.create(sessionFacts('ses_3', { userId: 'usr_2' }), create, context(), rules);
        await store.sessions.apply('ses_1', call('opus', 1), day(0));
        await store.sessions.apply('ses_1', call('opus', 1), day(1));
        await store.sessions.apply('ses_1', { ...call('haiku', 0.5), newCall: false } as Command, day(1));
        await store.sessions.apply('ses_2', call('haiku', 4), day(1));
        await store.sessions.apply('ses_3', call('opus', 100), day(1));
        expect(await store.usage.report('usr_1', '2026-01-01', '2026-01-02', 10)).toEqual({
          days: [
            { day: '2026-01-01', ...sum(1, 1) },
            { day: '2026-01-02', ...sum(3, 5.5), model_calls: 2 },
          ],
          models: [
            { model: 'haiku', ...sum(2, 4.5), model_calls: 1 },
            { model: 'opus', ...sum(2, 2) },
          ],
          sessions: [
            { session_id: 'ses_2', ...sum(1, 4) },
            { session_id: 'ses_1', ...sum(3, 2.5), model_calls: 2 },
          ],
        });
        expect((await store.usage.report('usr_1', '2026-01-02', '2026-01-02', 1)).sessions).toEqual([
          { session_id: 'ses_2', ...sum(1, 4) },
        ]);
        expect(await store.usage.spentOn('usr_1', '2026-01-02')).toBe(5.5);
        expect(await store.usage.spentOn('usr_1', '2026-01-03')).toBe(0);
      });

      test('outlives the records of its sessions, without their ids, and goes with the user', async () => {
        const store = await fresh();
        for (const id of ['ses_1', 'ses_2']) {
          await store.sessions.create(sessionFacts(id), create, context(), rules);
          await store.sessions.apply(id, call('opus', 1), day(0));
          await store.sessions.remove(id);
        }
        expect((await store.usage.report('usr_1', '2026-01-01', '2026-01-01', 10)).sessions).toEqual([{ session_id: null, ...sum(2, 2) }]);
        await store.users.remove('usr_1');
        expect(await store.usage.spentOn('usr_1', '2026-01-01')).toBe(0);
      });
    });

    test('a sign-in code is taken once, and not after its time', async () => {
      const store = await fresh();
      const row = { hash: 'h', user_id: 'usr_1', email: 'a@b.c', expires_at: at(10) };
      await store.signIns.putCode(row);
      const taken = await Promise.all([1, 2, 3].map(() => store.signIns.takeCode('h', at(5))));
      expect(taken.filter((one) => one !== null)).toEqual([row]);
      await store.signIns.putCode(row);
      expect(await store.signIns.takeCode('h', at(10))).toBeNull();
      await store.signIns.putRefresh(row);
      expect(await store.signIns.getRefresh('h', at(9))).toEqual(row);
      await store.signIns.removeRefresh('h');
      expect(await store.signIns.getRefresh('h', at(9))).toBeNull();
    });
  });
}
