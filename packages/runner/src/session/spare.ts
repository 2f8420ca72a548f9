import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import type { SessionSpec } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { ClaudeProcess, ClaudeProcessOptions } from '../claude/claude-process.ts';
import type { Permissions } from '../claude/permissions.ts';
import { type ClaudeLaunch, claudeOptions, launchClaude } from './claude-launch.ts';
import type { Hosting } from './hosting.ts';
import type { LateSettings } from './late-settings.ts';
import { Place } from './place.ts';

type Judge = Pick<Permissions, 'canUseTool' | 'preToolUse'>;
/** What a spare serves once it has been claimed. */
export interface Served extends Pick<ClaudeProcessOptions, 'onMessage' | 'onEnd'> {
  readonly permissions: Judge;
  readonly late: LateSettings;
}

export interface ParkOptions {
  /** See `splitSpec`. */
  readonly fixed: SessionSpec;
  readonly hosting: Hosting;
  /** Folder of the spares. */
  readonly folder: string;
  readonly log: Logger;
}

/**
 * A Claude Code that runs in a sandbox of its own and is nobody's yet: no user's words, no token and no file have come near it. Claimed, its
 * place is moved to the session, which it serves from then on.
 */
export class Spare implements AsyncDisposable {
  readonly name: string;
  readonly key: string;
  readonly place: Place;
  readonly claude: ClaudeProcess;
  /** The conversation's id in Claude Code, chosen when it was parked. */
  readonly conversationId: string;
  readonly #root: string;
  readonly #desk: Desk;

  private constructor(parts: Pick<Spare, 'name' | 'key' | 'place' | 'claude' | 'conversationId'>, root: string, desk: Desk) {
    this.name = parts.name;
    this.key = parts.key;
    this.place = parts.place;
    this.claude = parts.claude;
    this.conversationId = parts.conversationId;
    this.#root = root;
    this.#desk = desk;
  }

  /** Starts one. Undefined if Claude Code does not come up; throws if the machine refuses. Nothing is left then. */
  static async park({ fixed, hosting, folder, log }: ParkOptions): Promise<Spare | undefined> {
    const name = `spare-${randomUUID()}`;
    const root = join(folder, name);
    const desk = new Desk();
    const conversationId = randomUUID();
    await using undo = new AsyncDisposableStack();
    undo.defer(() => rm(root, { recursive: true, force: true }));
    const place = undo.use(await Place.open({ sessionId: name, root, hosting, log }));
    const claude = launchClaude({
      spec: fixed,
      place,
      permissions: { mode: fixed.permission_mode, ...desk.permissions },
      mcp: NO_SERVERS,
      plugins: [],
      conversation: { id: conversationId, resume: false },
      continueTurn: false,
      claudeMd: undefined,
      onMessage: (message) => desk.served?.onMessage(message),
      onEnd: (outcome) => desk.ended(outcome),
    });
    if ((await claude.ready()) === undefined || !(await claude.warmUp()) || desk.dead) return undefined;
    const spare = new Spare({ name, key: spareKey(fixed), place, claude, conversationId }, root, desk);
    undo.move();
    return spare;
  }

  /** Resolves when its process has ended. */
  get ended(): Promise<unknown> {
    return this.claude.ended;
  }

  /**
   * Serves a session from now on, with its settings. False if it cannot: it is of no use any more then, and has told the session nothing.
   * The place has to be the session's already.
   */
  async serve({ late, ...served }: Served): Promise<boolean> {
    // Also with nothing to tell: only an answer shows that it lives.
    if (!(await this.claude.adjust(late)) || this.#desk.dead) return false;
    this.#desk.served = served;
    return true;
  }

  /** Removes what a claimed one leaves behind; its place belongs to the session. */
  async removeRoot(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }

  /** Ends one that nobody claimed, or that could not be moved. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.claude.kill();
    await this.place[Symbol.asyncDispose]();
    await this.removeRoot();
  }
}

/** Two sessions can be served by the same spares if their Claude Codes are started in the same way, whatever that consists of. */
export function spareKey(fixed: SessionSpec): string {
  const paths = { workspace: '', home: '' };
  const place = { paths, isolated: true, modelAddress: '', program: '' };
  const { permissions } = new Desk();
  const options = claudeOptions(
    {
      spec: fixed,
      permissions: { mode: fixed.permission_mode, ...permissions },
      mcp: NO_SERVERS,
      plugins: [],
      continueTurn: false,
      claudeMd: undefined,
      conversation: NONE,
    },
    place,
  );
  return createHash('sha256').update(JSON.stringify(options)).digest('base64url');
}

const NO_SERVERS: ClaudeLaunch['mcp'] = { forClaude: () => ({}), serve: () => {} };
const NONE = { id: '', resume: false };

/** Where Claude Code asks and tells, whoever it serves. */
class Desk {
  served: Omit<Served, 'late'> | undefined;
  dead = false;

  readonly permissions: Judge = {
    canUseTool: async (...call) => (await this.served?.permissions.canUseTool(...call)) ?? { behavior: 'deny', message: 'No session yet.' },
    preToolUse: async (...call) => (await this.served?.permissions.preToolUse(...call)) ?? {},
  };

  ended(outcome: Parameters<ClaudeProcessOptions['onEnd']>[0]): void {
    this.dead = true;
    this.served?.onEnd(outcome);
  }
}
