import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { readConfig, type ServerConfig } from './config.ts';
import { loadMasterKey } from './vault/master-key.ts';

/** One line of `npm run doctor`; printed as JSON for the launcher. */
interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly mend?: string;
}

const leastFreeBytes = 2 * 1024 ** 3;

async function check(): Promise<Finding[]> {
  let config: ServerConfig;
  try {
    config = readConfig(process.env);
  } catch (error) {
    return [{ name: 'settings', state: 'fail', text: messageOf(error), mend: 'correct the environment variables named' }];
  }
  return [
    { name: 'settings', state: 'ok', text: `data in ${config.dataDir}` },
    masterKey(config),
    await disk(config),
    await port(config),
    await upstream(config),
    existsSync(path.join(config.webDir, 'index.html'))
      ? { name: 'web UI', state: 'ok', text: 'built' }
      : { name: 'web UI', state: 'warn', text: 'not built yet', mend: 'npm start builds it, or: npm run build:web' },
  ];
}

function masterKey(config: ServerConfig): Finding {
  const name = 'master key';
  if (config.masterKey === null && !existsSync(path.join(config.dataDir, 'master.key')))
    return { name, state: 'ok', text: 'is made at the first start' };
  try {
    loadMasterKey(config);
    return { name, state: 'ok', text: config.masterKey === null ? 'readable' : 'from the environment' };
  } catch (error) {
    return { name, state: 'fail', text: messageOf(error) };
  }
}

async function disk(config: ServerConfig): Promise<Finding> {
  const name = 'disk';
  let folder = config.dataDir;
  while (!existsSync(folder)) folder = path.dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    const { bavail, bsize } = await statfs(folder);
    const free = `${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB free`;
    return bavail * bsize < leastFreeBytes
      ? { name, state: 'warn', text: free, mend: `free some space below ${folder}` }
      : { name, state: 'ok', text: free };
  } catch (error) {
    return {
      name,
      state: 'fail',
      text: `${folder}: ${messageOf(error)}`,
      mend: 'set AI_SESSIONS_DATA_DIR to a folder that can be written',
    };
  }
}

async function port(config: ServerConfig): Promise<Finding> {
  const name = 'port';
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(config.port, config.host, resolve);
    });
    return { name, state: 'ok', text: `${config.host}:${config.port} is free` };
  } catch (error) {
    const busy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    return {
      name,
      state: busy ? 'warn' : 'fail',
      text: busy ? `${config.host}:${config.port} is in use (by a running ai-sessions?)` : messageOf(error),
      mend: 'set AI_SESSIONS_PORT to a free one',
    };
  } finally {
    server.close();
  }
}

/** Any HTTP answer will do: without a key the API refuses, but it is there. */
async function upstream(config: ServerConfig): Promise<Finding> {
  const name = 'upstream';
  if (config.demo) return { name, state: 'ok', text: 'the scripted model (demo)' };
  try {
    await fetch(`${config.modelUpstream}/v1/models`, { signal: AbortSignal.timeout(5000), redirect: 'manual' });
    return { name, state: 'ok', text: `${config.modelUpstream} answers` };
  } catch {
    return {
      name,
      state: 'warn',
      text: `${config.modelUpstream} does not answer`,
      mend: 'check the network or AI_SESSIONS_MODEL_UPSTREAM; npm start -- --demo needs none',
    };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.stdout.write(JSON.stringify(await check()));
