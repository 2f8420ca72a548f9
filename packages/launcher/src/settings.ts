import path from 'node:path';

/** What the launcher itself needs of the environment; server and runner read theirs. */
export interface LauncherSettings {
  readonly demo: boolean;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** @throws Error on an argument that is not known. */
export function readSettings(args: readonly string[], env: NodeJS.ProcessEnv): LauncherSettings {
  const unknown = args.filter((arg) => arg !== '--demo');
  if (unknown.length > 0) throw new Error(`Unknown argument: ${unknown.join(' ')}. "npm start" knows one: -- --demo`);
  const demo = args.includes('--demo');
  const given = env['AI_SESSIONS_DATA_DIR'];
  const dataDir = path.resolve(given === undefined || given === '' ? 'data' : given);
  return { demo, dataDir, env: { ...env, AI_SESSIONS_DATA_DIR: dataDir, ...(demo ? { AI_SESSIONS_DEMO: '1' } : {}) } };
}
