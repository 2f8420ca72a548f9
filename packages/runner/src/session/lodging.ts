import type { SessionSpec } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { ClaudeProcess } from '../claude/claude-process.ts';
import { type ClaudeLaunch, launchClaude } from './claude-launch.ts';
import type { Hosting } from './hosting.ts';
import { Place } from './place.ts';
import type { SessionFolder } from './session-folder.ts';
import type { Spare } from './spare.ts';
import type { WarmPool } from './warm-pool.ts';

/** What incarnations need of their runner. */
export interface SessionHosting extends Hosting {
  readonly spares: Pick<WarmPool, 'claim'>;
}

export interface LodgingOptions {
  readonly spec: SessionSpec;
  readonly folder: SessionFolder;
  readonly hosting: SessionHosting;
  /** The session's bearer for the gateway, as it is now. */
  readonly gatewayToken: () => string;
  readonly log: Logger;
}

/** Where an incarnation lives: a place of its own, or that of a spare with the Claude Code in it. */
export class Lodging implements AsyncDisposable {
  readonly #options: LodgingOptions;
  #place: Promise<Place> | undefined;
  /** Claimed with the place, and not put to use yet. */
  #spare: Spare | undefined;

  constructor(options: LodgingOptions) {
    this.#options = options;
  }

  /** True while it holds a Claude Code that runs already. */
  get warm(): boolean {
    return this.#spare !== undefined;
  }

  /** Waits until Claude Code may be started; until the returned turn is disposed others wait. With a spare there is nothing to start. */
  async turn(): Promise<Disposable | undefined> {
    const { hosting, spec } = this.#options;
    if (this.#place === undefined) this.#spare = hosting.spares.claim(spec);
    return this.warm ? undefined : await hosting.starts.enter();
  }

  /** The place, the same each time. Throws if the machine refuses. */
  open(): Promise<Place> {
    const { spec, folder, hosting, gatewayToken, log } = this.#options;
    const tenancy = { sessionId: spec.session_id, root: folder.path, hosting, gatewayToken, log };
    this.#place ??= this.#moveIn(tenancy).then((place) => place ?? Place.open(tenancy));
    return this.#place;
  }

  /** The Claude Code of the incarnation: the spare's where it suits, else a new one. It is up once it is `ready`. */
  async bringUp(launch: ClaudeLaunch): Promise<ClaudeProcess> {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare === undefined) return launchClaude(launch);
    // A new workspace has no CLAUDE.md and no conversation: a spare knows of neither.
    if (!launch.conversation.resume && launch.claudeMd === undefined && (await this.#putToUse(spare, launch))) return spare.claude;
    spare.claude.kill();
    return launchClaude(launch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const place = await this.#place?.catch(() => undefined);
    await (place ?? this.#spare)?.[Symbol.asyncDispose]();
  }

  /** Makes the spare's place the session's. Undefined if there is none, or it cannot be. */
  async #moveIn(tenancy: { sessionId: string; root: string; gatewayToken: () => string }): Promise<Place | undefined> {
    const spare = this.#spare;
    if (spare === undefined) return undefined;
    try {
      await spare.place.moveTo(tenancy);
      await spare.removeRoot();
      return spare.place;
    } catch (error) {
      this.#options.log.info({ err: error, spare: spare.name }, 'a spare cannot be used');
      this.#spare = undefined;
      await spare[Symbol.asyncDispose]();
      return undefined;
    }
  }

  /** Has a spare serve this session. Under which id its conversation goes is on disk before it hears the first prompt. */
  async #putToUse(spare: Spare, { permissions, onMessage, onEnd }: ClaudeLaunch): Promise<boolean> {
    const { spec, folder, log } = this.#options;
    const late = { model: spec.model, environment: spec.environment };
    if (!(await spare.serve({ permissions, late, onMessage, onEnd }))) {
      log.info({ spare: spare.name }, 'a spare does not answer');
      return false;
    }
    folder.conversationChanged(spec.claude_session_id, spare.conversationId);
    return true;
  }
}
