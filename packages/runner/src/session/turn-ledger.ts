import type { SeenCall } from './resume-turn.ts';
import { promptUuid, type uuidFor } from '../claude/prompt-uuid.ts';

type MessageUuid = ReturnType<typeof uuidFor>;

/** Results come soon after their messages: what is older is of no use. */
const REMEMBERED_MESSAGES = 100;

/** What is known of the turn in hand, of the messages that Claude Code was sent, and of what was spent. */
export class TurnLedger {
  /** User messages of the present process, by their UUID: whose turn they are. */
  readonly #messages = new Map<string, string>();
  /** Calls of the turn that have no result yet. */
  readonly #running = new Set<string>();
  /** Calls of the main thread that the present process was seen to make in this turn, by id: the tool's name. */
  readonly #calls = new Map<string, string>();
  #acted = false;
  #spentUsd = 0;
  #processSpentUsd = 0;

  get runningTools(): ReadonlySet<string> {
    return this.#running;
  }

  /** Claude Code may not have written all of them down when it died. */
  get calls(): readonly SeenCall[] {
    return [...this.#calls].map(([id, name]) => ({ id, name }));
  }

  /** A tool of the turn has run. */
  get acted(): boolean {
    return this.#acted;
  }

  /** @param promptId the prompt whose turn the new process goes on with, if any. */
  processStarts(promptId: string | null): void {
    this.#messages.clear();
    this.#running.clear();
    this.#calls.clear();
    if (promptId !== null) this.#messages.set(promptUuid(promptId), promptId);
  }

  processEnded(): void {
    this.#spentUsd += this.#processSpentUsd;
    this.#processSpentUsd = 0;
  }

  sent(uuid: MessageUuid, promptId: string): void {
    const [oldest] = this.#messages.keys();
    if (oldest !== undefined && this.#messages.size >= REMEMBERED_MESSAGES) this.#messages.delete(oldest);
    this.#messages.set(uuid, promptId);
  }

  promptOf(uuid: string): string | undefined {
    return this.#messages.get(uuid);
  }

  called({ id, name }: SeenCall): void {
    this.#calls.set(id, name);
  }

  toolUsed(toolUseId: string, done: boolean): void {
    if (done) this.#running.delete(toolUseId);
    else this.#running.add(toolUseId);
    if (done) this.#acted = true;
  }

  turnEnded(): void {
    this.#running.clear();
    this.#calls.clear();
    this.#acted = false;
  }

  /** @param processUsd what Claude Code counted since its process began. Returns what the incarnation has spent. */
  spent(processUsd: number): number {
    this.#processSpentUsd = processUsd;
    return this.#spentUsd + processUsd;
  }
}
