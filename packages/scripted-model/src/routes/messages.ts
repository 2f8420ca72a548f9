import { createHash } from 'node:crypto';
import { answerBlocks, dueStep, type Answer } from '../answer.ts';
import { errorMessage, ScriptedApiError } from '../api-error.ts';
import { chooseScript } from '../chosen-script.ts';
import type { ScriptedModelContext } from '../context.ts';
import { readConversation, type Conversation } from '../conversation.ts';
import { placeholders } from '../interpolation.ts';
import { messagesRequest, type MessagesRequest } from '../messages-request.ts';
import { pause } from '../pause.ts';
import type { Step, StepError } from '../script.ts';
import { sideAnswer } from '../side-request.ts';
import { failureOf, type Fault } from '../step-failure.ts';
import { playStream } from '../stream-player.ts';
import { sendWhole } from '../whole-answer.ts';
import type { Call } from '../call.ts';
import { validationMessage } from './validation-message.ts';

/** POST /v1/messages: plays the step that is due, streamed or whole. */
export async function postMessages(call: Call, context: ScriptedModelContext): Promise<void> {
  const parsed = messagesRequest.safeParse(call.body);
  if (!parsed.success) throw new ScriptedApiError(400, validationMessage(parsed.error));
  const request = parsed.data;
  const conversation = readConversation(request.messages);
  const key = conversationKey(call, conversation);

  const side = sideAnswer(request, call.request.headers['user-agent']);
  const { step, prompt } = side === undefined ? dueIn(conversation, context) : { step: { text: side, chunk: 1000 }, prompt: '' };
  const failure = failureOf(step, mayFail(step) ? context.attempts.next(stepKey(key, conversation)) : 1);

  await waitBeforeFirstByte(call, context, step, request);
  for (const [name, value] of Object.entries(step.headers ?? {})) call.response.setHeader(name, value);
  if (failure?.kind === 'refusal' || (failure?.kind === 'error' && request.stream !== true)) throw refusal(failure.error);

  const answer: Answer = {
    id: context.newId('msg_'),
    model: request.model,
    blocks: answerBlocks(step, placeholders({ ...conversation, prompt }, call.text), context.newId),
    stopReason: stopReason(step, request),
    inputUsage: context.promptCache.use(request, call.text.length, key),
    step,
  };
  await send(call, context, answer, failure, request.stream === true);
}

function dueIn(conversation: Conversation, { rules }: ScriptedModelContext): { step: Step; prompt: string } {
  const { script, prompt } = chooseScript(conversation, rules);
  return { step: dueStep(script, conversation), prompt };
}

async function waitBeforeFirstByte(call: Call, context: ScriptedModelContext, step: Step, { stream }: MessagesRequest): Promise<void> {
  await pause(step.delay_ms ?? 0, call.signal);
  const holdsMidStream = step.hold_after_deltas !== undefined && stream === true;
  if (step.hold !== undefined && !holdsMidStream) await context.holds.wait(step.hold, call.signal);
}

async function send(call: Call, context: ScriptedModelContext, answer: Answer, fault: Fault | undefined, stream: boolean): Promise<void> {
  await (stream ? playStream(call, answer, fault, context) : sendWhole(call, answer, fault, context.clock));
}

function mayFail(step: Step): boolean {
  return failureOf(step, 1) !== undefined;
}

/** One conversation of one Claude Code process; a caller that names no session is known by nothing but its words. */
function conversationKey({ request }: Call, { opening }: Conversation): string {
  return digest([request.headers['x-claude-code-session-id'] ?? '', opening]);
}

/** Retries of a step share this key; the same prompt typed again does not. */
function stepKey(key: string, { prompt, promptIndex, stepIndex }: Conversation): string {
  return digest([key, prompt, promptIndex, stepIndex]);
}

function digest(parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

function refusal({ status, type, message, retry_after: retryAfter }: StepError): ScriptedApiError {
  return new ScriptedApiError(status, message ?? errorMessage(status), { type, retryAfter });
}

function stopReason({ stop_reason: stopReason, tools }: Step, { max_tokens: maxTokens }: MessagesRequest): string {
  if (stopReason !== undefined) return stopReason;
  if (maxTokens <= 1) return 'max_tokens';
  return tools === undefined ? 'end_turn' : 'tool_use';
}
