import type { ContentBlock, DurableEvent, EventPayload, EventType } from '@ai-sessions/protocol';
import type { ToolEntry } from './conversation-entry.ts';
import { tasksAfter } from './task-list.ts';
import { append, type Conversation, entryOf, replace, rootThread, threadOf, without } from './conversation-state.ts';

/**
 * The conversation after one durable event. An event that it has already (by `seq`) changes nothing, so that a repeated
 * or overlapping replay is harmless.
 */
export function applyEvent(state: Conversation, event: DurableEvent): Conversation {
  if (event.seq <= state.lastSeq) return state;
  return applyByType({ ...state, lastSeq: event.seq }, event);
}

function applyByType(state: Conversation, event: DurableEvent): Conversation {
  const at: At = { seq: event.seq, at: event.timestamp, thread: event.parent_tool_use_id ?? rootThread };
  switch (event.type) {
    case 'prompt_status':
      return applyPromptStatus(state, event.payload, at);
    case 'assistant':
      return applyAssistant(state, event.payload, at);
    case 'tool_use':
      return withTool(state, event.payload, at);
    case 'tool_result':
      return applyToolResult(state, event.payload, at);
    case 'user':
      return applyUser(state, event.payload, at);
    case 'system':
      return applySystem(state, event.payload, at);
    case 'tool_approval_request':
      return applyApprovalRequest(state, event.payload, at);
    case 'tool_approval_resolved':
      return applyApprovalResolved(state, event.payload);
    case 'ask_user_question':
      return applyQuestion(state, event.payload, at);
    case 'ask_user_question_resolved':
      return applyQuestionResolved(state, event.payload);
    case 'result':
      return applyResult(state, event.payload, at);
    case 'session_end':
      return applySessionEnd(state, event.payload, at);
    default: {
      const unreachable: never = event;
      return unreachable;
    }
  }
}

interface At {
  readonly seq: number;
  readonly at: string;
  readonly thread: string;
}
type Payload<T extends EventType> = EventPayload<T>;
const placed = ({ seq, at }: At, key: string) => ({ key, seq, at });

function applyPromptStatus(state: Conversation, payload: Payload<'prompt_status'>, at: At): Conversation {
  const { prompt_id, client_msg_id } = payload;
  const known = state.queue.find((prompt) => prompt.prompt_id === prompt_id);
  const text = payload.text ?? known?.text ?? '';
  const outgoing =
    client_msg_id === undefined ? state.outgoing : without(state.outgoing, (prompt) => prompt.client_msg_id === client_msg_id);
  const taken = { ...state, outgoing, queue: without(state.queue, (prompt) => prompt.prompt_id === prompt_id) };
  switch (payload.status) {
    case 'queued': {
      const queued = { prompt_id, status: 'queued', text, ...(client_msg_id === undefined ? {} : { client_msg_id }) } as const;
      return { ...taken, queue: [...taken.queue, queued] };
    }
    case 'started':
      return { ...withPrompt(taken, prompt_id, text, 'started', at), turn: { promptId: prompt_id, startedAt: at.at }, activity: 'working' };
    case 'completed':
      return {
        ...withPrompt(taken, prompt_id, text, 'completed', at),
        turn: undefined,
        activity: taken.queue.length > 0 ? 'working' : 'idle',
      };
    case 'cancelled':
      return withPrompt(taken, prompt_id, text, 'cancelled', at);
    default:
      return taken;
  }
}

function withPrompt(
  state: Conversation,
  promptId: string,
  text: string,
  status: 'started' | 'completed' | 'cancelled',
  at: At,
): Conversation {
  const placeKey = `prompt:${promptId}`;
  const entry = entryOf(state, placeKey);
  if (entry?.kind === 'prompt') return replace(state, placeKey, { ...entry, text: text || entry.text, status });
  return append(state, at.thread, { ...placed(at, placeKey), kind: 'prompt', promptId, text, status }, placeKey);
}

function applyAssistant(state: Conversation, payload: Payload<'assistant'>, at: At): Conversation {
  const nth = state.blockCounts.get(payload.message_id) ?? 0;
  const key = `${payload.message_id}:${nth}`;
  // A message that another one has followed in its thread is never finished: the request was made again.
  const inFlight = without(
    state.inFlight,
    (block) => block.key === key || (block.thread === at.thread && block.messageId !== payload.message_id),
  );
  const counted = { ...state, inFlight, blockCounts: state.blockCounts.set(payload.message_id, nth + 1) };
  return payload.content.reduce(
    (next, block, part) => withBlock(next, block, part === 0 ? key : `${key}.${part}`, at),
    counted as Conversation,
  );
}

function withBlock(state: Conversation, block: ContentBlock, key: string, at: At): Conversation {
  if (block.type === 'tool_use' && typeof block.id === 'string') {
    return withTool(state, { id: block.id, name: String(block.name), input: block.input }, at);
  }
  if (block.type === 'text' && typeof block.text === 'string') {
    return append(state, at.thread, { ...placed(at, key), kind: 'text', text: block.text });
  }
  if (block.type === 'thinking' && typeof block.thinking === 'string') {
    return append(state, at.thread, { ...placed(at, key), kind: 'thinking', text: block.thinking });
  }
  return append(state, at.thread, { ...placed(at, key), kind: 'other', block });
}

/** A call is told twice, in the message and as an event of its own, and an approval may be first: one entry for all. */
function withTool(state: Conversation, tool: { id: string; name: string; input?: unknown }, at: At): Conversation {
  const placeKey = `tool:${tool.id}`;
  if (state.places.get(placeKey) !== undefined) return state;
  const entry: ToolEntry = { ...placed(at, placeKey), kind: 'tool', id: tool.id, name: tool.name, input: tool.input };
  return append({ ...state, openTools: [...state.openTools, tool.id] }, at.thread, entry, placeKey);
}

function changeTool(state: Conversation, id: string, change: Partial<ToolEntry>): Conversation {
  const entry = entryOf(state, `tool:${id}`);
  return entry?.kind === 'tool' ? replace(state, `tool:${id}`, { ...entry, ...change }) : state;
}

function applyToolResult(state: Conversation, payload: Payload<'tool_result'>, at: At): Conversation {
  const id = payload.tool_use_id;
  const known = withTool(state, { id, name: '' }, at);
  const { content, is_error: isError, full_output: fullOutput } = payload;
  const result = { content, isError, at: at.at, ...(fullOutput === undefined ? {} : { fullOutput }) };
  const call = entryOf(known, `tool:${id}`);
  const tasks = call?.kind === 'tool' ? tasksAfter(known.tasks, call, result) : undefined;
  const change = { result, unfinished: false, ...(tasks === undefined ? {} : { tasks }) };
  return {
    ...changeTool(known, id, change),
    openTools: without(known.openTools, (open) => open === id),
    tasks: tasks ?? known.tasks,
  };
}

function applyUser(state: Conversation, payload: Payload<'user'>, at: At): Conversation {
  if (payload.prompt_id !== undefined) {
    const text = payload.content.map((block) => (typeof block.text === 'string' ? block.text : '')).join('');
    const entry = entryOf(state, `prompt:${payload.prompt_id}`);
    return entry?.kind === 'prompt' && entry.text !== ''
      ? state
      : withPrompt(state, payload.prompt_id, text, entry?.kind === 'prompt' ? entry.status : 'started', at);
  }
  if (payload.content.every((block) => block.type === 'tool_result')) return state;
  return append(state, at.thread, { ...placed(at, `seq:${at.seq}`), kind: 'note', content: payload.content });
}

/** Said again and again while one thing goes on: the newest stands for all. */
const repeated = new Set(['retry', 'api_retry']);

function applySystem(state: Conversation, payload: Payload<'system'>, at: At): Conversation {
  if (payload.subtype === 'init' && at.thread === rootThread) return { ...state, init: payload };
  if (payload.message === undefined || payload.message === '') return state;
  const entry = { kind: 'system', subtype: payload.subtype, message: payload.message, data: payload } as const;
  const entries = threadOf(state, at.thread);
  const last = entries.at(entries.size - 1);
  if (repeated.has(payload.subtype) && last?.kind === 'system' && last.subtype === payload.subtype) {
    const newest = { ...entry, key: last.key, seq: at.seq, at: at.at };
    return { ...state, threads: state.threads.set(at.thread, entries.with(entries.size - 1, newest)) };
  }
  return append(state, at.thread, { ...entry, ...placed(at, `seq:${at.seq}`) });
}

function applyApprovalRequest(state: Conversation, payload: Payload<'tool_approval_request'>, at: At): Conversation {
  const id = payload.tool_use_id;
  const known = withTool(state, { id, name: payload.tool_name, input: payload.tool_input }, at);
  const open = at.thread === rootThread ? payload : { ...payload, parent_tool_use_id: at.thread };
  return {
    ...changeTool(known, id, { approval: { status: 'pending' } }),
    openApprovals: [...without(known.openApprovals, (other) => other.tool_use_id === id), open],
    activity: 'waiting',
  };
}

function applyApprovalResolved(state: Conversation, payload: Payload<'tool_approval_resolved'>): Conversation {
  const id = payload.tool_use_id;
  const approval = { status: payload.approved ? 'approved' : 'denied', by: payload.by } as const;
  const openApprovals = without(state.openApprovals, (open) => open.tool_use_id === id);
  return answered({ ...changeTool(state, id, { approval }), openApprovals });
}

function applyQuestion(state: Conversation, payload: Payload<'ask_user_question'>, at: At): Conversation {
  const { question_id, questions } = payload;
  const placeKey = `question:${question_id}`;
  const entry = { ...placed(at, placeKey), kind: 'question', questionId: question_id, questions } as const;
  const known = entryOf(state, placeKey);
  const asked = known === undefined ? append(state, at.thread, entry, placeKey) : replace(state, placeKey, entry);
  const openQuestions = [...without(state.openQuestions, (open) => open.question_id === question_id), payload];
  return { ...asked, openQuestions, activity: 'waiting' };
}

function applyQuestionResolved(state: Conversation, payload: Payload<'ask_user_question_resolved'>): Conversation {
  const { question_id, answers, by } = payload;
  const placeKey = `question:${question_id}`;
  const entry = entryOf(state, placeKey);
  const resolution = { by, ...(answers === undefined ? {} : { answers }) };
  const openQuestions = without(state.openQuestions, (open) => open.question_id === question_id);
  return answered({ ...(entry?.kind === 'question' ? replace(state, placeKey, { ...entry, resolution }) : state), openQuestions });
}

function answered(state: Conversation): Conversation {
  const isWaiting = state.openApprovals.length > 0 || state.openQuestions.length > 0;
  return isWaiting || state.activity !== 'waiting' ? state : { ...state, activity: 'working' };
}

function applyResult(state: Conversation, result: Payload<'result'>, at: At): Conversation {
  const settled = settleTools(state, (id) => state.places.get(`tool:${id}`)?.thread === at.thread);
  const ended: Conversation = {
    ...settled,
    lastResult: result,
    turn: undefined,
    activity: 'idle',
    inFlight: without(settled.inFlight, (block) => block.thread === at.thread),
  };
  return append(ended, at.thread, { ...placed(at, `seq:${at.seq}`), kind: 'result', result });
}

function applySessionEnd(state: Conversation, end: Payload<'session_end'>, at: At): Conversation {
  const ended: Conversation = {
    ...settleTools(state, () => true),
    end,
    status: end.status,
    activity: null,
    turn: undefined,
    inFlight: [],
    queue: [],
    openApprovals: [],
    openQuestions: [],
  };
  return append(ended, rootThread, { ...placed(at, `seq:${at.seq}`), kind: 'end', end });
}

function settleTools(state: Conversation, matches: (id: string) => boolean): Conversation {
  const settled = state.openTools.filter(matches).reduce((next, id) => changeTool(next, id, { unfinished: true }), state);
  return { ...settled, openTools: without(state.openTools, matches) };
}
