import type { ContentBlock, EventPayload, Question, ResolvedBy, Result } from '@ai-sessions/protocol';
import type { TaskList } from './task-list.ts';

interface Place {
  /** Stable for the entry's whole life, and the same for a block in flight and the durable block that replaces it. */
  readonly key: string;
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
}

/** A prompt whose turn has begun, or that was cancelled before. */
export interface PromptEntry extends Place {
  readonly kind: 'prompt';
  readonly promptId: string;
  readonly text: string;
  readonly status: 'started' | 'completed' | 'cancelled';
}

export interface TextEntry extends Place {
  readonly kind: 'text' | 'thinking';
  readonly text: string;
}

export interface Approval {
  readonly status: 'pending' | 'approved' | 'denied';
  readonly by?: ResolvedBy;
}

export interface ToolResult {
  readonly content: string | readonly ContentBlock[];
  readonly isError: boolean;
  readonly at: string;
  /** Where the whole output can be downloaded from, of which `content` has the beginning only. */
  readonly fullOutput?: { readonly path: string; readonly size: number };
}

/** A tool call with its approval and result. What a subagent does stands in the thread of the call's id. */
export interface ToolEntry extends Place {
  readonly kind: 'tool';
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  readonly approval?: Approval;
  readonly result?: ToolResult;
  /** What Claude has to do, as it was after the call, where the call is about that. */
  readonly tasks?: TaskList;
  /** The turn ended without a result. */
  readonly unfinished?: boolean;
}

export interface QuestionEntry extends Place {
  readonly kind: 'question';
  readonly questionId: string;
  readonly questions: readonly Question[];
  readonly resolution?: { readonly answers?: Readonly<Record<string, string>>; readonly by: ResolvedBy };
}

/** What Claude Code says in the user's name: a note of an interruption, a subagent's task. */
export interface NoteEntry extends Place {
  readonly kind: 'note';
  readonly content: readonly ContentBlock[];
}

export interface SystemEntry extends Place {
  readonly kind: 'system';
  readonly subtype: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface ResultEntry extends Place {
  readonly kind: 'result';
  readonly result: Result;
}

export interface EndEntry extends Place {
  readonly kind: 'end';
  readonly end: EventPayload<'session_end'>;
}

/** A content block of another kind, as it came. */
export interface OtherEntry extends Place {
  readonly kind: 'other';
  readonly block: ContentBlock;
}

export type Entry = PromptEntry | TextEntry | ToolEntry | QuestionEntry | NoteEntry | SystemEntry | ResultEntry | EndEntry | OtherEntry;
