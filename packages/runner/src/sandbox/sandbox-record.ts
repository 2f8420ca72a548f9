import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readProcessEntry } from '../process/process-table.ts';

const recordSchema = z.object({
  /** Names this one opening of the session's sandbox. Also the mark of its processes. */
  incarnation: z.string(),
  sessionId: z.string(),
  root: z.string(),
  /** The host's user id of its processes, if it has one of its own. */
  uid: z.int().nullable(),
  /** Folders of its control group. */
  cgroups: z.array(z.string()),
  owner: z.object({ pid: z.int(), startTicks: z.number() }),
});

/** What must be known to remove a sandbox when the runner that opened it is gone. Written before anything is made. */
export type SandboxRecord = z.infer<typeof recordSchema>;

/** The records of all open sandboxes, a small file each in one folder. */
export class SandboxRecords {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(record: SandboxRecord): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = this.#file(record.incarnation);
    await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  async remove(incarnation: string): Promise<void> {
    await rm(this.#file(incarnation), { force: true });
  }

  /** Files that cannot be read as records are left out. */
  async list(): Promise<SandboxRecord[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const records = await Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => this.#read(name)));
    return records.filter((record) => record !== undefined);
  }

  async #read(name: string): Promise<SandboxRecord | undefined> {
    try {
      return recordSchema.parse(JSON.parse(await readFile(join(this.#folder, name), 'utf8')));
    } catch {
      return undefined;
    }
  }

  #file(incarnation: string): string {
    return join(this.#folder, `${incarnation}.json`);
  }
}

/** Whether the runner that opened the sandbox still lives. A pid alone would not tell: it is reused. */
export async function ownerLives(record: SandboxRecord): Promise<boolean> {
  const entry = await readProcessEntry(record.owner.pid);
  return entry !== undefined && entry.state !== 'Z' && entry.startTicks === record.owner.startTicks;
}

/** This process as an owner of sandboxes. */
export async function thisOwner(): Promise<SandboxRecord['owner']> {
  const entry = await readProcessEntry(process.pid);
  if (!entry) throw new Error('cannot read /proc: sandboxes need Linux with /proc mounted');
  return { pid: entry.pid, startTicks: entry.startTicks };
}
