export { ApiCallError, NetworkError } from './api-call-error.ts';
export {
  type CallInput,
  type CallReply,
  type Client,
  type ClientOptions,
  createClient,
  type TokenSource,
  type WebSocketConstructor,
} from './client.ts';
export { applyItem, dismissPrompt } from './conversation.ts';
export type * from './conversation-entry.ts';
export {
  type Conversation,
  emptyConversation,
  entryOf,
  type InFlightBlock,
  type OutgoingPrompt,
  rootThread,
  threadOf,
} from './conversation-state.ts';
export { openSession, type OpenSessionOptions, SessionStream } from './open-session.ts';
export { PersistentList } from './persistent-list.ts';
export type { Connection, LostReason, SessionItem } from './session-item.ts';
export { type Task, type TaskList, tasksOfTodos } from './task-list.ts';
