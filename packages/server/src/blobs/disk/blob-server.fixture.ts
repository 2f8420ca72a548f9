import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { type Clock, systemClock } from '../../clock.ts';
import { randomIds } from '../../ids.ts';
import { type DiskBlobs, createDiskBlobs } from './disk-blobs.ts';

export const runnerToken = 'the-secret-of-runners';

export interface BlobServer extends AsyncDisposable {
  readonly blobs: DiskBlobs;
  readonly folder: string;
  readonly url: string;
  /** A second server over the same folder and key: what a restart makes. */
  readonly restart: () => Promise<BlobServer>;
}

/** Disk blobs behind a real HTTP server. */
export async function startBlobServer(
  options: { folder?: string; clock?: Clock; maxBytes?: number; silenceMs?: number; requestTimeoutMs?: number } = {},
): Promise<BlobServer> {
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'ai-sessions-blobs-')));
  const times = options.requestTimeoutMs === undefined ? {} : { requestTimeout: options.requestTimeoutMs, connectionsCheckingInterval: 50 };
  const http = createServer(times, (request, response) => {
    if (blobs.serves(request.url)) void blobs.handle(request, response);
    else response.writeHead(404).end();
  });
  let url = '';
  const blobs = createDiskBlobs({
    folder,
    masterKey: Buffer.alloc(32, 7),
    clock: options.clock ?? systemClock,
    ids: randomIds,
    log: pino({ level: 'silent' }),
    publicUrl: () => url,
    isRunnerToken: (token) => token === runnerToken,
    maxBytes: options.maxBytes ?? 104_857_600,
    silenceMs: options.silenceMs,
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const close = () => {
    http.closeAllConnections();
    return new Promise<void>((resolve) => http.close(() => resolve()));
  };
  return {
    blobs,
    folder,
    url,
    async restart() {
      await close();
      return startBlobServer({ ...options, folder });
    },
    async [Symbol.asyncDispose]() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
