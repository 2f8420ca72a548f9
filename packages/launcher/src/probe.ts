import { spawn } from 'node:child_process';
import path from 'node:path';

/** What one check of a program's `doctor` found. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do about it, where there is something. */
  readonly mend?: string;
}

/** Asks a part of the system to check what it needs of this machine. The part prints one JSON array of findings. */
export async function findings(part: 'server' | 'runner', env: NodeJS.ProcessEnv, timeoutMs = 20_000): Promise<Finding[]> {
  const entry = path.resolve(import.meta.dirname, `../../${part}/src/doctor.ts`);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.err = (said.err + chunk.toString()).slice(-2000)));
  await new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    return JSON.parse(said.out) as Finding[];
  } catch {
    return [{ name: part, state: 'fail', text: `its checks did not run: ${said.err.trim() || 'no answer'}` }];
  }
}
