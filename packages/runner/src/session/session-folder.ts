import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { removeTree } from './remove-tree.ts';

const conversationSchema = z.object({ began: z.string(), now: z.string() });

/** The folder that a runner keeps for one session. Nothing inside a sandbox can reach what this file reads and writes. */
export class SessionFolder {
  readonly path: string;

  constructor(sessionsFolder: string, sessionId: string) {
    this.path = join(sessionsFolder, sessionId);
  }

  /** The id of the conversation as it is now: `/clear` begins another one than the session began with. */
  conversationOf(claudeSessionId: string): string {
    try {
      const { began, now } = conversationSchema.parse(JSON.parse(readFileSync(this.#conversationFile, 'utf8')));
      return began === claudeSessionId ? now : claudeSessionId;
    } catch {
      return claudeSessionId;
    }
  }

  conversationChanged(claudeSessionId: string, now: string): void {
    writeFileSync(this.#conversationFile, JSON.stringify({ began: claudeSessionId, now }), { mode: 0o600 });
  }

  /** Removes the session's files, whatever they are. */
  async purge(): Promise<void> {
    await removeTree(this.path);
  }

  get #conversationFile(): string {
    return join(this.path, 'conversation.json');
  }
}
