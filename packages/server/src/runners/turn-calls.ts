import type { CurrentPrompt, DurableEvent } from '@ai-sessions/protocol';
import type { PromptState } from '../domain/session-state.ts';
import type { LogStore } from '../store/store.ts';

type Calls = NonNullable<CurrentPrompt['calls']>;

const pageEvents = 1000;
const pageBytes = 8 * 1024 * 1024;
/** Claude Code writes down what it did within moments: only the newest calls may be missing. */
const newest = 200;

/** The newest calls that a turn has made on its main thread, as the session's log tells. `prompt` is the one whose turn it is. */
export async function callsOfTurn(log: Pick<LogStore, 'read'>, sessionId: string, prompt: PromptState): Promise<Calls> {
  let calls: Calls = [];
  let seq = prompt.seq;
  for (;;) {
    const page = await log.read(sessionId, seq, pageEvents, pageBytes);
    if (page.envelopes.length === 0) return calls.slice(-newest);
    seq = page.lastSeq;
    for (const text of page.envelopes) {
      if (!text.startsWith('{"type":"tool_use"') && !text.startsWith('{"type":"prompt_status"')) continue;
      const event = JSON.parse(text) as DurableEvent;
      // While the prompt waited, earlier turns made calls of their own.
      if (event.type === 'prompt_status' && event.payload.prompt_id === prompt.prompt_id && event.payload.status === 'started') calls = [];
      else if (event.type === 'tool_use' && event.parent_tool_use_id === undefined)
        calls.push({ id: event.payload.id, name: event.payload.name });
    }
  }
}
