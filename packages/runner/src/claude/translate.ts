import type { Live, Report } from '@ai-sessions/protocol';
import type { SDKAssistantMessage, SDKMessage, SDKPartialAssistantMessage, SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import type { TurnResult } from './turn-result.ts';
import { canonicalTool } from '@ai-sessions/tool-rules';
import { turnResult } from './claude-result.ts';
import { fitBlocks, fitInput, fitToolContent } from './payload-size.ts';
import { keptOutput, type KeptOutput } from './kept-output.ts';
import { systemReport } from './system-report.ts';

/** What a message of Claude Code comes to. */
export type Translated =
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'live'; readonly live: Live }
  /** `promptUuids`: the user messages that the turn answered, where Claude Code says so. */
  | { readonly kind: 'result'; readonly result: TurnResult; readonly promptUuids: readonly string[] }
  | { readonly kind: 'activity'; readonly activity: 'running' | 'idle' | 'requires_action' }
  /** Claude Code's own permission mode, which differs from the session's: see `native-mode.ts`. */
  | { readonly kind: 'mode'; readonly mode: string }
  /** The fate of a user message of ours. */
  | { readonly kind: 'command'; readonly uuid: string; readonly state: string }
  /** A tool call of the model, before it is judged or run; `done` when its result is there. */
  | {
      readonly kind: 'tool';
      readonly toolUseId: string;
      /** Null with `done`. */
      readonly name: string | null;
      readonly parentToolUseId: string | undefined;
      readonly done: boolean;
    }
  /** A subagent began: `agentId` is what Claude Code calls it when it asks for permission. */
  | { readonly kind: 'agent'; readonly agentId: string; readonly toolUseId: string }
  /** The model's message on the main thread is complete. `usedTools`: it called some; `delegated`: a subagent among them. */
  | { readonly kind: 'message_end'; readonly usedTools: boolean; readonly delegated: boolean }
  /** `/clear`: the conversation goes on under another id. */
  | { readonly kind: 'conversation'; readonly conversationId: string };

/** The id under which a tool call is told to the server: its own, or that of the call it repeats after a restart. */
export type ToolUseName = (id: string, name: string, input: unknown) => string;

const REMEMBERED_TOOLS = 10_000;

interface Block {
  sent: number;
  /** Name of the tool that is called, if it is a tool call. */
  readonly tool: string | undefined;
}

/**
 * Turns the messages of a session's Claude Code, one process after the other, into reports and live deltas. Pure but for what it remembers of the
 * message in flight and of what it has told. Reports of one message are merged by its `message_id`: Claude Code tells a
 * message block by block, and the nth `assistant` report of a `message_id` is its nth block, in the order of the
 * deltas' `index`. A retried API call begins again under a new `message_id`.
 */
export class Translator {
  readonly #nameOf: ToolUseName;
  /** The message in flight of each thread, by the tool call that the thread belongs to. */
  readonly #streams = new Map<string, { messageId: string; blocks: Map<number, Block> }>();
  readonly #toldTools = new Set<string>();
  #toldInit: string | undefined;

  /**
   * @param nameOf see ToolUseName; asked again for the same id it has to give the same answer.
   * @param toldTools calls that have been told by an earlier incarnation.
   */
  constructor(nameOf: ToolUseName = (id) => id, toldTools: Iterable<string> = []) {
    this.#nameOf = nameOf;
    for (const id of toldTools) this.#toldTools.add(id);
  }

  /** A new process begins: what the last one left in flight is void. */
  restart(): void {
    this.#streams.clear();
  }

  /** Unknown messages, and those of no interest to anybody, come to nothing. */
  translate(message: SDKMessage): Translated[] {
    switch (message.type) {
      case 'stream_event':
        return this.#streamEvent(message);
      case 'assistant':
        return this.#assistant(message);
      case 'user':
        return this.#user(message);
      case 'result':
        this.#streams.clear();
        // Only a turn that was cut repeats a call.
        if (this.#toldTools.size > REMEMBERED_TOOLS) this.#toldTools.clear();
        return [{ kind: 'result', result: turnResult(message), promptUuids: promptUuids(message) }];
      default:
        return this.#other(message);
    }
  }

  #streamEvent({ event, parent_tool_use_id: parent }: SDKPartialAssistantMessage): Translated[] {
    const thread = parent ?? '';
    if (event.type === 'message_start') {
      this.#streams.set(thread, { messageId: event.message.id, blocks: new Map() });
      return [];
    }
    const stream = this.#streams.get(thread);
    if (stream === undefined) return [];
    switch (event.type) {
      case 'content_block_start':
        if (!Number.isInteger(event.index)) return [];
        stream.blocks.set(event.index, { sent: 0, tool: event.content_block.type === 'tool_use' ? event.content_block.name : undefined });
        return [];
      case 'content_block_delta': {
        const block = stream.blocks.get(event.index);
        const delta = deltaOf(event.delta);
        if (block === undefined || delta === undefined || delta.length === 0) return [];
        const payload = { message_id: stream.messageId, index: event.index, offset: block.sent, ...delta.part };
        block.sent += delta.length;
        return [{ kind: 'live', live: { type: 'assistant_delta', payload, ...parentOf(parent) } }];
      }
      case 'message_stop': {
        this.#streams.delete(thread);
        if (parent !== null) return [];
        const tools = [...stream.blocks.values()].flatMap(({ tool }) => tool ?? []);
        return [{ kind: 'message_end', usedTools: tools.length > 0, delegated: tools.some((tool) => canonicalTool(tool) === 'Agent') }];
      }
      default:
        return [];
    }
  }

  #assistant({ message, parent_tool_use_id: parent }: SDKAssistantMessage): Translated[] {
    const blocks = fitBlocks(message.content).map((block) =>
      block.type === 'tool_use' ? { ...block, id: this.#nameOf(String(block['id']), String(block['name']), block['input']) } : block,
    );
    if (blocks.length === 0) return [];
    const payload = { message_id: message.id, model: message.model, content: blocks };
    const told: Translated[] = [{ kind: 'report', report: { kind: 'event', type: 'assistant', payload, ...parentOf(parent) } }];
    for (const block of blocks) if (block.type === 'tool_use') told.push(...this.#toolUse(block, parent));
    return told;
  }

  #toolUse(block: Readonly<Record<string, unknown>>, parent: string | null): Translated[] {
    const id = String(block['id']);
    const told: Translated[] = [
      { kind: 'tool', toolUseId: id, name: String(block['name']), parentToolUseId: parent ?? undefined, done: false },
    ];
    if (this.#toldTools.has(id)) return told;
    this.#toldTools.add(id);
    const payload = { id, name: String(block['name']), input: fitInput(block['input'] ?? {}) };
    return [{ kind: 'report', report: { kind: 'event', type: 'tool_use', payload, ...parentOf(parent) } }, ...told];
  }

  #user(message: SDKUserMessage): Translated[] {
    const { parent_tool_use_id: parent } = message;
    const content: unknown = message.message.content;
    if (isReplay(message)) return [];
    const all = fitUserBlocks(content);
    const results = all.filter((block) => block.type === 'tool_result');
    const kept = results.length === 1 ? keptOutput(message.tool_use_result) : undefined;
    const told = results.flatMap((block) => this.#toolResult(block, parent, kept));
    const rest = all.filter((block) => block.type !== 'tool_result');
    if (rest.length > 0)
      told.push({ kind: 'report', report: { kind: 'event', type: 'user', payload: { content: fitBlocks(rest) }, ...parentOf(parent) } });
    return told;
  }

  #toolResult(block: Readonly<Record<string, unknown>>, parent: string | null, kept: KeptOutput | undefined): Translated[] {
    const id = this.#nameOf(String(block['tool_use_id']), '', undefined);
    const payload = {
      tool_use_id: id,
      content: fitToolContent(block['content']),
      is_error: block['is_error'] === true,
      ...(kept && { full_output: kept }),
    };
    return [
      { kind: 'tool', toolUseId: id, name: null, parentToolUseId: parent ?? undefined, done: true },
      { kind: 'report', report: { kind: 'event', type: 'tool_result', payload, ...parentOf(parent) } },
    ];
  }

  #other(message: SDKMessage): Translated[] {
    // Some of these are missing in the SDK's union.
    const { type, subtype, ...rest } = message as unknown as Readonly<Record<string, unknown>>;
    if (type === 'command_lifecycle') return [{ kind: 'command', uuid: String(rest['command_uuid']), state: String(rest['state']) }];
    if (type === 'conversation_reset') return [{ kind: 'conversation', conversationId: String(rest['new_conversation_id']) }];
    if (type === 'system' && subtype === 'session_state_changed') return activityOf(rest['state']);
    const told: Translated[] = [];
    if (type === 'system' && subtype === 'task_started' && typeof rest['tool_use_id'] === 'string') {
      told.push({ kind: 'agent', agentId: String(rest['task_id']), toolUseId: rest['tool_use_id'] });
    }
    if (type === 'system' && subtype === 'status' && typeof rest['permissionMode'] === 'string')
      told.push({ kind: 'mode', mode: rest['permissionMode'] });
    const payload = systemReport(String(type), typeof subtype === 'string' ? subtype : '', rest);
    if (payload === undefined) return told;
    if (payload.subtype === 'init') {
      const told = JSON.stringify(payload);
      if (told === this.#toldInit) return [];
      this.#toldInit = told;
    }
    return [...told, { kind: 'report', report: { kind: 'event', type: 'system', payload } }];
  }
}

/** The text that a delta adds, and its length in UTF-16 units. */
function deltaOf(delta: {
  readonly type: string;
}): { part: { text: string } | { thinking: string } | { partial_json: string }; length: number } | undefined {
  if (delta.type === 'text_delta' && 'text' in delta && typeof delta.text === 'string')
    return { part: { text: delta.text }, length: delta.text.length };
  if (delta.type === 'thinking_delta' && 'thinking' in delta && typeof delta.thinking === 'string') {
    return { part: { thinking: delta.thinking }, length: delta.thinking.length };
  }
  if (delta.type === 'input_json_delta' && 'partial_json' in delta && typeof delta.partial_json === 'string') {
    return { part: { partial_json: delta.partial_json }, length: delta.partial_json.length };
  }
  return undefined;
}

function fitUserBlocks(content: unknown): { type: string; [key: string]: unknown }[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter((block) => typeof block?.type === 'string') : [];
}

function activityOf(state: unknown): Translated[] {
  return state === 'running' || state === 'idle' || state === 'requires_action' ? [{ kind: 'activity', activity: state }] : [];
}

/** A user message that Claude Code only repeats. */
function isReplay(message: SDKUserMessage): boolean {
  return 'isReplay' in message && message.isReplay === true && !('isSynthetic' in message && message.isSynthetic === true);
}

function promptUuids(message: object): string[] {
  const { user_message_uuid: one, user_message_uuids: all } = message as { user_message_uuid?: unknown; user_message_uuids?: unknown };
  const uuids = [one, ...(Array.isArray(all) ? all : [])];
  return [...new Set(uuids.filter((uuid) => typeof uuid === 'string'))];
}

function parentOf(parent: string | null | undefined): { parent_tool_use_id?: string } {
  return typeof parent === 'string' ? { parent_tool_use_id: parent } : {};
}
