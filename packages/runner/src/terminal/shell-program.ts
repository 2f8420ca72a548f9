import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionSpec, TerminalSize } from '@ai-sessions/protocol';

/** Node can make no pseudo-terminal without a native addon; Python, which sessions have anyway, can. */
const PTY_HOST = readFileSync(join(import.meta.dirname, 'pty-host.py'), 'utf8');

const INPUT = 0;
const SIZE = 1;

export interface ShellProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
}

/** @param home inside path. */
export function shellProgram(spec: Pick<SessionSpec, 'environment'>, home: string, { rows, cols }: TerminalSize): ShellProgram {
  return {
    command: '/usr/bin/python3',
    args: ['-I', '-c', PTY_HOST, String(rows), String(cols), '/bin/bash', '-i'],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      PS1: String.raw`\[\e[1;34m\]\w\[\e[0m\] \$ `,
      ...spec.environment,
      HOME: home,
      SHELL: '/bin/bash',
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
    },
  };
}

/** What is typed, as the program takes it. */
export function inputFrame(bytes: Uint8Array): Buffer {
  return frame(INPUT, bytes);
}

export function sizeFrame({ rows, cols }: TerminalSize): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt16BE(rows, 0);
  body.writeUInt16BE(cols, 2);
  return frame(SIZE, body);
}

function frame(kind: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}
