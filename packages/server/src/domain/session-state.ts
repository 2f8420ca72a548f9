import type {
  Activity,
  McpServerStatus,
  Question,
  Report,
  ResolvedBy,
  SessionStatus,
  Settings,
  TerminationReason,
  Usage,
} from '@ai-sessions/protocol';

/**
 * A session as the server knows it. `status` and `incarnation` together are the state:
 *
 * | status  | incarnation | meaning | leaves by |
 * |---------|-------------|---------|-----------|
 * | pending | wanted      | created, waits for a runner | assign; start timeout → failed/timeout |
 * | pending | starting    | a runner brings it up | `ready`; `exited`; start timeout → failed/timeout |
 * | running | up          | Claude Code runs and takes prompts | hibernate, exited, lost, time limit |
 * | running | hibernating | the runner puts it to sleep | `hibernated`; start timeout → lost |
 * | running | none        | asleep: no process, only disk | next prompt, `wake` → wanted; time limit |
 * | running | wanted      | has work, waits for a runner | assign; ten start timeouts → its work is told to have failed, none |
 * | running | starting    | a runner resumes it | `ready`; `exited: unable` → its work is told to have failed, none; start timeout → lost |
 * | terminated, failed | none | over | – |
 *
 * `terminate` ends it from every state. `lost`: with work → wanted, without → none; the fourth time in 5 minutes → failed/process_crashed.
 * Losses come from the runner itself, from a runner that is away for too long, and from one that does not name the session any more.
 * An epoch is one ownership by one runner. Reports of an earlier epoch change nothing but the ledger.
 */
export interface SessionState {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly profile_id: string | null;
  /** Effective settings, secrets masked. */
  readonly settings: Settings;
  /** Patterns a viewer allowed for the rest of this session. */
  readonly session_allowed_tools: readonly string[];
  /** The conversation's id in Claude Code, the same for the session's whole life. */
  readonly claude_session_id: string;
  /** A prompt has reached Claude Code, so that there is a transcript to resume. */
  readonly conversation_begun: boolean;

  readonly status: SessionStatus;
  readonly termination_reason: TerminationReason | null;
  readonly error_message: string | null;
  readonly exit_code: number | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly terminated_at: string | null;

  readonly epoch: number;
  readonly runner_id: string | null;
  readonly incarnation: 'none' | 'wanted' | 'starting' | 'up' | 'hibernating';
  /** Since when; while it is pending: since it was created. A server that starts begins it anew, so that its own absence counts against nobody. */
  readonly incarnation_since: string;
  readonly uptime: Uptime;
  /** When incarnations were lost lately, to stop a loop. */
  readonly losses: readonly string[];

  /** Prompts that have not ended, in order. Only the first may be `sent` (given to the runner) or `started`. */
  readonly prompts: readonly PromptState[];
  /** The prompt whose turn is being interrupted. */
  readonly interrupting: string | null;
  readonly asks: readonly Ask[];
  /**
   * Answers of the running turn that may not have arrived: given again should the process ask again. An approval is taken off once it
   * is handed to Claude Code, for the call may have run then; the rest when the turn ends.
   */
  readonly resolutions: readonly Resolution[];
  readonly recently_resolved: readonly (FirstAnswer & { readonly id: string })[];
  /** Why the running turn got no more of the model: its user's budget of the day is spent. Null or absent: it was not refused. */
  readonly budget_refusal?: string | null;
  /** As the runner last told them; absent or incomplete before it has. */
  readonly mcp_servers?: readonly McpServerStatus[];
  /** Since when it has had nothing to do; null while it has. */
  readonly idle_since: string | null;

  readonly usage: Usage;
  readonly last_seq: number;
  /** Number of the last report recorded in this epoch. */
  readonly acked: number;
}

/** See `session-uptime.ts`. */
export interface Uptime {
  readonly active_ms: number;
  readonly hibernated_ms: number;
  /** Up to when it was counted. */
  readonly since: string;
}

export interface PromptState {
  readonly prompt_id: string;
  readonly client_msg_id?: string;
  /** Seq of its `prompt_status: queued` event, which holds the text. */
  readonly seq: number;
  readonly status: 'queued' | 'sent' | 'started';
}

export type Ask =
  | {
      readonly kind: 'approval';
      readonly id: string;
      readonly tool_name: string;
      readonly tool_input: unknown;
      readonly suggested_pattern?: string;
      readonly parent_tool_use_id?: string;
      readonly opened_at: string;
      readonly expires_at: string | null;
    }
  | {
      readonly kind: 'question';
      readonly id: string;
      readonly tool_use_id: string;
      readonly questions: Question[];
      readonly opened_at: string;
      readonly expires_at: string | null;
    };

type WithoutTimes<A> = A extends Ask ? Omit<A, 'opened_at' | 'expires_at'> : never;
/** An ask as the runner tells it; when it was opened and when it expires is the server's. */
export type NewAsk = WithoutTimes<Ask>;

/** Who settled an ask, and when. */
export interface FirstAnswer {
  readonly by: ResolvedBy;
  readonly at: string;
}

export type Resolution =
  | {
      readonly kind: 'approval';
      readonly id: string;
      readonly tool_name: string;
      readonly tool_input: unknown;
      readonly approved: boolean;
      readonly pattern?: string;
      readonly updated_input?: Record<string, unknown>;
      readonly message?: string;
    }
  | {
      readonly kind: 'question';
      readonly id: string;
      readonly tool_use_id: string;
      readonly questions: Question[];
      readonly answers?: Record<string, string>;
      readonly message?: string;
    };

/** What can happen to a session. */
export type Command =
  | { readonly kind: 'create'; readonly initialPrompt: { readonly promptId: string; readonly text: string } | null }
  | { readonly kind: 'prompt'; readonly promptId: string; readonly clientMessageId?: string; readonly text: string }
  | { readonly kind: 'cancel_prompt'; readonly promptId: string }
  | { readonly kind: 'interrupt' }
  | {
      readonly kind: 'resolve_approval';
      readonly id: string;
      readonly approved: boolean;
      readonly scope: 'once' | 'session';
      readonly pattern?: string;
      readonly updatedInput?: Record<string, unknown>;
      readonly message?: string;
    }
  | { readonly kind: 'resolve_question'; readonly id: string; readonly answers: Record<string, string> }
  | { readonly kind: 'update'; readonly name?: string; readonly maxBudgetUsd?: number }
  | { readonly kind: 'terminate'; readonly reason: TerminationReason; readonly message?: string }
  | { readonly kind: 'assign'; readonly runnerId: string }
  | { readonly kind: 'reports'; readonly epoch: number; readonly first: number; readonly reports: readonly Report[] }
  /** What a runner has left to tell of an epoch that is no longer its; see `late_reports` of the link. */
  | { readonly kind: 'late_reports'; readonly runnerId: string; readonly epoch: number; readonly reports: readonly Report[] }
  /** The runner that owned this epoch no longer has it. */
  | { readonly kind: 'lost'; readonly epoch: number }
  /** A model call used this much more. `newCall`: this is the first that is told of it. */
  | {
      readonly kind: 'usage';
      readonly model: string;
      readonly usage: Usage;
      readonly newCall: boolean;
      /** Which call, and how long it has taken so far. */
      readonly callId: string;
      readonly durationMs: number;
    }
  /** Its place is wanted though there is no prompt: a terminal is being opened. */
  | { readonly kind: 'wake' }
  /** Somebody works in it, other than by prompts. */
  | { readonly kind: 'used' }
  /** A model call was refused because its user's budget of the day is spent; `message` says so. */
  | { readonly kind: 'budget_refused'; readonly message: string }
  /** A first viewer came, or the last one left. */
  | { readonly kind: 'attendance' }
  /** The server was away and is back: what ran out meanwhile gets its whole time once more. */
  | { readonly kind: 'server_started' }
  /** Time passed: does whatever is due. */
  | { readonly kind: 'tick' };

export interface TransitionContext {
  /** RFC 3339 in UTC with milliseconds. */
  readonly now: string;
  /** Somebody is watching: asks do not expire. */
  readonly attended: boolean;
  readonly timers: Timers;
}

/** Milliseconds; 0 means never. */
export interface Timers {
  readonly idle: number;
  readonly approval: number;
  readonly lifetime: number;
  readonly start: number;
}

/** What the server has to do after a transition. Lost effects are found again from the state (`owedToRunner`). */
export type Effect =
  /** Find a runner for it. */
  | { readonly kind: 'need_runner' }
  /** Tell the owning runner to bring it up. */
  | { readonly kind: 'assign' }
  | { readonly kind: 'prompt'; readonly promptId: string; readonly seq: number; readonly interrupted: boolean }
  | { readonly kind: 'interrupt'; readonly promptId: string | null }
  | { readonly kind: 'resolution'; readonly resolution: Resolution }
  | { readonly kind: 'hibernate' }
  /** The runner is to have nothing of it any more, and has room for another. */
  | { readonly kind: 'end'; readonly epoch: number };

/** How a command went, for its sender. */
export type Outcome =
  | { readonly ok: true; readonly promptId?: string; readonly repeated?: boolean }
  | {
      readonly ok: false;
      readonly code:
        | 'session_not_running'
        | 'queue_full'
        | 'budget_exhausted'
        | 'already_resolved'
        | 'not_found'
        | 'not_wanted'
        | 'stale'
        | 'gap';
      /** With `already_resolved`: the answer that counted. */
      readonly first?: FirstAnswer;
    };

export function isLive(state: SessionState): boolean {
  return state.status === 'pending' || state.status === 'running';
}

export function activityOf(state: SessionState): Activity | null {
  if (state.status !== 'running') return null;
  if (state.asks.length > 0) return 'waiting';
  if (state.prompts.length > 0) return 'working';
  return state.incarnation === 'none' || state.incarnation === 'hibernating' ? 'hibernated' : 'idle';
}

export interface NewSessionFacts {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly profileId: string | null;
  readonly settings: Settings;
  readonly claudeSessionId: string;
  readonly now: string;
}

/** A session before its first command, `create`. */
export function newSession(facts: NewSessionFacts): SessionState {
  return {
    id: facts.id,
    user_id: facts.userId,
    name: facts.name,
    profile_id: facts.profileId,
    settings: facts.settings,
    session_allowed_tools: [],
    claude_session_id: facts.claudeSessionId,
    conversation_begun: false,
    status: 'pending',
    termination_reason: null,
    error_message: null,
    exit_code: null,
    created_at: facts.now,
    started_at: null,
    terminated_at: null,
    epoch: 0,
    runner_id: null,
    incarnation: 'none',
    incarnation_since: facts.now,
    uptime: { active_ms: 0, hibernated_ms: 0, since: facts.now },
    losses: [],
    prompts: [],
    interrupting: null,
    asks: [],
    resolutions: [],
    recently_resolved: [],
    idle_since: null,
    usage: { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, total_cost_usd: 0 },
    last_seq: 0,
    acked: 0,
  };
}
