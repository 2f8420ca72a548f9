import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { textFrames } from './text-frames.ts';

const texts = ['', 'a', 'ä€😀', 'x'.repeat(125), 'x'.repeat(126), 'ö'.repeat(40_000), 'y'.repeat(65_535), 'y'.repeat(65_536)];

test('a client of another make reads the texts that were packed, among frames of ws itself', async () => {
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (ws) => {
      socket.write(textFrames(texts));
      ws.send('between');
      socket.write(textFrames(['after']));
      ws.close();
    }),
  );
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const received: string[] = [];
  client.on('message', (data, isBinary) => received.push(isBinary ? 'binary' : (data as Buffer).toString()));
  await once(client, 'close');
  expect(received).toEqual([...texts, 'between', 'after']);
  await new Promise((resolve) => http.close(resolve));
});
