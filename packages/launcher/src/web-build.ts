import { spawn } from 'node:child_process';
import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const web = path.resolve(import.meta.dirname, '../../web');

/** Whether the web UI has to be built: never built, or older than its sources. */
export function webBuildNeeded(folder = web): boolean {
  const built = path.join(folder, 'dist/index.html');
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  const sources = ['src', '../client/src', '../protocol/src'].map((name) => path.join(folder, name)).filter((name) => existsSync(name));
  const files = [
    ...sources.flatMap((source) => filesBelow(source)),
    ...['index.html', 'vite.config.ts', 'package.json'].map((name) => path.join(folder, name)),
  ];
  return files.some((file) => existsSync(file) && statSync(file).mtimeMs > builtAt);
}

/** Builds the web UI; rejects with what the build said when it fails. */
export async function buildWeb(signal: AbortSignal): Promise<void> {
  const vite = path.resolve(import.meta.dirname, '../../../node_modules/vite/bin/vite.js');
  const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: web,
    // Whatever the caller's environment says: a build for development weighs twice as much.
    env: { ...process.env, NODE_ENV: 'production' },
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`the web UI could not be built:\n${said}`);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((entry: Dirent) =>
    entry.isFile() ? [path.join(entry.parentPath, entry.name)] : [],
  );
}
