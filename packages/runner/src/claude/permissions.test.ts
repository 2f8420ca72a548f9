import type { Report, SessionSpec } from '@ai-sessions/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { Permissions, type PermissionOptions } from './permissions.ts';

describe('Permissions', () => {
  let told: Report[];
  let calls = 0;
  beforeEach(() => {
    told = [];
    calls = 0;
  });

  const make = (overrides: Partial<PermissionOptions> = {}) =>
    new Permissions({
      sessionId: 'ses_1',
      allowed: [],
      denied: [],
      sessionAllowed: [],
      mode: 'acceptEdits',
      pending: [],
      reporter: { report: (report) => void told.push(report) },
      ...overrides,
    });
  const ask = (
    permissions: Permissions,
    tool: string,
    input: Record<string, unknown>,
    id = `toolu_${(calls += 1)}`,
    signal = new AbortController().signal,
  ) => permissions.canUseTool(tool, input, { signal, toolUseID: id, requestId: id });
  const hook = (permissions: Permissions, tool: string, input: unknown) =>
    permissions.preToolUse(
      {
        hook_event_name: 'PreToolUse',
        session_id: '',
        transcript_path: '',
        cwd: '',
        tool_name: tool,
        tool_input: input,
        tool_use_id: 't',
      },
      't',
      { signal: new AbortController().signal },
    );
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
  const command = (line: string) => ({ command: line });

  it('asks once and obeys the first answer', async () => {
    const permissions = make();
    const answer = ask(permissions, 'Bash', command('make it'));
    await settle();
    expect(told).toEqual([
      {
        kind: 'approval_opened',
        tool_use_id: 'toolu_1',
        tool_name: 'Bash',
        tool_input: command('make it'),
        suggested_pattern: expect.any(String),
      },
    ]);
    expect(permissions.waiting).toBe(true);
    permissions.replyApproval({ tool_use_id: 'toolu_1', approved: true });
    permissions.replyApproval({ tool_use_id: 'toolu_1', approved: false });
    expect(await answer).toEqual({ behavior: 'allow', updatedInput: command('make it') });
    expect(permissions.waiting).toBe(false);
    // Kept before Claude Code may run it.
    expect(told.slice(1)).toEqual([{ kind: 'approval_handed_over', tool_use_id: 'toolu_1' }]);
  });

  it('does not let an updated input round a deny rule', async () => {
    const permissions = make({ denied: ['Bash(rm:*)'] });
    const answer = ask(permissions, 'Bash', command('make it'));
    await settle();
    permissions.replyApproval({ tool_use_id: 'toolu_1', approved: true, updated_input: command('rm -rf .') });
    expect(await answer).toMatchObject({ behavior: 'deny', message: expect.stringContaining('Bash(rm:*)') });
    expect(told.some(({ kind }) => kind === 'approval_handed_over')).toBe(false);
  });

  it('settles by a new pattern what it covers', async () => {
    const permissions = make();
    const answers = [
      ask(permissions, 'Bash', command('make one')),
      ask(permissions, 'Bash', command('make two')),
      ask(permissions, 'Bash', command('cargo run')),
    ];
    await settle();
    permissions.replyApproval({ tool_use_id: 'toolu_1', approved: true, pattern: 'Bash(make:*)' });
    expect(await answers[1]).toEqual({ behavior: 'allow', updatedInput: command('make two') });
    expect(told.slice(3)).toEqual([
      { kind: 'approval_handed_over', tool_use_id: 'toolu_1' },
      { kind: 'approval_settled', tool_use_id: 'toolu_2', approved: true, by: 'rule' },
    ]);
    expect(await ask(permissions, 'Bash', command('make three'))).toMatchObject({ behavior: 'allow' });
    permissions.settleAll();
    expect(await answers[2]).toMatchObject({ behavior: 'deny' });
  });

  it('refuses in the hook, in every mode, and says so once', async () => {
    const permissions = make({ mode: 'bypassPermissions', denied: ['WebFetch'] });
    expect(await hook(permissions, 'WebFetch', {})).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
    expect(await hook(permissions, 'WebFetch', {})).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
    expect(told).toMatchObject([{ kind: 'event', type: 'system', payload: { subtype: 'tool_denied', rule: 'WebFetch' } }]);
    expect(await hook(permissions, 'Bash', command('ls'))).toEqual({});
  });

  it('keeps what was asked when the process dies, and claims it for the same call', async () => {
    const permissions = make();
    const abort = new AbortController();
    const lost = ask(permissions, 'Bash', command('make it'), 'old', abort.signal);
    await settle();
    abort.abort();
    expect(await lost).toMatchObject({ behavior: 'deny' });
    permissions.processEnded();
    expect(permissions.isWaiting('old', '', undefined)).toBe(true);
    const again = ask(permissions, 'Bash', command('make it'), 'new');
    await settle();
    expect(permissions.nameOf('new', '', undefined)).toBe('old');
    expect(told).toHaveLength(1);
    permissions.replyApproval({ tool_use_id: 'old', approved: true });
    expect(await again).toMatchObject({ behavior: 'allow' });
  });

  it('keeps an answer that comes before the call is made again', async () => {
    const pending: SessionSpec['pending'] = [{ kind: 'approval', tool_use_id: 'old', tool_name: 'Bash', tool_input: command('make it') }];
    const permissions = make({ pending });
    permissions.replyApproval({ tool_use_id: 'old', approved: false, message: 'No.' });
    expect(await ask(permissions, 'Bash', command('make it'), 'new')).toEqual({ behavior: 'deny', message: 'No.' });
    expect(told).toEqual([]);
  });

  it('gives up what the model no longer wants', async () => {
    const pending: SessionSpec['pending'] = [{ kind: 'approval', tool_use_id: 'old', tool_name: 'Bash', tool_input: command('make it') }];
    const permissions = make({ pending });
    permissions.messageEnded(false);
    expect(told).toEqual([]);
    permissions.nameOf('new', 'Bash', command('make something else'));
    permissions.messageEnded(true);
    expect(told).toEqual([{ kind: 'approval_settled', tool_use_id: 'old', approved: false, by: 'interrupted' }]);
  });

  it('tells two equal calls apart', async () => {
    const pending: SessionSpec['pending'] = ['a', 'b'].map((id) => ({
      kind: 'approval',
      tool_use_id: id,
      tool_name: 'Bash',
      tool_input: command('make it'),
    }));
    const permissions = make({ pending });
    expect(['x', 'y', 'z', 'x'].map((id) => permissions.nameOf(id, 'Bash', command('make it')))).toEqual(['a', 'b', 'z', 'a']);
  });

  it('voids an open request whose call has a result', async () => {
    const permissions = make();
    void ask(permissions, 'Bash', command('make it'));
    await settle();
    permissions.noteTool('toolu_1', undefined, true);
    expect(told.at(-1)).toEqual({ kind: 'approval_settled', tool_use_id: 'toolu_1', approved: false, by: 'interrupted' });
  });

  it('takes answers by text or by header', async () => {
    const permissions = make();
    const questions = [
      { question: 'Which?', header: 'W', options: [{ label: 'A', description: 'a' }], multiSelect: true },
      { question: 'How?', header: 'H', options: [], multiSelect: false },
    ];
    const answer = ask(permissions, 'AskUserQuestion', { questions });
    await settle();
    const [open] = told;
    const id = open?.kind === 'question_opened' ? open.question_id : '';
    expect(id).toMatch(/^qst_/);
    permissions.replyQuestion(id, { 'Which?': 'A, B', H: 'somehow', other: 'x' }, undefined);
    expect(await answer).toEqual({ behavior: 'allow', updatedInput: { questions, answers: { 'Which?': 'A, B', 'How?': 'somehow' } } });
  });

  it('follows modes: a plan that is approved, and those Claude Code changes itself', async () => {
    const permissions = make({ mode: 'plan' });
    expect(await ask(permissions, 'Write', { file_path: '/workspace/a', content: '' })).toMatchObject({ behavior: 'deny' });
    permissions.nameOf('plan', 'ExitPlanMode', { plan: 'Do it.' });
    const answer = ask(permissions, 'ExitPlanMode', {}, 'plan');
    await settle();
    expect(told.at(-1)).toMatchObject({ kind: 'approval_opened', tool_input: { plan: 'Do it.' } });
    permissions.replyApproval({ tool_use_id: 'plan', approved: true });
    await answer;
    expect(told.at(-1)).toEqual({ kind: 'mode_changed', permission_mode: 'acceptEdits' });
    permissions.noteNativeMode('default');
    permissions.noteNativeMode('plan');
    expect(told.at(-1)).toEqual({ kind: 'mode_changed', permission_mode: 'plan' });
    expect(await ask(make(), 'Write', { file_path: '/workspace/a', content: '' })).toMatchObject({ behavior: 'allow' });
  });
});
