import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import { FaultProxy } from './fault-proxy.ts';

const cleanup: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const act of cleanup.splice(0).toReversed()) await act();
});

/** A server that says back what it hears, and a connection to it through a proxy. */
async function echo(): Promise<{ proxy: FaultProxy; dial: () => Promise<Peer>; accepted: Socket[] }> {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await FaultProxy.listen(() => (server.address() as AddressInfo).port);
  cleanup.push(
    () => void server.close(),
    () => proxy[Symbol.asyncDispose](),
  );
  return { proxy, accepted, dial: () => Peer.dial(proxy.port) };
}

class Peer {
  readonly socket: Socket;
  heard = '';
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => (this.heard += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => (this.closed = true));
  }

  static async dial(port: number): Promise<Peer> {
    const peer = new Peer(connect(port, '127.0.0.1'));
    cleanup.push(() => void peer.socket.destroy());
    await new Promise((resolve) => peer.socket.once('connect', resolve).once('close', resolve));
    return peer;
  }

  async says(text: string): Promise<void> {
    this.socket.write(text);
    await until(() => this.heard.endsWith(text));
  }
}

test('carries everything, in order, also what is delayed and held', async () => {
  const { proxy, dial } = await echo();
  const peer = await dial();
  const lines = Array.from({ length: 400 }, (_, n) => `line ${n}\n`);
  await peer.says('begin\n');
  proxy.harm('delay', 0, 200);
  for (const line of lines) {
    peer.socket.write(line);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => peer.heard.endsWith('line 399\n'));
  expect(proxy.harm('slow_reader', 0, 50)).toHaveLength(1);
  await peer.says('end\n');
  expect(peer.heard).toBe(['begin\n', ...lines, 'end\n'].join(''));
});

test('cut, both sides hear of it', async () => {
  const { proxy, dial, accepted } = await echo();
  const peer = await dial();
  await peer.says('x');
  expect(proxy.harm('cut', 0, 0)).toHaveLength(1);
  await until(() => peer.closed && accepted[0]?.destroyed === true && proxy.open === 0);
  await (await dial()).says('another');
});

test('half open, nothing gets through and neither side hears of the end of the other', async () => {
  const { proxy, dial, accepted } = await echo();
  const peer = await dial();
  await peer.says('x');
  proxy.harm('half_open', 0, 0);
  expect(proxy.harm('cut', 0, 0)).toEqual([]);
  peer.socket.write('lost');
  peer.socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(accepted[0]?.destroyed).toBe(false);
  expect(accepted[0]?.bytesRead).toBe(1);
});

test('in an outage all are cut and none gets through, until it is over', async () => {
  const { proxy, dial } = await echo();
  const peer = await dial();
  await peer.says('x');
  proxy.harm('outage', 0, 150);
  await until(() => peer.closed);
  const refused = await dial();
  await until(() => refused.closed);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await (await dial()).says('again');
});
