import type { DurableEvent, EventPayload, SocketError } from '@ai-sessions/protocol';
import type { ApiCallError } from './api-call-error.ts';
import type { ShownFrame } from './parse-frame.ts';

/** Why a session stream is between two connections. */
export type LostReason =
  /** The connection broke or could not be made. */
  | 'connection_lost'
  /** Nothing came for too long, not even the answer to a heartbeat. */
  | 'silent'
  | 'token_expired'
  | 'server_restarting'
  | 'server_error'
  /** The reader here, or the network, did not keep up; what was missed is read again. */
  | 'slow_consumer'
  /** An event is missing; the log is read again from the last good one. */
  | 'hole';

/**
 * How a session stream is connected: connecting → replaying → live; from each of them → reconnecting → replaying …; at last
 * → ended, from which there is no way on.
 */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'replaying' }
  | { readonly state: 'live' }
  | { readonly state: 'reconnecting'; readonly reason: LostReason; readonly attempt: number; readonly retryInMs: number }
  | { readonly state: 'ended'; readonly reason: 'session_ended'; readonly end: EventPayload<'session_end'> | undefined }
  /** The server will not give this session to this user: signed out, not found, somebody else's. */
  | { readonly state: 'ended'; readonly reason: 'refused'; readonly error: ApiCallError }
  | { readonly state: 'ended'; readonly reason: 'closed' };

/** What a session stream gives its reader, in order. */
export type SessionItem =
  /** A durable event: each once, in `seq` order, without holes. */
  | { readonly type: 'event'; readonly event: DurableEvent }
  /** An event of a kind that this client does not know; it has its place in the log. */
  | { readonly type: 'unknown_event'; readonly name: string; readonly seq: number }
  /** A frame that is not stored: deltas, status, errors. May be missing or repeated. */
  | { readonly type: 'live'; readonly frame: ShownFrame }
  /** A prompt was taken for sending; it is repeated until the server has it or refuses it. */
  | { readonly type: 'prompt_sent'; readonly client_msg_id: string; readonly text: string }
  | { readonly type: 'prompt_refused'; readonly client_msg_id: string; readonly error: SocketError }
  | { readonly type: 'connection'; readonly connection: Connection };
