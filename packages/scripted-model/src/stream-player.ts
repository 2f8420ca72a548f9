import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Answer } from './answer.ts';
import { errorMessage, ScriptedApiError } from './api-error.ts';
import type { Holds } from './holds.ts';
import { Pacer } from './pacer.ts';
import { untilAborted } from './pause.ts';
import type { Call } from './call.ts';
import { sseFrame, SseWriter } from './sse-writer.ts';
import type { Fault } from './step-failure.ts';
import { streamItems } from './stream-events.ts';
import type { Clock } from './synthetic-delta.ts';

/** Characters after which a burst is written out, so that other requests get their turn. */
const longestBurst = 65_536;

/**
 * Streams an answer: each wake-up sends every event that is due, in one piece. Rejects when the client leaves.
 */
export async function playStream(
  call: Call,
  answer: Answer,
  fault: Fault | undefined,
  { clock, holds }: { clock: Clock; holds: Holds },
): Promise<void> {
  const { response, signal } = call;
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  const writer = new SseWriter(response, signal);
  using pacer = new Pacer(clock, signal);
  for (const item of streamItems(answer, fault, clock)) {
    switch (item.kind) {
      case 'event':
        writer.add(sseFrame(item.event));
        if (writer.pending >= longestBurst) {
          await writer.flush();
          await yieldToOthers(undefined, { signal });
        }
        break;
      case 'wait':
        if (pacer.advance(item.ms)) {
          await writer.flush();
          await pacer.wait();
        }
        break;
      case 'hold':
        await writer.flush();
        await holds.wait(item.name, signal);
        pacer.restart();
        break;
      case 'fault':
        await writer.flush();
        return breakOff(call, item.fault);
      default: {
        const unreachable: never = item;
        return unreachable;
      }
    }
  }
  await writer.flush();
  response.end();
}

async function breakOff({ request, response, requestId, signal }: Call, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'cut':
      // Soon: what was written must still arrive.
      request.socket.destroySoon();
      return;
    case 'eof':
      response.end();
      return;
    case 'stall':
      return untilAborted(signal);
    case 'error': {
      const { status, type, message = errorMessage(status) } = fault.error;
      response.end(sseFrame(new ScriptedApiError(status, message, { type }).body(requestId)));
      return;
    }
    default: {
      const unreachable: never = fault;
      return unreachable;
    }
  }
}
