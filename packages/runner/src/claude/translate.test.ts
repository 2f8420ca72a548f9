import { readFileSync } from 'node:fs';
import { report as reportSchema } from '@ai-sessions/protocol';
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import { describe, expect, it } from 'vitest';
import { type Translated, Translator } from './translate.ts';

/** Frames of Claude Code 2.1.330: thinking, text and a Bash call, then a subagent, then a last word. */
const recorded = readFileSync(new URL('fixtures/turn.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as SDKMessage);

const message = (fields: object) => ({ uuid: 'u', session_id: 's', parent_tool_use_id: null, ...fields }) as unknown as SDKMessage;
const stream = (event: object, parent: string | null = null) => message({ type: 'stream_event', event, parent_tool_use_id: parent });
const start = (id: string) => stream({ type: 'message_start', message: { id } });
const block = (index: number, type = 'text') => stream({ type: 'content_block_start', index, content_block: { type } });
const text = (index: number, part: string) => stream({ type: 'content_block_delta', index, delta: { type: 'text_delta', text: part } });

const translateAll = (messages: readonly SDKMessage[], translator = new Translator()) =>
  messages.flatMap((one) => translator.translate(one));
const reports = (all: readonly Translated[]) => all.flatMap((one) => (one.kind === 'report' ? [one.report] : []));
const deltas = (all: readonly Translated[]) => all.flatMap((one) => (one.kind === 'live' ? [one.live.payload] : []));

describe('a recorded turn', () => {
  const all = translateAll(recorded);

  it('becomes reports in the order of the frames, each of the protocol', () => {
    const told = reports(all).map((one) => (one.kind === 'event' ? (one.type === 'system' ? one.payload.subtype : one.type) : one.kind));
    const turn = [
      'init',
      'assistant',
      'assistant',
      'assistant',
      'tool_use',
      'tool_result',
      'assistant',
      'tool_use',
      'task_started',
      'user',
      'task_ended',
      'tool_result',
      'assistant',
    ];
    expect(told).toEqual(turn);
    for (const one of reports(all)) expect(reportSchema.safeParse(one).error).toBeUndefined();
  });

  it('tells the nth block of a message by the nth report of its id, as its deltas count them', () => {
    const blocks = new Map<string, unknown[]>();
    for (const one of reports(all)) {
      if (one.kind !== 'event' || one.type !== 'assistant') continue;
      blocks.set(one.payload.message_id, [...(blocks.get(one.payload.message_id) ?? []), ...one.payload.content]);
    }
    const typed = new Map<string, string>();
    for (const { message_id, index, offset, text: part, thinking, partial_json } of deltas(all)) {
      const name = `${message_id}/${index}`;
      expect(typed.get(name)?.length ?? 0).toBe(offset);
      typed.set(name, (typed.get(name) ?? '') + (part ?? thinking ?? partial_json ?? ''));
    }
    for (const [name, so] of typed) {
      const [id = '', index] = name.split('/');
      const whole = blocks.get(id)?.[Number(index)] as { type: string; text?: string; thinking?: string; input?: unknown };
      if (whole.type === 'tool_use') expect(JSON.parse(so)).toEqual(whole.input);
      else expect(so).toBe(whole.text ?? whole.thinking);
    }
    expect(typed.size).toBe(5);
  });

  it("says whose a subagent's messages are", () => {
    const agent = reports(all).findLast((one) => one.kind === 'event' && one.type === 'tool_use');
    const user = reports(all).find((one) => one.kind === 'event' && one.type === 'user');
    expect(user).toMatchObject({ parent_tool_use_id: agent?.kind === 'event' && agent.type === 'tool_use' ? agent.payload.id : '' });
    expect(all).toContainEqual({ kind: 'agent', agentId: expect.any(String), toolUseId: expect.any(String) });
  });

  it('ends with its result and whose it is', () => {
    const result = all.find((one) => one.kind === 'result');
    expect(result).toMatchObject({
      result: { subtype: 'success', result: 'done', summary: 'done', num_turns: 3 },
      promptUuids: [expect.any(String)],
    });
    expect(all.flatMap((one) => (one.kind === 'activity' ? [one.activity] : []))).toEqual([
      'running',
      'requires_action',
      'running',
      'idle',
    ]);
    expect(all.flatMap((one) => (one.kind === 'message_end' ? [[one.usedTools, one.delegated]] : []))).toEqual([
      [true, false],
      [true, true],
      [false, false],
    ]);
  });

  it('is told once where it is repeated', () => {
    const translator = new Translator();
    translateAll(recorded, translator);
    const again = reports(translateAll(recorded, translator)).filter(
      (one) => one.kind === 'event' && (one.type === 'tool_use' || (one.type === 'system' && one.payload.subtype === 'init')),
    );
    expect(again).toEqual([]);
  });
});

describe('Translator', () => {
  it('begins anew when the API call is retried', () => {
    const all = translateAll([start('m1'), block(0), text(0, 'abc'), start('m2'), block(0), text(0, '😀'), text(0, 'x')]);
    expect(deltas(all).map(({ message_id, offset }) => [message_id, offset])).toEqual([
      ['m1', 0],
      ['m2', 0],
      ['m2', 2],
    ]);
  });

  it('drops deltas of nothing, and what it does not know', () => {
    const all = translateAll([
      text(0, 'a'),
      start('m'),
      text(3, 'b'),
      message({ type: 'keep_alive' }),
      message({ type: 'system', subtype: 'commands_changed', commands: [] }),
    ]);
    expect(all).toEqual([]);
  });

  it('gives calls the name they are known by', () => {
    const translator = new Translator((id, name) => (id === 'new' && name !== '' ? 'old' : id === 'new' ? 'old' : id), ['old']);
    const content = [{ type: 'tool_use', id: 'new', name: 'Bash', input: {} }];
    const result = [{ type: 'tool_result', tool_use_id: 'new', content: 'x' }];
    const all = translateAll(
      [message({ type: 'assistant', message: { id: 'm', model: 'x', content } }), message({ type: 'user', message: { content: result } })],
      translator,
    );
    expect(reports(all)).toMatchObject([
      { type: 'assistant', payload: { content: [{ id: 'old' }] } },
      { type: 'tool_result', payload: { tool_use_id: 'old', is_error: false } },
    ]);
  });

  it('cuts long tool results and replaces what is too big', () => {
    const content = [
      {
        type: 'tool_result',
        tool_use_id: 't',
        content: [
          { type: 'text', text: 'y'.repeat(400_000) },
          { type: 'image', source: { data: 'z'.repeat(900_000) } },
        ],
      },
    ];
    const [one] = reports(translateAll([message({ type: 'user', message: { content } })]));
    expect(JSON.stringify(one).length).toBeLessThan(400_000);
    expect(JSON.stringify(one)).toContain('more characters are not shown');
    expect(JSON.stringify(one)).toContain('too big to be shown');
  });

  it.each([
    [
      {
        subtype: 'success',
        is_error: true,
        terminal_reason: 'api_error',
        result: 'API Error: 500 boom · check your inference gateway (127.0.0.1:4242)',
      },
      'error_during_execution',
      /^API Error: 500 boom\. Send/,
    ],
    [
      { subtype: 'success', is_error: true, result: 'Invalid API key · Fix external API key' },
      'error_during_execution',
      /^Invalid API key\. Store a valid/,
    ],
    [
      { subtype: 'error_during_execution', is_error: true, errors: ['[ede_diagnostic] result_type=user'] },
      'error_during_execution',
      /^The turn failed\.$/,
    ],
    [
      { subtype: 'error_max_turns', is_error: true, errors: ['Reached maximum number of turns (3)'] },
      'error_max_turns',
      /maximum number of turns/,
    ],
    [{ subtype: 'error_max_budget_usd', is_error: true, errors: ['Reached maximum budget ($1)'] }, 'error_max_budget_usd', /budget/],
    [
      { subtype: 'error_max_structured_output_retries', is_error: true, errors: ['sk-ant-api03-secret'] },
      'error_during_execution',
      /^sk-ant-\[redacted\]$/,
    ],
  ])('tells the result %o', (fields, subtype, pattern) => {
    const [one] = translateAll([
      message({ type: 'result', usage: { input_tokens: 1, output_tokens: 2 }, num_turns: 1, total_cost_usd: 0.5, ...fields }),
    ]);
    expect(one).toMatchObject({
      kind: 'result',
      result: { subtype, is_error: true, success: false, result: expect.stringMatching(pattern), input_tokens: 1, output_tokens: 2 },
    });
  });

  it('tells people what goes on', () => {
    const all = translateAll([
      message({
        type: 'system',
        subtype: 'api_retry',
        attempt: 1,
        max_retries: 3,
        retry_delay_ms: 540,
        error_status: 529,
        error: 'overloaded',
      }),
      message({ type: 'system', subtype: 'compact_boundary', compact_metadata: { trigger: 'auto', pre_tokens: 100, post_tokens: 10 } }),
      message({ type: 'rate_limit_event', rate_limit_info: { status: 'allowed' } }),
      message({ type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt: 1_800_000_000, rateLimitType: 'five_hour' } }),
    ]);
    const told = reports(all).map((one) =>
      one.kind === 'event' && one.type === 'system' ? [one.payload.subtype, one.payload.message] : [],
    );
    expect(told).toEqual([
      ['api_retry', 'The model could not be reached (HTTP 529). Trying again in 1 s, attempt 1 of 3.'],
      ['compact_boundary', 'The conversation was summarized to make room.'],
      ['rate_limit', 'The usage limit of this Claude account is reached. It resets at 2027-01-15T08:00:00.000Z.'],
    ]);
  });
});
