import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { z } from 'zod';

const infoSchema = z.object({ 'child-pid': z.int().positive() });

/**
 * The program inside, as the host sees it. A signal to bwrap would end bwrap, and with it all inside at once. To let the program end in its
 * own way, the signal must reach the program: the first child of the process namespace's init.
 */
export class InnerProgram {
  #info = '';

  /** @param info what bwrap writes to `--info-fd`: JSON with the host's pid of the namespace's init. */
  watch(info: Readable): void {
    info.on('error', () => {});
    info.on('data', (chunk: Buffer) => {
      this.#info += chunk.toString('utf8');
    });
  }

  /** False while the program has not begun, or when it has ended. */
  signal(signal: NodeJS.Signals): boolean {
    const pid = this.#findPid();
    if (pid === undefined) return false;
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  }

  #findPid(): number | undefined {
    try {
      const init = infoSchema.parse(JSON.parse(this.#info))['child-pid'];
      const [first] = readFileSync(`/proc/${init}/task/${init}/children`, 'utf8').trim().split(' ');
      return first ? Number(first) : undefined;
    } catch {
      return undefined;
    }
  }
}
