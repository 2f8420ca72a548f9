import type { McpServer } from '@ai-sessions/protocol';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { SandboxProcess } from '../sandbox/sandbox.ts';
import type { Outbound } from './outbound.ts';
import { ProgramTransport } from './program-transport.ts';
import { RemoteTransport } from './remote-transport.ts';

/** Where an MCP server of a session is reached from. */
export interface McpPlace {
  readonly outbound: Outbound;
  /** Inside path. */
  readonly workspace: string;
  /** Starts a program inside, with these variables besides those of every program there. */
  readonly spawn: (command: string, args: readonly string[], env: Readonly<Record<string, string>>) => SandboxProcess;
}

export interface Way {
  readonly open: () => Transport;
  readonly handshakeMs: number;
  readonly attempts: number;
}

/** Programs such as `npx` fetch what they run first. */
const PROGRAM_HANDSHAKE_MS = 120_000;
const REMOTE_HANDSHAKE_MS = 30_000;
/** A program that cannot run here is not started for ever; a turn of the user's starts it again. */
const PROGRAM_ATTEMPTS = 5;

/** How to connect to a server of this kind. */
export function openTransport(server: McpServer, place: McpPlace): Way {
  if (server.type !== 'stdio') {
    return {
      open: () => new RemoteTransport(server, place.outbound),
      handshakeMs: REMOTE_HANDSHAKE_MS,
      attempts: Number.POSITIVE_INFINITY,
    };
  }
  const { command, args = [], env = {} } = server;
  return {
    open: () => new ProgramTransport(() => place.spawn(command, args, env)),
    handshakeMs: PROGRAM_HANDSHAKE_MS,
    attempts: PROGRAM_ATTEMPTS,
  };
}
