import type { Resumption } from './session-state.ts';
import { promptUuid } from '../claude/prompt-uuid.ts';
import { Transcript, type UnfinishedCall } from '../claude/transcript.ts';

export interface ResumePlan {
  /** The conversation exists: it is resumed, not begun. */
  readonly resume: boolean;
  /** Claude Code is to go on with the turn by itself as soon as it is up. */
  readonly continueTurn: boolean;
  readonly resumption: Resumption;
}

export interface SeenCall {
  readonly id: string;
  readonly name: string;
}

export interface ResumeQuestion {
  readonly hostHome: string;
  readonly conversationId: string;
  /** The prompt whose turn is to run; null: none. */
  readonly promptId: string | null;
  /** A process that has ended had been given the prompt. */
  readonly begun: boolean;
  /** Calls of the main thread that the process which ended was seen to make in this turn. */
  readonly calls: readonly SeenCall[];
  /** Tools have run in this turn. */
  readonly acted: boolean;
  readonly isWaiting: (call: UnfinishedCall) => boolean;
}

/** Calls that change nothing: made once more they do no harm. */
const READING = new Set([
  'AskUserQuestion',
  'ExitPlanMode',
  'Glob',
  'Grep',
  'LS',
  'Read',
  'TaskGet',
  'TaskList',
  'TodoWrite',
  'ToolSearch',
]);

const OUTCOME_UNKNOWN =
  "[Tool call interrupted: the session ended before this call's result was recorded, so its outcome is unknown. " +
  'Check whether it took effect before relying on it or running it again.]';
const NOT_RUN =
  '[Tool call not run: the session was restarted while the user was being asked about it. Make it again if it is still needed.]';

/**
 * Decides how a conversation is taken up, from what Claude Code itself had written of it.
 *
 * A turn that was cut is gone on with by Claude Code's own `CLAUDE_CODE_RESUME_INTERRUPTED_TURN`: it drops the model's
 * calls that have no result and asks the model again. That is right for a call that waited for the user, who is then
 * asked again. For a call that may have run it would be run twice: such calls are given a result first which says so. Where
 * such a call is not even in the record, the turn ends and says that some of it may have taken effect.
 */
export async function planResume(question: ResumeQuestion): Promise<ResumePlan> {
  const { promptId, begun, acted } = question;
  const none: Resumption = { kind: promptId === null ? 'none' : 'resend' };
  const transcript = await Transcript.find(question.hostHome, question.conversationId);
  if (transcript === undefined) return { resume: false, continueTurn: false, resumption: acted ? IMPOSSIBLE : none };
  if (!(await transcript.hasConversation())) {
    // Claude Code neither resumes such a file nor begins a conversation beside it.
    await transcript.remove();
    return { resume: false, continueTurn: false, resumption: acted ? IMPOSSIBLE : none };
  }
  if (promptId === null) return { resume: true, continueTurn: false, resumption: none };
  const turn = await transcript.readTurn(promptUuid(promptId));
  if (!turn.hasPrompt) return { resume: true, continueTurn: false, resumption: begun && acted ? IMPOSSIBLE : none };
  if (turn.finished !== undefined) return { resume: true, continueTurn: false, resumption: { kind: 'finished', text: turn.finished } };
  // Claude Code writes a moment later than it acts: of a call that it had not written down the model would know nothing, and make it again.
  const unwritten = question.calls.filter(
    ({ id, name }) => !turn.calls.has(id) && !READING.has(name) && !question.isWaiting({ id, name, input: undefined }),
  );
  if (unwritten.length > 0) return { resume: true, continueTurn: false, resumption: IMPOSSIBLE };
  const mayHaveRun = turn.unfinished.filter((call) => !READING.has(call.name) && !question.isWaiting(call));
  if (mayHaveRun.length > 0) {
    const results = turn.unfinished.map((call) => ({ id: call.id, text: mayHaveRun.includes(call) ? OUTCOME_UNKNOWN : NOT_RUN }));
    await transcript.addResults(results);
  }
  return { resume: true, continueTurn: true, resumption: { kind: 'goes_on' } };
}

const IMPOSSIBLE: Resumption = {
  kind: 'impossible',
  text: 'Claude Code ended before it had recorded this turn. Some of it may have taken effect: check that before you send the prompt again.',
};
