import { type DurableEvent, eventPayloads, type EventType, livePayloads, type LiveFrame, type LiveFrameType } from '@ai-sessions/protocol';
import { accept, type Schema } from './accept.ts';

/** A frame or event that this client does not know, or of a shape it does not know. With a `seq` it still has its place in the log. */
export interface UnknownFrame {
  readonly type: 'unknown';
  readonly name: string;
  readonly seq: number | undefined;
}

export type HistoryFrame = {
  readonly type: 'history';
  readonly messages: readonly (DurableEvent | UnknownFrame)[];
  readonly more: boolean;
};
export type ShownFrame = Exclude<LiveFrame, { type: 'history' | 'heartbeat' }>;
export type ParsedFrame = DurableEvent | ShownFrame | HistoryFrame | UnknownFrame | { readonly type: 'heartbeat' };

/** Reads one WebSocket message; undefined when it is not an envelope at all. */
export function parseFrame(data: unknown): ParsedFrame | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return parseEnvelope(JSON.parse(data));
  } catch {
    return undefined;
  }
}

function parseEnvelope(value: unknown): ParsedFrame | undefined {
  if (!isRecord(value) || typeof value.type !== 'string') return undefined;
  const { type, payload } = value;
  if (type === 'heartbeat') return { type };
  if (type === 'history') return parseHistory(payload);
  if (typeof value.seq === 'number') return parseEvent(value);
  if (!Object.hasOwn(livePayloads, type)) return unknown(value);
  const accepted = accept(livePayloads[type as LiveFrameType] as Schema, payload);
  return accepted.ok ? (envelope(value, accepted.value) as unknown as ShownFrame) : unknown(value);
}

function parseHistory(payload: unknown): HistoryFrame | undefined {
  if (!isRecord(payload) || !Array.isArray(payload.messages)) return undefined;
  return { type: 'history', messages: payload.messages.filter(isRecord).map(parseEvent), more: payload.more === true };
}

/** Reads one durable event, as it stands in a history frame and in the reply of the history route. */
export function parseEvent(value: Readonly<Record<string, unknown>>): DurableEvent | UnknownFrame {
  if (typeof value.type !== 'string' || !Object.hasOwn(eventPayloads, value.type)) return unknown(value);
  const accepted = accept(eventPayloads[value.type as EventType] as Schema, value.payload);
  return accepted.ok ? (envelope(value, accepted.value) as unknown as DurableEvent) : unknown(value);
}

function envelope(value: Readonly<Record<string, unknown>>, payload: unknown): object {
  const { type, seq, timestamp, session_id, parent_tool_use_id } = value;
  return {
    type,
    payload,
    timestamp,
    session_id,
    ...(typeof seq === 'number' ? { seq } : {}),
    ...(typeof parent_tool_use_id === 'string' ? { parent_tool_use_id } : {}),
  };
}

function unknown(value: Readonly<Record<string, unknown>>): UnknownFrame {
  return { type: 'unknown', name: String(value.type), seq: typeof value.seq === 'number' ? value.seq : undefined };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
