import { randomBytes } from 'node:crypto';
import { type Socket, connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { epochNow } from './waiting.ts';

export interface CrowdOrder {
  readonly host: string;
  readonly port: number;
  /** Path and query of the WebSocket, one for each viewer. */
  readonly paths: readonly string[];
  /** Viewers that read the frames, beside counting them. */
  readonly readers: number;
}

/** What the crowd has seen. */
export interface CrowdSeen {
  readonly open: number;
  /** How many events each viewer got: the one with the fewest, and the one with the most. */
  readonly fewest: number;
  readonly most: number;
  /** Milliseconds from the stamp in an event (`@<epoch ms>@`) to its arrival, of those who read; since it was asked last. */
  readonly latencies: readonly number[];
}

const dialsAtOnce = 100;
const event = Buffer.from('{"type":"assistant"');
/** Told once a viewer is attached. */
const status = Buffer.from('{"type":"session_status"');
const stamp = /@(\d+\.\d+)@/;

/**
 * Many viewers in a thread of their own. They speak as much of the WebSocket protocol (RFC 6455) as is needed to be one and to tell frames
 * apart: at 100,000 frames a second a whole client for each would measure itself.
 */
class Viewer {
  readonly socket: Socket;
  readonly attached = Promise.withResolvers<void>();
  readonly #reads: boolean;
  readonly #latencies: number[];
  #rest: Buffer = Buffer.alloc(0);
  #open = false;
  events = 0;

  constructor({ host, port }: CrowdOrder, path: string, reads: boolean, latencies: number[]) {
    this.#reads = reads;
    this.#latencies = latencies;
    this.socket = connect(port, host);
    const key = randomBytes(16).toString('base64');
    this.socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    this.socket.on('data', (data: Buffer) => this.#take(data));
    this.socket.on('error', (error) => this.attached.reject(error));
    this.socket.on('close', () => this.attached.reject(new Error('a viewer was disconnected')));
  }

  #take(data: Buffer): void {
    const at = this.#reads ? epochNow() : 0;
    let rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    if (!this.#open) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return void (this.#rest = rest);
      if (!rest.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101')))
        return this.attached.reject(new Error(rest.toString('latin1', 0, end)));
      rest = rest.subarray(end + 4);
      this.#open = true;
    }
    for (let frame = firstFrame(rest); frame !== null; frame = firstFrame(rest)) {
      if (startsAt(rest, frame.from, event)) this.#heard(rest.subarray(frame.from, frame.to), at);
      else if (startsAt(rest, frame.from, status)) this.attached.resolve();
      rest = rest.subarray(frame.to);
    }
    // A copy: what is kept must not hold the whole of what came.
    this.#rest = Buffer.from(rest);
  }

  #heard(frame: Buffer, at: number): void {
    this.events += 1;
    const sentAt = this.#reads ? stamp.exec(frame.toString('latin1'))?.[1] : undefined;
    if (sentAt !== undefined) this.#latencies.push(at - Number(sentAt));
  }
}

function startsAt(bytes: Buffer, from: number, head: Buffer): boolean {
  return bytes.compare(head, 0, head.length, from, Math.min(bytes.length, from + head.length)) === 0;
}

/** Where the payload of the first frame is; null while it is not whole. A server's frames are not masked. */
function firstFrame(bytes: Buffer): { from: number; to: number } | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const from = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < from) return null;
  const to = from + (short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)));
  return bytes.length < to ? null : { from, to };
}

async function gather(order: CrowdOrder): Promise<void> {
  const latencies: number[] = [];
  const viewers: Viewer[] = [];
  for (let n = 0; n < order.paths.length; n += dialsAtOnce) {
    const some = order.paths.slice(n, n + dialsAtOnce).map((path, place) => new Viewer(order, path, n + place < order.readers, latencies));
    viewers.push(...some);
    await Promise.all(some.map(({ attached }) => attached.promise));
  }
  parentPort?.on('message', () => {
    const counts = viewers.map(({ events }) => events);
    const open = viewers.filter(({ socket }) => !socket.destroyed).length;
    const seen = { open, fewest: Math.min(...counts), most: Math.max(...counts), latencies: latencies.splice(0) };
    parentPort?.postMessage(seen satisfies CrowdSeen);
  });
  parentPort?.postMessage('gathered');
}

if (parentPort !== null) await gather(workerData as CrowdOrder);
