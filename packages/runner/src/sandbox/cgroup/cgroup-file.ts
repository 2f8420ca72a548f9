import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes one setting of a control group. The kernel's refusal says which. */
export async function writeSetting(folder: string, name: string, value: string | number): Promise<void> {
  await writeFile(join(folder, name), `${value}\n`);
}

/** For settings that not every kernel has. */
export async function writeSettingIfThere(folder: string, name: string, value: string | number): Promise<void> {
  try {
    await access(join(folder, name));
  } catch {
    return;
  }
  await writeSetting(folder, name, value);
}

/** A number, or null if it cannot be read. */
export async function readCount(folder: string, name: string): Promise<number | null> {
  return readField(folder, name, /^(\d+)/);
}

/** The number that follows a word at the start of a line, e.g. `oom_kill 3`. */
export async function readNamedCount(folder: string, name: string, word: string): Promise<number | null> {
  return readField(folder, name, new RegExp(`^${word} (\\d+)`, 'm'));
}

/** The same, at once: for what is read every second of every sandbox. */
export function readNamedCountNow(folder: string, name: string, word: string): number | null {
  return readFieldNow(folder, name, new RegExp(`^${word} (\\d+)`, 'm'));
}

export function readCountNow(folder: string, name: string): number | null {
  return readFieldNow(folder, name, /^(\d+)/);
}

/** Writes a setting at once. That its group has gone meanwhile is no matter. */
export function writeSettingNow(folder: string, name: string, value: string | number): void {
  try {
    // Not O_CREAT: a file that is not there is a setting that this kernel does not have.
    const fd = openSync(join(folder, name), constants.O_WRONLY | constants.O_TRUNC);
    try {
      writeSync(fd, `${value}\n`);
    } finally {
      closeSync(fd);
    }
  } catch {
    // As above.
  }
}

export async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function readField(folder: string, name: string, pattern: RegExp): Promise<number | null> {
  try {
    const [, digits] = pattern.exec(await readFile(join(folder, name), 'utf8')) ?? [];
    return digits === undefined ? null : Number(digits);
  } catch {
    return null;
  }
}

function readFieldNow(folder: string, name: string, pattern: RegExp): number | null {
  try {
    const [, digits] = pattern.exec(readFileSync(join(folder, name), 'utf8')) ?? [];
    return digits === undefined ? null : Number(digits);
  } catch {
    return null;
  }
}
