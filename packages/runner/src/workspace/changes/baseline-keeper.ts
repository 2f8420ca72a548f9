import { join } from 'node:path';
import type { Report } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { Reporter } from '../../reporter.ts';
import { Baselines } from './baseline.ts';

/** Keeps what workspaces were like at their session's start and before its last prompt, by what is reported of the session. */
export class BaselineKeeper {
  readonly #sessionsFolder: string;
  readonly #log: Logger;
  readonly #taking = new Map<string, Promise<void>>();

  constructor(sessionsFolder: string, log: Logger) {
    this.#sessionsFolder = sessionsFolder;
    this.#log = log;
  }

  /** The reporter, listened to. */
  listenTo(sessionId: string, reporter: Reporter): Reporter {
    return {
      report: (report) => {
        this.#heard(sessionId, report);
        reporter.report(report);
      },
      get room() {
        return reporter.room;
      },
      live: (live) => reporter.live(live),
    };
  }

  #heard(sessionId: string, report: Report): void {
    if (report.kind === 'ready') this.#take(sessionId, 'start');
    // The model answers much later than the folder is read.
    if (report.kind === 'prompt_started') this.#take(sessionId, 'prompt');
  }

  #take(sessionId: string, name: 'start' | 'prompt'): void {
    const baselines = new Baselines(join(this.#sessionsFolder, sessionId));
    const take = async () => {
      if (name === 'prompt' || (await baselines.read('start')) === null) await baselines.take(name);
    };
    const taken = (this.#taking.get(sessionId) ?? Promise.resolve())
      .then(take)
      .catch((error: unknown) => this.#log.warn({ err: error, session_id: sessionId }, 'the state of a workspace could not be kept'))
      .finally(() => this.#taking.get(sessionId) === taken && this.#taking.delete(sessionId));
    this.#taking.set(sessionId, taken);
  }
}
