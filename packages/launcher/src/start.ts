import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Child } from './child.ts';
import { lockDataDir } from './only-one.ts';
import { findings } from './probe.ts';
import { readSettings } from './settings.ts';
import { buildWeb, webBuildNeeded } from './web-build.ts';

const packages = path.resolve(import.meta.dirname, '../..');
const runnerPatienceMs = 6000;
const serverPatienceMs = 9500;

/** Prepares everything, starts server and runner (and the scripted model in the demo), and keeps them running until SIGTERM. */
async function start(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), process.env);
  mkdirSync(settings.dataDir, { recursive: true });
  chmodSync(settings.dataDir, 0o700);
  using _lock = await lockDataDir(settings.dataDir);
  const stopped = Promise.withResolvers<void>();
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  stop.signal.addEventListener('abort', () => stopped.resolve());

  const env: NodeJS.ProcessEnv = { ...settings.env };
  const [sandbox] = await Promise.all([chooseSandbox(env), prepareWeb(stop.signal)]);
  env['AI_SESSIONS_SANDBOX'] = sandbox;
  let listening: Listening | null = null;
  // A runner may be told to take another way to the server, through a proxy.
  const serverUrlGiven = env['AI_SESSIONS_SERVER_URL'];

  const fail = (name: string, how: string) => {
    say(`${name} could not be kept running (${how}). Its last lines above say why; "npm run doctor" checks this machine.`);
    process.exitCode = 1;
    stopped.resolve();
  };
  const onDeath = (name: string) => (how: string, again: number | null) => {
    if (again === null) fail(name, how);
    else say(`the ${name} ended (${how}); it is started again`);
  };

  const model = new Child({
    name: 'scripted model',
    entry: path.join(packages, 'scripted-model/src/bin.ts'),
    args: ['--demo'],
    env: () => env,
    onMessage: (message) => {
      if (!isListening(message)) return;
      env['AI_SESSIONS_MODEL_UPSTREAM'] = message.url;
      // Started again, it must be found where it was.
      env['SCRIPTED_MODEL_PORT'] = new URL(message.url).port;
      model.ready();
      if (server.pid === null) server.start();
    },
    onDeath: onDeath('scripted model'),
  });
  const server = new Child({
    name: 'server',
    entry: path.join(packages, 'server/src/bin.ts'),
    env: () => env,
    onMessage: (message) => {
      if (!isListening(message)) return;
      // Started again, it must be found where it was, also when it chose the port itself.
      env['AI_SESSIONS_PORT'] = new URL(message.url).port;
      env['AI_SESSIONS_SERVER_URL'] = serverUrlGiven ?? loopback(message.url);
      server.ready();
      if (listening === null) welcome(message, sandbox, settings.demo);
      listening = message;
      if (runner.pid === null) runner.start();
    },
    onDeath: onDeath('server'),
  });
  const runner = new Child({
    name: 'runner',
    entry: path.join(packages, 'runner/src/bin.ts'),
    // The runner starts what people run: the server's secrets are none of its business.
    env: () => without(env, ['AI_SESSIONS_MASTER_KEY', 'AI_SESSIONS_OIDC_CLIENT_SECRET', 'AI_SESSIONS_AUTH_OIDC_CLIENT_SECRET']),
    onMessage: () => runner.ready(),
    onDeath: onDeath('runner'),
  });

  if (settings.demo) model.start();
  else server.start();
  await stopped.promise;
  // The runner first: what it still has to say reaches the server.
  await runner.stop(runnerPatienceMs);
  await Promise.all([server.stop(serverPatienceMs - runnerPatienceMs + 500), model.stop(1000)]);
}

interface Listening {
  readonly type: 'listening';
  readonly url: string;
  readonly signInLink?: string;
}

function without(env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

function isListening(message: unknown): message is Listening {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'listening';
}

/** The isolation to use: as set, else bubblewrap where it works. What is missing for it is said, with its mend. */
async function chooseSandbox(env: NodeJS.ProcessEnv): Promise<string> {
  const set = env['AI_SESSIONS_SANDBOX'];
  if (set !== undefined && set !== '') return set;
  const problems = (await findings('runner', env)).filter((finding) => finding.name.startsWith('sandbox') && finding.state === 'fail');
  if (problems.length === 0) return 'bubblewrap';
  for (const { text, mend } of problems) say(`no sandbox: ${text}${mend === undefined ? '' : `. To mend it: ${mend}`}`);
  say('sessions run WITHOUT isolation, for one user on this machine only');
  return 'none';
}

async function prepareWeb(signal: AbortSignal): Promise<void> {
  if (!webBuildNeeded()) return;
  say('building the web UI (once) …');
  // Without its page the system still serves the API.
  await buildWeb(signal).catch((error: Error) => say(error.message));
}

/** The runner reaches the server on this machine, wherever it listens. */
function loopback(url: string): string {
  const parsed = new URL(url);
  if (parsed.hostname === '0.0.0.0') parsed.hostname = '127.0.0.1';
  if (parsed.hostname === '[::]') parsed.hostname = '[::1]';
  return parsed.origin;
}

function welcome(listening: Listening, sandbox: string, demo: boolean): void {
  say(`
  ai-sessions runs at ${listening.url}${sandbox === 'none' ? '   (no sandbox: one user, this machine only)' : ''}
${demo ? '  Demo: a scripted model answers; Claude Code, the sandbox and everything else are real.\n' : ''}
  Sign in${listening.signInLink?.includes('#code=') === true ? ' once with this link (15 minutes)' : ''}:
  ${listening.signInLink ?? ''}
`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await start();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
