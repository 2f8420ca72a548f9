import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const token = 'runner-secret';

/** The server as a runner sees it: `/internal/files/…`, over real HTTP. */
export interface FileServer extends AsyncDisposable {
  readonly url: string;
  readonly blobs: Map<string, Buffer>;
  /** What the bearer headers said. */
  readonly bearers: Set<string>;
  /** Takes no body over this many bytes. */
  maxBytes: number;
  /** Cuts every answer after this many bytes. */
  cutAfter: number;
  gets: number;
}

export async function startFileServer(): Promise<FileServer> {
  const blobs = new Map<string, Buffer>();
  const bearers = new Set<string>();
  const http = createServer((request, response) => {
    bearers.add(request.headers.authorization ?? 'none');
    const id = (request.url ?? '').replace('/internal/files/', '');
    if (request.method === 'GET') {
      server.gets++;
      const bytes = blobs.get(id);
      if (bytes === undefined) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-length': bytes.length });
      if (server.cutAfter < bytes.length) return void response.write(bytes.subarray(0, server.cutAfter), () => response.destroy());
      return void response.end(bytes);
    }
    if (Number(request.headers['content-length']) > server.maxBytes) {
      response.writeHead(413, { 'content-type': 'application/json' }).end('{}');
      request.resume();
      return;
    }
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      blobs.set(id, Buffer.concat(pieces));
      response.writeHead(200).end('{}');
    });
    request.on('error', () => {});
  });
  const server: FileServer = {
    url: '',
    blobs,
    bearers,
    maxBytes: Infinity,
    cutAfter: Infinity,
    gets: 0,
    [Symbol.asyncDispose]: () => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return Object.assign(server, { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
}
