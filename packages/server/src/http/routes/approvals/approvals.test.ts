import { type OpenAsk, type Report, type Session, defaultLimits, routes } from '@ai-sessions/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestApp, startTestApp } from '../../test-app.ts';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp({ config: { limits: { ...defaultLimits, create_session_per_minute: 1000, concurrent_sessions: 1000 } } });
  for (const user of ['ada', 'bob']) {
    await app.call(routes.register, user);
    await app.call(routes.storeApiKey, user, { body: { api_key: 'sk-ant-1' } });
  }
});
afterEach(() => app[Symbol.asyncDispose]());

const bash = (id: string, input: unknown = { command: 'make' }): Report => ({
  kind: 'approval_opened',
  tool_use_id: id,
  tool_name: 'Bash',
  tool_input: input,
  suggested_pattern: 'Bash(make:*)',
});
const question: Report = {
  kind: 'question_opened',
  question_id: 'qst_1',
  tool_use_id: 'toolu_q',
  questions: [{ question: 'Which one?', header: 'Choice', options: [{ label: 'A', description: '' }], multi_select: false }],
};

/** A session of the user that runs and has told these reports. */
async function waiting(user: string, name: string, ...reports: Report[]): Promise<string> {
  const { session } = (await app.call(routes.createSession, user, { body: { name, initial_prompt: 'go' } })).json<{ session: Session }>();
  await app.commands.apply(session.id, { kind: 'assign', runnerId: 'r' });
  await told(session.id, 1, { kind: 'ready', recovered: false }, ...reports);
  return session.id;
}
const told = (sessionId: string, first: number, ...reports: Report[]) =>
  app.commands.apply(sessionId, { kind: 'reports', epoch: 1, first, reports });

async function inbox(user: string, query: Record<string, string> = {}) {
  const reply = await app.call(routes.listApprovals, user, { query });
  expect(reply.statusCode).toBe(200);
  return reply.json<{ approvals: OpenAsk[]; next_cursor: string }>();
}
/** Ids of Ada's open asks by what their session calls them. */
async function idsOf(...names: string[]): Promise<(string | undefined)[]> {
  const { approvals } = await inbox('ada');
  return names.map((name) => approvals.find((one) => (one.kind === 'approval' ? one.tool_use_id : one.question_id) === name)?.id);
}
const answer = (user: string, id: string, body: unknown) => app.call(routes.answerApproval, user, { id, body });
const eventsOf = async (user: string, id: string) =>
  (await app.call(routes.sessionHistory, user, { id })).json<{ messages: { type: string; payload: unknown }[] }>().messages;

describe('the inbox', () => {
  test('holds what is open in all sessions of the user, oldest first, with all that a card needs', async () => {
    const one = await waiting('ada', 'one', bash('toolu_1'));
    const two = await waiting('ada', 'two', question);
    await waiting('ada', 'three');
    await waiting('bob', 'four', bash('toolu_1'));
    const { approvals, next_cursor } = await inbox('ada');
    expect(next_cursor).toBe('');
    expect(approvals).toEqual([
      {
        kind: 'approval',
        id: expect.stringMatching(/^apr_/),
        session_id: one,
        session_name: 'one',
        opened_at: expect.any(String),
        expires_at: expect.any(String),
        tool_use_id: 'toolu_1',
        tool_name: 'Bash',
        tool_input: { command: 'make' },
        suggested_pattern: 'Bash(make:*)',
      },
      {
        kind: 'question',
        id: expect.stringMatching(/^apr_/),
        session_id: two,
        session_name: 'two',
        opened_at: expect.any(String),
        expires_at: expect.any(String),
        question_id: 'qst_1',
        questions: [{ question: 'Which one?', header: 'Choice', options: [{ label: 'A', description: '' }], multi_select: false }],
      },
    ]);
    expect((await inbox('bob')).approvals).toMatchObject([{ session_name: 'four' }]);
  });

  test('pages by cursor, each once, also while earlier ones are answered', async () => {
    const ids = ['toolu_a', 'toolu_b', 'toolu_c', 'toolu_d', 'toolu_e'];
    await waiting('ada', 'many', ...ids.map((id) => bash(id)));
    const first = await inbox('ada', { limit: '2' });
    expect((await answer('ada', first.approvals[1]?.id ?? '', { approved: true })).statusCode).toBe(200);
    const second = await inbox('ada', { limit: '2', cursor: first.next_cursor });
    const third = await inbox('ada', { limit: '2', cursor: second.next_cursor });
    const seen = [first, second, third].flatMap(({ approvals }) => approvals.map((one) => one.kind === 'approval' && one.tool_use_id));
    expect(seen).toEqual(ids);
    expect(third.next_cursor).toBe('');
    expect((await app.call(routes.listApprovals, 'ada', { query: { cursor: 'x' } })).json()).toMatchObject({ error: 'invalid_request' });
  });

  test('a page of large inputs ends early and goes on with the next', async () => {
    const large = { content: 'x'.repeat(1_500_000) };
    await waiting('ada', 'large', bash('toolu_a', large), bash('toolu_b', large), bash('toolu_c', large), bash('toolu_d', large));
    const first = await inbox('ada');
    const second = await inbox('ada', { cursor: first.next_cursor });
    expect([first.approvals.length, second.approvals.length, second.next_cursor]).toEqual([2, 2, '']);
  });

  test('what was answered, interrupted, expired or ended is gone from it', async () => {
    const id = await waiting('ada', 'one', bash('toolu_1'), bash('toolu_2'), bash('toolu_3'));
    await app.commands.apply(id, { kind: 'resolve_approval', id: 'toolu_1', approved: true, scope: 'once' });
    await told(id, 5, { kind: 'approval_settled', tool_use_id: 'toolu_2', approved: false, by: 'interrupted' });
    expect((await inbox('ada')).approvals).toMatchObject([{ tool_use_id: 'toolu_3' }]);
    await app.call(routes.terminateSession, 'ada', { id });
    expect((await inbox('ada')).approvals).toEqual([]);
  });
});

describe('an answer', () => {
  test('of every kind reaches the session as one over a socket does', async () => {
    const id = await waiting('ada', 'one', bash('toolu_1'), bash('toolu_2'), bash('toolu_3'), question);
    const [once, session, refusal, asked] = await idsOf('toolu_1', 'toolu_2', 'toolu_3', 'qst_1');
    const edited = { approved: true, updated_input: { command: 'make -n' } };
    const reply = await answer('ada', once ?? '', edited);
    expect(reply.json()).toEqual({ resolved: true, by: 'user', resolved_at: expect.any(String) });
    const forSession = { approved: true, approval_scope: 'session', approval_pattern: 'Bash(make check:*)' };
    expect((await answer('ada', session ?? '', forSession)).statusCode).toBe(200);
    expect((await answer('ada', refusal ?? '', { approved: false, message: 'Not here.' })).statusCode).toBe(200);
    expect((await answer('ada', asked ?? '', { answers: { Choice: 'A' } })).statusCode).toBe(200);
    const { state } = (await app.ctx.store.sessions.get(id)) ?? {};
    expect(state?.resolutions).toMatchObject([
      { id: 'toolu_1', approved: true, updated_input: { command: 'make -n' } },
      { id: 'toolu_2', approved: true, pattern: 'Bash(make check:*)' },
      { id: 'toolu_3', approved: false, message: 'Not here.' },
      { id: 'qst_1', answers: { 'Which one?': 'A' } },
    ]);
    expect(state?.session_allowed_tools).toEqual(['Bash(make check:*)']);
    const resolved = (await eventsOf('ada', id)).filter(({ type }) => type.endsWith('_resolved'));
    expect(resolved).toHaveLength(4);
  });

  test('409 already_resolved says who was first, and when', async () => {
    const id = await waiting('ada', 'one', bash('toolu_1'), bash('toolu_2'), bash('toolu_3'));
    const [one, two, three] = await idsOf('toolu_1', 'toolu_2', 'toolu_3');
    const { resolved_at } = (await answer('ada', one ?? '', { approved: true })).json<{ resolved_at: string }>();
    await told(id, 5, { kind: 'approval_settled', tool_use_id: 'toolu_2', approved: true, by: 'rule' });
    const second = await answer('ada', one ?? '', { approved: false });
    expect(second.json()).toMatchObject({ error: 'already_resolved', status: 409, resolved_by: 'user', resolved_at });
    expect((await answer('ada', two ?? '', { approved: true })).json()).toMatchObject({ error: 'already_resolved', resolved_by: 'rule' });
    await app.call(routes.terminateSession, 'ada', { id });
    expect((await answer('ada', three ?? '', { approved: true })).json()).toMatchObject({
      error: 'already_resolved',
      resolved_by: 'interrupted',
    });
  });

  test('of two at the same time exactly one counts', async () => {
    const id = await waiting('ada', 'one', bash('toolu_1'));
    const [entry] = (await inbox('ada')).approvals;
    const replies = await Promise.all([true, false, true, false].map((approved) => answer('ada', entry?.id ?? '', { approved })));
    expect(replies.filter((reply) => reply.statusCode === 200)).toHaveLength(1);
    expect(replies.filter((reply) => reply.statusCode === 409)).toHaveLength(3);
    expect((await eventsOf('ada', id)).filter(({ type }) => type === 'tool_approval_resolved')).toHaveLength(1);
  });

  test('404 for an id of nobody, of another user, of a session whose record is gone', async () => {
    await waiting('bob', 'theirs', bash('toolu_1'));
    const [theirs] = (await inbox('bob')).approvals;
    for (const id of [theirs?.id ?? '', 'apr_x', `apr_${Buffer.from('a ses_nobody toolu_1').toString('base64url')}`, 'ses_x'])
      expect((await answer('ada', id, { approved: true })).json(), id).toMatchObject({ error: 'not_found' });
    expect((await inbox('bob')).approvals).toHaveLength(1);
  });

  test('400 for an answer that does not fit', async () => {
    await waiting('ada', 'one', bash('toolu_1'), question);
    const [approval, asked] = await idsOf('toolu_1', 'qst_1');
    const wrong: [string | undefined, unknown][] = [
      [approval, {}],
      [approval, { answers: { Choice: 'A' } }],
      [approval, { approved: true, answers: {} }],
      [approval, { approved: 'yes' }],
      [approval, { approved: true, approval_pattern: 'Bash' }],
      [approval, { approved: true, tool_use_id: 'toolu_1' }],
      [asked, { approved: true }],
      [asked, { answers: { Other: 'A' } }],
      [asked, { answers: { Choice: 'A' }, message: 'x' }],
    ];
    for (const [id, body] of wrong)
      expect((await answer('ada', id ?? '', body)).json(), JSON.stringify(body)).toMatchObject({ error: 'invalid_request' });
    expect((await inbox('ada')).approvals).toHaveLength(2);
  });
});
