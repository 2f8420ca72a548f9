import type { SandboxSpawnOptions } from '../sandbox/sandbox.ts';
import { TERMINAL_COLUMNS, TERMINAL_ROWS } from './login-terminal.ts';

export interface LoginProgramOptions {
  /** Inside paths. */
  readonly claude: string;
  readonly home: string;
  /** The way out: the proxy's socket as it is seen inside, or its port where the network is the host's. */
  readonly proxy: { readonly socket: string } | { readonly port: number };
  /** A certificate authority to trust besides the system's, inside path. */
  readonly extraCa: string | undefined;
}

export interface LoginProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: SandboxSpawnOptions['env'];
}

/** In a network of its own any port is free. */
const FORWARDER_PORT = 8118;

const TERMINAL = `script -qfec 'stty cols ${TERMINAL_COLUMNS} rows ${TERMINAL_ROWS} && exec "$LOGIN_CLAUDE" setup-token' /dev/null`;
/** A sandbox lasts as long as anything in it: the forwarder has to end when Claude Code has. */
const FORWARDED = `
socat TCP-LISTEN:${FORWARDER_PORT},bind=127.0.0.1,fork,reuseaddr "UNIX-CONNECT:$LOGIN_SOCKET" </dev/null >/dev/null &
forwarder=$!
${TERMINAL}
status=$?
kill "$forwarder"
exit "$status"`;

/**
 * The unmodified `claude setup-token`: it makes a token that is valid for a year, for inference only, and stores it nowhere.
 * It wants a terminal, which `script` (util-linux) gives it between pipes.
 */
export function loginProgram({ claude, home, proxy, extraCa }: LoginProgramOptions): LoginProgram {
  const forwarded = 'socket' in proxy;
  return {
    command: '/bin/sh',
    args: ['-c', forwarded ? FORWARDED : `exec ${TERMINAL}`],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      SHELL: '/bin/sh',
      HOME: home,
      LOGIN_CLAUDE: claude,
      ...(forwarded ? { LOGIN_SOCKET: proxy.socket } : {}),
      HTTPS_PROXY: `http://127.0.0.1:${forwarded ? FORWARDER_PORT : proxy.port}`,
      // The short link that it shows otherwise does not tell the state, which the server compares.
      CLAUDE_CODE_FULL_SIGN_IN_LINK: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      // The user's browser is elsewhere.
      BROWSER: 'true',
      ...(extraCa === undefined ? {} : { NODE_EXTRA_CA_CERTS: extraCa }),
    },
  };
}

/** The keys that paste a text as a terminal does (bracketed paste) and send it. */
export function pasted(text: string): string {
  return `\u001b[200~${text}\u001b[201~\r`;
}
