import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { System, processes } from '../harness/system.ts';
import { FaultProxy } from './fault-proxy.ts';

/** A whole system as `npm start` makes it, whose runner reaches its server through a proxy that can harm the way. */
export class Installation implements AsyncDisposable {
  readonly system: System;
  /** Between runner and server: the link, and the model's calls beside it. */
  readonly link: FaultProxy;
  readonly port: number;

  private constructor(system: System, link: FaultProxy, port: number) {
    this.system = system;
    this.link = link;
    this.port = port;
  }

  static async start(env: NodeJS.ProcessEnv = {}): Promise<Installation> {
    const port = await freePort();
    const link = await FaultProxy.listen(() => port);
    try {
      const system = await System.start({
        env: { AI_SESSIONS_PORT: String(port), AI_SESSIONS_SERVER_URL: `http://127.0.0.1:${link.port}`, ...env },
      });
      return new Installation(system, link, port);
    } catch (error) {
      await link[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.system[Symbol.asyncDispose]();
    await this.link[Symbol.asyncDispose]();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

export interface HostedClaude {
  readonly pid: number;
  /** Null where the process table does not tell, or it waits for a session. */
  readonly sessionId: string | null;
}

/** The Claude Code processes of an installation, and whose they are. */
export function hostedClaudes(system: System): HostedClaude[] {
  return claudesBelow(system).map((pid) => ({ pid, sessionId: sessionOf(pid) }));
}

function claudesBelow(system: System): number[] {
  try {
    return system.claudeProcesses().map(({ pid }) => pid);
  } catch {
    // The runner is just being started again.
    return [];
  }
}

function sessionOf(pid: number): string | null {
  try {
    return /(?:ai-sessions\.|\/)(ses_[\w-]+)/.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** All processes of this machine that belong to an installation, by its data folder or its sessions. */
export function processesOf(dataDir: string, sessions: ReadonlySet<string>): string[] {
  return processes().flatMap(({ pid, command }) => {
    if (pid === process.pid) return [];
    const session = sessionOf(pid);
    const belongs = command.includes(dataDir) || (session !== null && sessions.has(session)) || environmentOf(pid).includes(dataDir);
    return belongs ? [`${pid} ${command.slice(0, 120)}`] : [];
  });
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
