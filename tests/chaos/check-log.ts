import type { ContentBlock, DurableEvent, EventPayload } from '@ai-sessions/protocol';
import { readSyntheticDeltas } from '@ai-sessions/scripted-model';
import type { PlannedTurn, SessionPlan } from './plan.ts';
import { Findings, type Problem } from './problem.ts';

export interface LogFacts {
  readonly where: string;
  readonly plan: SessionPlan;
  /** Prompts that a client has sent, and those whose refusal it was told. */
  readonly sent: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  /** Lines of the session's `runs.txt`. */
  readonly marks: readonly string[];
  /** Whether something was done to the session, its runner or its way to the model between these two times. */
  readonly disturbed: (from: number, to: number) => boolean;
}

interface Prompt {
  readonly id: string;
  readonly clientId: string | undefined;
  readonly steps: { readonly step: string; readonly seq: number; readonly at: number }[];
  result?: EventPayload<'result'>;
}

/** Holds a session's log against what was asked of it. */
export function checkLog(log: readonly DurableEvent[], facts: LogFacts): Problem[] {
  const findings = new Findings(facts.where);
  log.forEach(({ seq }, index) => {
    if (seq !== index + 1) findings.add('log', `event ${index + 1} has seq ${seq}`);
  });
  const prompts = promptsOf(log, findings);
  checkPrompts(log, prompts, facts, findings);
  checkTurns(log, prompts, facts, findings);
  checkAnswers(log, findings);
  checkMarks(log, prompts, facts, findings);
  return findings.problems;
}

function promptsOf(log: readonly DurableEvent[], findings: Findings): Prompt[] {
  const prompts = new Map<string, Prompt>();
  const step = (id: string, name: string, { seq, timestamp }: DurableEvent) => {
    const prompt = prompts.get(id);
    if (prompt === undefined) findings.add('turn', `${name} of the unknown prompt ${id} at ${seq}`);
    prompt?.steps.push({ step: name, seq, at: Date.parse(timestamp) });
    return prompt;
  };
  for (const event of log) {
    if (event.type === 'prompt_status') {
      const { prompt_id: id, client_msg_id: clientId, status } = event.payload;
      if (status === 'queued' && !prompts.has(id)) prompts.set(id, { id, clientId, steps: [] });
      step(id, status, event);
    } else if (event.type === 'user' && event.payload.prompt_id !== undefined) step(event.payload.prompt_id, 'user', event);
    else if (event.type === 'result') {
      const id = event.payload.prompt_id;
      if (id === null) findings.add('turn', `a result without a prompt at ${event.seq}`);
      else {
        const prompt = step(id, 'result', event);
        if (prompt !== undefined) prompt.result = event.payload;
      }
    }
  }
  return [...prompts.values()];
}

function checkPrompts(log: readonly DurableEvent[], prompts: readonly Prompt[], facts: LogFacts, findings: Findings): void {
  const over = log.some(({ type }) => type === 'session_end');
  if (!over) findings.add('stuck', 'there is no session_end');
  for (const { id } of facts.plan.turns) {
    const known = prompts.filter(({ clientId }) => clientId === id);
    if (known.length > 1) findings.add('prompt doubled', `${id} was queued ${known.length} times`);
    if (known.length > 0 || !facts.sent.has(id) || facts.refused.has(id)) continue;
    // A session that ended by itself tells its clients so, and with it that nothing more is taken.
    const end = log.at(-1);
    if (end?.type !== 'session_end' || end.payload.reason === 'user_requested')
      findings.add('prompt lost', `${id} was sent and is not in the log`);
  }
}

const ways = ['queued started user result completed', 'queued started result completed', 'queued cancelled'];

function checkTurns(log: readonly DurableEvent[], prompts: readonly Prompt[], facts: LogFacts, findings: Findings): void {
  let lastEnd = 0;
  for (const prompt of prompts) {
    const name = prompt.clientId ?? prompt.id;
    const way = prompt.steps.map(({ step }) => step).join(' ');
    if (!ways.includes(way)) findings.add('turn', `${name} went: ${way}`);
    const started = prompt.steps.find(({ step }) => step === 'started');
    const completed = prompt.steps.findLast(({ step }) => step === 'completed');
    if (started === undefined || completed === undefined) continue;
    if (started.seq < lastEnd) findings.add('overlap', `${name} started at ${started.seq}, before the last one's end at ${lastEnd}`);
    lastEnd = completed.seq;
    const planned = facts.plan.turns.find(({ id }) => id === prompt.clientId);
    if (planned === undefined) continue;
    const within = log.slice(started.seq - 1, completed.seq);
    checkResult(name, planned, prompt.result, within, facts.disturbed(started.at, completed.at), findings);
  }
}

function checkResult(
  name: string,
  planned: PlannedTurn,
  result: EventPayload<'result'> | undefined,
  within: readonly DurableEvent[],
  disturbed: boolean,
  findings: Findings,
): void {
  if (result === undefined) return;
  const told = within.some((event) => event.type === 'system' && event.payload.subtype !== 'init');
  if (result.subtype !== 'success' || result.is_error) {
    if (result.result === '' && result.subtype !== 'interrupted')
      findings.add('failed', `${name} ended with ${result.subtype} and no word why`);
    const meant = planned.kind === 'interrupt' && result.subtype === 'interrupted';
    if (!disturbed && !told && !meant)
      findings.add('failed', `${name}, which nothing disturbed, ended with ${result.subtype}: ${result.result.slice(0, 200)}`);
    return;
  }
  // Taken up again, Claude Code may be told to go on: the model then says something else.
  if (within.some((event) => event.type === 'system' && ['recovered', 'hibernated'].includes(event.payload.subtype)) || disturbed) return;
  const text = within.flatMap((event) => (event.type === 'assistant' ? event.payload.content.map(textOf) : [])).filter((one) => one !== '');
  if (planned.kind === 'flood') {
    const indices = readSyntheticDeltas(text.join('')).map(({ index }) => index);
    if (indices.some((index, place) => index !== place)) findings.add('text', `${name}: the flood has a hole`);
  } else if (planned.kind !== 'interrupt' && text.at(-1) !== planned.says) {
    findings.add('text', `${name} says ${JSON.stringify(text.at(-1)?.slice(0, 100))}, not ${JSON.stringify(planned.says.slice(0, 100))}`);
  }
}

function textOf(block: ContentBlock): string {
  return typeof block['text'] === 'string' ? block['text'] : '';
}

function checkAnswers(log: readonly DurableEvent[], findings: Findings): void {
  const asks = new Map<string, string[]>();
  const note = (id: string, step: string) => asks.set(id, [...(asks.get(id) ?? []), step]);
  const decisions = new Map<string, { approved: boolean; by: string }>();
  for (const event of log) {
    if (event.type === 'tool_approval_request') note(event.payload.tool_use_id, 'asked');
    if (event.type === 'ask_user_question') note(event.payload.question_id, 'asked');
    if (event.type === 'ask_user_question_resolved') note(event.payload.question_id, 'answered');
    if (event.type === 'tool_approval_resolved') {
      note(event.payload.tool_use_id, 'answered');
      decisions.set(event.payload.tool_use_id, event.payload);
    }
    if (event.type === 'tool_result') {
      const decision = decisions.get(event.payload.tool_use_id);
      if (decision?.by === 'user' && !decision.approved && !event.payload.is_error) {
        findings.add('effect', `${event.payload.tool_use_id} was denied and ran`);
      }
    }
  }
  for (const [id, steps] of asks) if (steps.join(' ') !== 'asked answered') findings.add('answer', `${id} went: ${steps.join(' ')}`);
}

/** What was done in the workspace, held against what the log says was done. */
function checkMarks(log: readonly DurableEvent[], prompts: readonly Prompt[], facts: LogFacts, findings: Findings): void {
  const results = new Map(
    log.flatMap((event) => (event.type === 'tool_result' ? [[event.payload.tool_use_id, event.payload] as const] : [])),
  );
  for (const { id, mark } of facts.plan.turns) {
    if (mark === null) continue;
    const count = facts.marks.filter((line) => line === mark).length;
    const calls = log.filter((event) => event.type === 'tool_use' && JSON.stringify(event.payload.input ?? null).includes(`echo ${mark} `));
    const ran = calls.filter((event) => event.type === 'tool_use' && results.get(event.payload.id)?.is_error === false).length;
    if (count > 1) findings.add('run twice', `the mark of ${id} was made ${count} times, in ${calls.length} calls`);
    if (count === 0 && ran > 0) findings.add('effect', `the call of ${id} has a result, and its mark is missing`);
    if (count > 0 && !prompts.some(({ clientId }) => clientId === id)) findings.add('effect', `${id} ran without a prompt in the log`);
  }
}
