import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The id of this runner, the same for the whole life of its folder. */
export function runnerId(folder: string): string {
  const path = join(folder, 'runner.id');
  // Others may pass through: the sandboxes' users reach their own sockets below it.
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  try {
    const id = readFileSync(path, 'utf8').trim();
    if (/^run_[\w-]{1,64}$/.test(id)) return id;
  } catch {
    // The first start.
  }
  const id = `run_${randomUUID()}`;
  writeFileSync(path, `${id}\n`, { mode: 0o600 });
  return id;
}
