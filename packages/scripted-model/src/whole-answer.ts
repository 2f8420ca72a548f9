import type { Answer } from './answer.ts';
import { untilAborted } from './pause.ts';
import { sendJson, type Call } from './call.ts';
import type { Fault } from './step-failure.ts';
import type { Clock } from './synthetic-delta.ts';
import { wholeMessage } from './whole-message.ts';

/** Sends an answer as one JSON document, or as the fault leaves it. */
export async function sendWhole(call: Call, answer: Answer, fault: Fault | undefined, clock: Clock): Promise<void> {
  switch (fault?.kind) {
    case 'cut':
      call.request.socket.destroy();
      return;
    case 'eof': {
      const json = JSON.stringify(wholeMessage(answer, clock));
      call.response.writeHead(200, { 'content-type': 'application/json' });
      call.response.end(json.slice(0, json.length / 2));
      return;
    }
    case 'stall':
      return untilAborted(call.signal);
    case 'error':
    case undefined:
      return sendJson(call, 200, wholeMessage(answer, clock));
    default: {
      const unreachable: never = fault;
      return unreachable;
    }
  }
}
