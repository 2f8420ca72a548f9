import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import type { Permissions } from '../claude/permissions.ts';
import { type Translated, Translator } from '../claude/translate.ts';
import type { Reporter } from '../reporter.ts';
import type { SessionEvent } from './session-state.ts';
import type { TurnLedger } from './turn-ledger.ts';

export interface ClaudeListenerOptions {
  readonly permissions: Permissions;
  readonly reporter: Reporter;
  readonly ledger: TurnLedger;
  /** Calls that have been told by an earlier incarnation. */
  readonly toldTools: readonly string[];
  /** The prompt whose turn is in hand, null if nobody's is. */
  readonly currentPrompt: () => string | null;
  readonly onEvent: (event: SessionEvent) => void;
  /** `/clear`: the conversation goes on under this id. */
  readonly onConversation: (conversationId: string) => void;
}

/** Hears what Claude Code says, in order, and tells each who is concerned: the server, the permissions, the state machine. */
export class ClaudeListener {
  readonly #options: ClaudeListenerOptions;
  readonly #translator: Translator;

  constructor(options: ClaudeListenerOptions) {
    this.#options = options;
    this.#translator = new Translator(options.permissions.nameOf, options.toldTools);
  }

  /** A new process begins. */
  processStarts(): void {
    this.#translator.restart();
  }

  hear(message: SDKMessage): void {
    for (const told of this.#translator.translate(message)) this.#tell(told);
  }

  #tell(told: Translated): void {
    const { permissions, reporter, onEvent } = this.#options;
    switch (told.kind) {
      case 'live':
        return reporter.live(told.live);
      case 'report':
        return reporter.report(told.report);
      case 'result':
        return this.#resulted(told);
      case 'activity':
        if (told.activity === 'running') return onEvent({ type: 'turn_began' });
        return told.activity === 'idle' ? onEvent({ type: 'quiet' }) : undefined;
      case 'mode':
        return permissions.noteNativeMode(told.mode);
      case 'command':
        return this.#commandEnded(told.uuid, told.state);
      case 'tool':
        permissions.noteTool(told.toolUseId, told.parentToolUseId, told.done);
        if (told.name !== null && told.parentToolUseId === undefined) this.#options.ledger.called({ id: told.toolUseId, name: told.name });
        return this.#options.ledger.toolUsed(told.toolUseId, told.done);
      case 'agent':
        return permissions.noteAgent(told.agentId, told.toolUseId);
      case 'message_end':
        return permissions.messageEnded(told.usedTools && !told.delegated);
      case 'conversation':
        return this.#options.onConversation(told.conversationId);
      default: {
        const unreachable: never = told;
        return unreachable;
      }
    }
  }

  #resulted({ result, promptUuids }: Extract<Translated, { kind: 'result' }>): void {
    const { ledger, currentPrompt, onEvent } = this.#options;
    const whose = promptUuids.flatMap((uuid) => ledger.promptOf(uuid) ?? []);
    const promptId = promptUuids.length === 0 ? undefined : (whose.find((id) => id === currentPrompt()) ?? whose[0] ?? null);
    onEvent({ type: 'result', result: { ...result, total_cost_usd: ledger.spent(result.total_cost_usd) }, promptId });
  }

  #commandEnded(uuid: string, state: string): void {
    const promptId = this.#options.ledger.promptOf(uuid);
    if (promptId === undefined || (state !== 'completed' && state !== 'cancelled')) return;
    this.#options.onEvent({ type: 'prompt_closed', promptId, dropped: state === 'cancelled' });
  }
}
