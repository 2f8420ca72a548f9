import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf } from '../files/workspace-refused.ts';
import { readText, walkWorkspace } from './workspace-walk.ts';

const baselineSchema = z.strictObject({
  complete: z.boolean(),
  files: z.record(z.string(), z.strictObject({ size: z.number(), modifiedAt: z.string(), text: z.string().nullable() })),
});
/** A workspace as it was, outside of its repositories: its files, with the text of those that are small. */
export type Baseline = z.infer<typeof baselineSchema>;

/** Text that is kept of one workspace together: it is written at each prompt, beside the work of other sessions. */
const keptBytes = 2 * 1024 * 1024;

/** Kept beside the workspace, out of the session's reach. */
export class Baselines {
  readonly #folder: string;

  /** @param folder the host folder of the session. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(name: 'start' | 'prompt'): Promise<Baseline | null> {
    try {
      return baselineSchema.parse(JSON.parse(await readFile(this.#file(name), 'utf8')));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError) return null;
      throw error;
    }
  }

  async take(name: 'start' | 'prompt'): Promise<void> {
    const hostWorkspace = join(this.#folder, 'workspace');
    const [walk, before] = await Promise.all([walkWorkspace(hostWorkspace), this.read('prompt')]);
    const files: Baseline['files'] = {};
    let kept = 0;
    for (const [path, file] of walk.files) {
      const known = before?.files[path];
      const same = known?.size === file.size && known.modifiedAt === file.modifiedAt;
      const text =
        kept + file.size > keptBytes ? null : same && known.text !== null ? known.text : (await readText(hostWorkspace, path)).text;
      kept += text === null ? 0 : file.size;
      files[path] = { ...file, text };
    }
    const fresh = `${this.#file(name)}.new`;
    await writeFile(fresh, JSON.stringify({ complete: walk.complete, files } satisfies Baseline), { mode: 0o600 });
    await rename(fresh, this.#file(name));
  }

  #file(name: string): string {
    return join(this.#folder, `baseline-${name}.json`);
  }
}
