import type { LiveFrameType, LivePayload } from '@ai-sessions/protocol';
import type { Clock } from '../clock.ts';

/** The JSON text of a frame that is not stored. */
export function liveText<T extends LiveFrameType>(
  clock: Clock,
  sessionId: string,
  type: T,
  payload: LivePayload<T>,
  parentToolUseId?: string,
): string {
  return JSON.stringify({ type, payload, timestamp: clock.timestamp(), session_id: sessionId, parent_tool_use_id: parentToolUseId });
}
