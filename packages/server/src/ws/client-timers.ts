import { closeCodes, fixedLimits } from '@ai-sessions/protocol';
import type { WebSocket } from 'ws';
import type { Identity } from '../auth/auth.ts';
import type { Clock } from '../clock.ts';

const leewayMs = 5000;
const maxTimerMs = 2 ** 31 - 1;

/** Pings a client, drops one that is silent, and closes when its token expires. Until the connection ends. */
export function timedSocket(ws: WebSocket, clock: Clock, identity: Identity): void {
  let heardAt = clock.now();
  const heartbeat = setInterval(() => {
    if (clock.now() - heardAt > fixedLimits.silenceSeconds * 1000) ws.terminate();
    else ws.ping();
  }, fixedLimits.heartbeatSeconds * 1000);
  const expiry = setTimeout(
    () => ws.close(closeCodes.tokenExpired, 'token expired'),
    Math.min(maxTimerMs, Math.max(0, identity.expiresAt + leewayMs - clock.now())),
  );
  const hear = () => (heardAt = clock.now());
  ws.on('pong', hear).on('message', hear);
  ws.on('close', () => {
    clearInterval(heartbeat);
    clearTimeout(expiry);
  });
}
