import type { RawData } from 'ws';

/** The text of a WebSocket text message, in whichever of the shapes `ws` gives it. */
export function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8');
}
