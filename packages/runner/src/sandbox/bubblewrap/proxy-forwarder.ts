import { INSIDE_PATHS } from './command-line.ts';

/** The program that forwards; where it is missing sessions have no way out. */
export const FORWARDER = '/usr/bin/socat';
/** In a network of its own any port is free; above the range that the kernel gives out by itself. */
const PORT = 61080;
/** /proc/net/tcp: address and port in hexadecimal, and the state LISTEN. */
const LISTENING = `0100007F:${PORT.toString(16).toUpperCase().padStart(4, '0')} 0A`;
/** Connections at a time, each with a process of its own inside. */
const MAX_CONNECTIONS = 128;

/**
 * Programs know proxies by TCP address only, and a sandbox's loopback is its own: socat hands on what comes to a port of it. It is an
 * orphan, so that the program finds no child it did not make, and it is there before the program is. Where there is no socat there is
 * no way out, and the program runs all the same.
 */
const START = `${FORWARDER} -b65536 -t60 TCP4-LISTEN:${PORT},bind=127.0.0.1,reuseaddr,backlog=128,fork,max-children=${MAX_CONNECTIONS} "UNIX-CONNECT:$0" </dev/null >/dev/null 2>&1 &`;
const WAIT = `
  tries=0
  until while read -r _ at _ state _; do [ "$at $state" = '${LISTENING}' ] && break; done </proc/net/tcp; do
    tries=$((tries + 1))
    [ "$tries" -gt 200 ] && break
    sleep 0.005
  done`;

/**
 * The words to put before a program's own, so that it finds the proxy that listens on this socket of the sandbox's `run` folder.
 * @param late the program is started at once, and the proxy there some 10 ms after it
 */
export function forwarded(socket: string, late: boolean): string[] {
  const script = `[ -x ${FORWARDER} ] && (
  ${START}${late ? '' : WAIT}
)
exec "$@"`;
  return ['/bin/sh', '-c', script, `${INSIDE_PATHS.run}/${socket}`];
}

const PROXY = `http://127.0.0.1:${PORT}`;
const DIRECT = 'localhost,127.0.0.1,::1,model.internal';

/** What programs look at to find a proxy: some know the one spelling only, some the other. */
export const PROXY_ENVIRONMENT: Readonly<Record<string, string>> = {
  HTTP_PROXY: PROXY,
  HTTPS_PROXY: PROXY,
  ALL_PROXY: PROXY,
  NO_PROXY: DIRECT,
  http_proxy: PROXY,
  https_proxy: PROXY,
  all_proxy: PROXY,
  no_proxy: DIRECT,
  // Else Node's own fetch and http know no proxy.
  NODE_USE_ENV_PROXY: '1',
};
