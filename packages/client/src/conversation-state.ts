import type {
  Activity,
  EventPayload,
  OpenApproval,
  OpenQuestion,
  QueuedPrompt,
  Result,
  SessionStatus,
  SocketError,
} from '@ai-sessions/protocol';
import type { Entry } from './conversation-entry.ts';
import { PersistentList } from './persistent-list.ts';
import { PersistentMap } from './persistent-map.ts';
import type { Connection } from './session-item.ts';
import type { TaskList } from './task-list.ts';

/** The thread of the conversation itself; each subagent has one under the id of the tool call that started it. */
export const rootThread = '';

/** A block that Claude is writing: what has arrived of it. The durable block with the same key takes its place. */
export interface InFlightBlock {
  readonly key: string;
  readonly thread: string;
  readonly messageId: string;
  readonly kind: 'text' | 'thinking' | 'tool';
  readonly text: string;
}

/** A prompt that was sent from here and that the server has not taken yet. */
export interface OutgoingPrompt {
  readonly client_msg_id: string;
  readonly text: string;
  /** Set when the server refused it; it is not sent again. */
  readonly refused?: SocketError;
}

/** Everything that a screen shows of one session, built from the items of its stream. Immutable; unchanged parts are shared. */
export interface Conversation {
  readonly lastSeq: number;
  readonly connection: Connection;
  /** Undefined until the server has told. */
  readonly status: SessionStatus | undefined;
  readonly activity: Activity | null;
  readonly end: EventPayload<'session_end'> | undefined;
  /** The turn that runs. `promptId` is null for one that Claude Code began by itself. */
  readonly turn: { readonly promptId: string | null; readonly startedAt: string } | undefined;
  readonly lastResult: Result | undefined;
  /** The newest refusal that names none of the prompts sent from here. */
  readonly lastError: SocketError | undefined;
  /** The newest `system` event of subtype `init`: model, mode, tools, as Claude Code tells them. */
  readonly init: EventPayload<'system'> | undefined;
  readonly threads: PersistentMap<PersistentList<Entry>>;
  readonly inFlight: readonly InFlightBlock[];
  /** Prompts that wait for their turn. */
  readonly queue: readonly QueuedPrompt[];
  readonly outgoing: readonly OutgoingPrompt[];
  readonly openApprovals: readonly OpenApproval[];
  readonly openQuestions: readonly OpenQuestion[];
  /** Where an entry stands, by `tool:`, `prompt:` or `question:` and its id. */
  readonly places: PersistentMap<EntryPlace>;
  /** How many durable blocks there are of a message, by message_id. */
  readonly blockCounts: PersistentMap<number>;
  /** Tool calls without a result, by id. */
  readonly openTools: readonly string[];
  /** What Claude has to do, as it has last written it down. */
  readonly tasks: TaskList;
}

export interface EntryPlace {
  readonly thread: string;
  readonly index: number;
}

export const emptyConversation: Conversation = {
  lastSeq: 0,
  connection: { state: 'connecting' },
  status: undefined,
  activity: null,
  end: undefined,
  turn: undefined,
  lastResult: undefined,
  lastError: undefined,
  init: undefined,
  threads: PersistentMap.empty(),
  inFlight: [],
  queue: [],
  outgoing: [],
  openApprovals: [],
  openQuestions: [],
  places: PersistentMap.empty(),
  blockCounts: PersistentMap.empty(),
  openTools: [],
  tasks: [],
};

/** The entries of a thread, oldest first. */
export function threadOf(state: Conversation, thread: string): PersistentList<Entry> {
  return state.threads.get(thread) ?? PersistentList.empty();
}

/** The entry known by `placeKey` (`tool:ID`, `prompt:ID`, `question:ID`), if there is one. */
export function entryOf(state: Conversation, placeKey: string): Entry | undefined {
  const place = state.places.get(placeKey);
  return place === undefined ? undefined : threadOf(state, place.thread).at(place.index);
}

export function append(state: Conversation, thread: string, entry: Entry, placeKey?: string): Conversation {
  const entries = threadOf(state, thread);
  return {
    ...state,
    threads: state.threads.set(thread, entries.push(entry)),
    places: placeKey === undefined ? state.places : state.places.set(placeKey, { thread, index: entries.size }),
  };
}

/** Puts another entry where the one known by `placeKey` stands. */
export function replace(state: Conversation, placeKey: string, entry: Entry): Conversation {
  const place = state.places.get(placeKey);
  if (place === undefined) return state;
  return { ...state, threads: state.threads.set(place.thread, threadOf(state, place.thread).with(place.index, entry)) };
}

/** The list without the items that match, or the very same list if none does. */
export function without<T>(list: readonly T[], matches: (item: T) => boolean): readonly T[] {
  return list.some(matches) ? list.filter((item) => !matches(item)) : list;
}
