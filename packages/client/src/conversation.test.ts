import type { DurableEvent, LivePayload } from '@ai-sessions/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyItem, dismissPrompt } from './conversation.ts';
import { type Conversation, emptyConversation, entryOf, rootThread, threadOf } from './conversation-state.ts';
import type { SessionItem } from './session-item.ts';
import { liveFrame, type LogFrame, SessionLog, sessionFrames, success } from './session-log.fixture.ts';

type Delta = LivePayload<'assistant_delta'>;

const asEvent = (event: DurableEvent): SessionItem => ({ type: 'event', event });
const asLive = (frame: ReturnType<typeof liveFrame>): SessionItem => ({ type: 'live', frame }) as SessionItem;
const asDelta = (payload: Delta, parent?: string): SessionItem => asLive(liveFrame('assistant_delta', payload, parent));
const apply = (items: readonly SessionItem[], from: Conversation = emptyConversation) => items.reduce(applyItem, from);
const applyLog = (log: SessionLog, from?: Conversation) => apply(log.events.map(asEvent), from);
const kinds = (state: Conversation, thread = rootThread) => [...threadOf(state, thread)].map((entry) => entry.kind);

const idle: LivePayload<'session_status'> = {
  status: 'running',
  activity: 'idle',
  last_seq: 0,
  pending_approvals: [],
  pending_questions: [],
  queue: [],
};

describe('blocks in flight', () => {
  const table: [name: string, deltas: [offset: number, text: string][], text: string | undefined][] = [
    ['in order', [[0, 'ab'], [2, 'cd']], 'abcd'],
    ['repeated', [[0, 'ab'], [0, 'ab'], [2, 'cd'], [2, 'cd']], 'abcd'],
    ['overlapping', [[0, 'abc'], [1, 'bcde']], 'abcde'],
    ['a snapshot shorter than what is here', [[0, 'abcdef'], [0, 'abc']], 'abcdef'],
    ['a snapshot longer than what is here', [[0, 'ab'], [0, 'abcdef']], 'abcdef'],
    ['a gap: waits', [[0, 'ab'], [4, 'ef']], 'ab'],
    ['a gap healed by a snapshot', [[0, 'ab'], [4, 'ef'], [0, 'abcdef'], [6, 'g']], 'abcdefg'],
    ['without a beginning', [[3, 'def']], undefined],
    ['UTF-16 units', [[0, '😀'], [2, '!']], '😀!'],
  ]; // prettier-ignore
  test.each(table)('%s', (_, deltas, text) => {
    const state = apply(deltas.map(([offset, chunk]) => asDelta({ message_id: 'm', index: 0, offset, text: chunk })));
    expect(state.inFlight[0]?.text).toBe(text);
  });

  test('the durable block takes the place of the block in flight, under the same key', () => {
    const log = new SessionLog();
    const flying = apply([asDelta({ message_id: 'm', index: 0, offset: 0, thinking: 'Hm' })]);
    log.add('assistant', { message_id: 'm', model: 'x', content: [{ type: 'thinking', thinking: 'Hmm.' }] });
    const state = applyLog(log, flying);
    expect(state.inFlight).toEqual([]);
    expect([...threadOf(state, rootThread)]).toMatchObject([{ kind: 'thinking', text: 'Hmm.', key: flying.inFlight[0]?.key }]);
  });

  test('a late delta of a durable block changes nothing at all', () => {
    const log = new SessionLog();
    log.add('assistant', { message_id: 'm', model: 'x', content: [{ type: 'text', text: 'abc' }] });
    const state = applyLog(log);
    expect(applyItem(state, asDelta({ message_id: 'm', index: 0, offset: 0, text: 'abc' }))).toBe(state);
  });

  test('a message that was begun anew is dropped, in its own thread only', () => {
    const log = new SessionLog();
    const flying = apply([
      asDelta({ message_id: 'old', index: 0, offset: 0, text: 'x' }),
      asDelta({ message_id: 'child', index: 0, offset: 0, text: 'y' }, 'tool'),
      asDelta({ message_id: 'new', index: 0, offset: 0, text: 'z' }),
    ]);
    log.add('assistant', { message_id: 'new', model: 'x', content: [{ type: 'text', text: 'z' }] });
    expect(applyLog(log, flying).inFlight.map((block) => block.messageId)).toEqual(['child']);
  });

  test('a delta costs nothing of the rest: every entry and thread stays the same object', () => {
    const log = new SessionLog();
    for (let n = 0; n < 100; n++) log.add('assistant', { message_id: `m${n}`, model: 'x', content: [{ type: 'text', text: 't' }] });
    const before = applyLog(log);
    const after = applyItem(before, asDelta({ message_id: 'next', index: 0, offset: 0, text: 'a' }));
    expect(after.threads).toBe(before.threads);
    expect(after.places).toBe(before.places);
  });
});

describe('tool calls', () => {
  const call = { id: 'toolu_1', name: 'Bash', input: { command: 'ls' } };

  test('the call, its approval and its result are one entry, whatever comes first', () => {
    const log = new SessionLog();
    log.add('tool_approval_request', { tool_use_id: call.id, tool_name: 'Bash', tool_input: call.input, suggested_pattern: 'Bash(ls:*)' });
    const waiting = applyLog(log);
    expect(waiting.openApprovals.map((open) => open.suggested_pattern)).toEqual(['Bash(ls:*)']);
    expect(waiting.activity).toBe('waiting');
    log.add('assistant', { message_id: 'm', model: 'x', content: [{ type: 'tool_use', ...call }] });
    log.add('tool_use', call);
    log.add('tool_approval_resolved', { tool_use_id: call.id, approved: true, by: 'rule' });
    log.add('tool_result', { tool_use_id: call.id, content: 'a.txt', is_error: false });
    const state = applyLog(log);
    expect(kinds(state)).toEqual(['tool']);
    expect(entryOf(state, 'tool:toolu_1')).toMatchObject({
      input: { command: 'ls' },
      approval: { status: 'approved', by: 'rule' },
      result: { content: 'a.txt', isError: false },
    });
    expect([state.openApprovals, state.openTools]).toEqual([[], []]);
  });

  test('what a subagent does stands in the thread of its call', () => {
    const log = new SessionLog();
    log.add('tool_use', { id: 'agent', name: 'Agent', input: { prompt: 'look' } });
    log.add('user', { content: [{ type: 'text', text: 'look' }] }, 'agent');
    log.add('tool_use', call, 'agent');
    log.add('tool_approval_request', { tool_use_id: call.id, tool_name: 'Bash', tool_input: {} }, 'agent');
    const state = applyLog(log);
    expect(kinds(state)).toEqual(['tool']);
    expect(kinds(state, 'agent')).toEqual(['note', 'tool']);
    expect(state.openApprovals[0]?.parent_tool_use_id).toBe('agent');
  });

  test('a call that got no result when its turn ended is marked, and one of a background agent is not', () => {
    const log = new SessionLog();
    log.add('tool_use', call);
    log.add('tool_use', { ...call, id: 'inner' }, 'agent');
    log.add('result', { ...success, subtype: 'error_max_budget_usd', is_error: true, success: false });
    const state = applyLog(log);
    expect(entryOf(state, 'tool:toolu_1')).toMatchObject({ unfinished: true });
    expect(state.openTools).toEqual(['inner']);
  });
});

describe('prompts', () => {
  test('sent, queued, started, completed', () => {
    const log = new SessionLog();
    let state = apply([{ type: 'prompt_sent', client_msg_id: 'c1', text: 'hello' }]);
    expect(state.outgoing).toEqual([{ client_msg_id: 'c1', text: 'hello' }]);
    log.add('prompt_status', { prompt_id: 'pmt_1', client_msg_id: 'c1', status: 'queued', text: 'hello' });
    state = applyLog(log, state);
    expect([state.outgoing, state.queue.length]).toEqual([[], 1]);
    log.add('prompt_status', { prompt_id: 'pmt_1', status: 'started' });
    log.add('user', { prompt_id: 'pmt_1', content: [{ type: 'text', text: 'hello' }] });
    state = applyLog(log, state);
    expect([state.queue.length, state.activity, state.turn?.promptId]).toEqual([0, 'working', 'pmt_1']);
    expect([...threadOf(state, rootThread)]).toMatchObject([{ kind: 'prompt', text: 'hello', status: 'started' }]);
    log.add('result', success);
    log.add('prompt_status', { prompt_id: 'pmt_1', status: 'completed' });
    state = applyLog(log, state);
    expect([state.activity, state.turn, kinds(state)]).toEqual(['idle', undefined, ['prompt', 'result']]);
    expect(entryOf(state, 'prompt:pmt_1')).toMatchObject({ status: 'completed' });
  });

  test('refused, then dismissed', () => {
    const refused = apply([
      { type: 'prompt_sent', client_msg_id: 'c1', text: 'hello' },
      { type: 'prompt_refused', client_msg_id: 'c1', error: { code: 'budget_exhausted', message: 'Spent.' } },
    ]);
    expect(refused.outgoing[0]?.refused?.code).toBe('budget_exhausted');
    expect(dismissPrompt(refused, 'c1').outgoing).toEqual([]);
  });
});

describe('errors', () => {
  const error = (client_msg_id?: string) =>
    asLive(
      liveFrame('error', { code: 'invalid_message', message: 'Not a pattern.', ...(client_msg_id === undefined ? {} : { client_msg_id }) }),
    );

  test('one that names a prompt is that prompt’s; another is kept until the next', () => {
    expect(apply([error('c1')]).lastError).toBeUndefined();
    expect(apply([error()]).lastError?.message).toBe('Not a pattern.');
  });
});

describe('system events', () => {
  test('init is kept, not shown; of a row of retries the newest is shown; what has no message is not', () => {
    const log = new SessionLog();
    log.add('system', { subtype: 'init', model: 'opus', message: 'started' });
    log.add('system', { subtype: 'api_retry', message: 'Retry 1' });
    log.add('system', { subtype: 'api_retry', message: 'Retry 2' });
    log.add('system', { subtype: 'mcp_status' });
    const state = applyLog(log);
    expect(state.init).toMatchObject({ model: 'opus' });
    expect([...threadOf(state, rootThread)]).toMatchObject([{ kind: 'system', message: 'Retry 2', key: 'seq:2' }]);
  });
});

describe('session_status', () => {
  const approval = { tool_use_id: 't', tool_name: 'Bash', tool_input: {}, expires_at: '2026-11-23T10:05:00.000Z' };
  const status = (change: Partial<typeof idle>) => asLive(liveFrame('session_status', { ...idle, ...change }));

  test('is ignored when it is older than the events', () => {
    const log = new SessionLog();
    log.add('prompt_status', { prompt_id: 'pmt_1', status: 'started', text: 'x' });
    const state = applyLog(log);
    expect(applyItem(state, status({ last_seq: 0 }))).toBe(state);
  });

  test('of the same age gives its lists; a newer one leaves them to the events to come', () => {
    expect(apply([status({ activity: 'waiting', pending_approvals: [approval] })]).openApprovals).toEqual([approval]);
    const newer = apply([status({ last_seq: 5, activity: 'waiting', pending_approvals: [approval] })]);
    expect([newer.activity, newer.openApprovals]).toEqual(['waiting', []]);
  });

  test('of an idle session clears what was in flight', () => {
    expect(apply([asDelta({ message_id: 'm', index: 0, offset: 0, text: 'a' }), status({})]).inFlight).toEqual([]);
  });
});

describe('any way the frames come', () => {
  /** What a cut leaves: how many frames a connection lives, and how far before the last seen event the next one begins. */
  const cuts = fc.array(fc.record({ life: fc.integer({ min: 1, max: 40 }), overlap: fc.nat({ max: 5 }), twice: fc.boolean() }), {
    maxLength: 12,
  });

  test('the conversation at the end is the same, with every event in it once', () => {
    fc.assert(
      fc.property(sessionFrames, cuts, (frames, connections) => {
        const plain = apply(frames.map(itemOf));
        let state = emptyConversation;
        for (const { life, overlap, twice } of [...connections, { life: Infinity, overlap: 0, twice: false }]) {
          const start = Math.max(0, frames.findIndex((frame) => 'event' in frame && frame.event.seq > state.lastSeq) - overlap);
          const delivered = state.lastSeq === plain.lastSeq ? [] : frames.slice(start, start + life);
          for (const frame of delivered) {
            if ('event' in frame && frame.event.seq > state.lastSeq + 1) continue;
            state = applyItem(state, itemOf(frame));
            if (twice) state = applyItem(state, itemOf(frame));
          }
        }
        expect(picture(state)).toEqual(picture(plain));
      }),
      { numRuns: 200 },
    );
  });

  test('holds 20,000 events and as many deltas, and a fork of an earlier state is not disturbed', () => {
    const log = new SessionLog();
    let state = emptyConversation;
    let middle = emptyConversation;
    for (let n = 0; n < 10_000; n++) {
      state = applyItem(state, asDelta({ message_id: `m${n}`, index: 0, offset: 0, text: 'a' }));
      state = applyItem(state, asDelta({ message_id: `m${n}`, index: 0, offset: 1, text: 'b' }));
      const tool = { type: 'tool_use', id: `t${n}`, name: 'Bash', input: {} };
      state = applyItem(state, asEvent(log.add('assistant', { message_id: `m${n}`, model: 'x', content: [tool] })));
      state = applyItem(state, asEvent(log.add('tool_result', { tool_use_id: `t${n}`, content: 'ok', is_error: false })));
      if (n === 5000) middle = state;
    }
    expect([threadOf(state, rootThread).size, state.lastSeq]).toEqual([10_000, 20_000]);
    const fork = applyItem(middle, asEvent({ ...(log.events[10_002] as DurableEvent) }));
    expect([threadOf(middle, rootThread).size, threadOf(fork, rootThread).size]).toEqual([5001, 5002]);
    expect(threadOf(middle, rootThread).at(5001)).toBeUndefined();
  });
});

function itemOf(frame: LogFrame): SessionItem {
  return 'event' in frame ? asEvent(frame.event) : asLive(frame.delta);
}

function picture(state: Conversation): unknown {
  const { threads: _threads, places: _places, blockCounts: _counts, ...plain } = state;
  const root = [...threadOf(state, rootThread)];
  const nested = root.map((entry) => (entry.kind === 'tool' ? [...threadOf(state, entry.id)] : []));
  return { ...plain, root, nested };
}
