import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Ids } from '../../ids.ts';
import type { Blobs } from '../blobs.ts';
import { createBlobEndpoint, internalPrefix, publicPrefix } from './blob-endpoint.ts';
import { blobFolder } from './blob-folder.ts';
import { type Grant, createGrants } from './grants.ts';
import { createTransfers } from './transfers.ts';

const silenceMs = 60_000;

export interface DiskBlobsOptions {
  /** Made where it is missing. */
  readonly folder: string;
  readonly masterKey: Buffer;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** Base of links given to users. */
  readonly publicUrl: () => string;
  /** Whether this is the shared secret of our runners. Constant time. */
  readonly isRunnerToken: (token: string) => boolean;
  /** Most that a runner may send as one blob. */
  readonly maxBytes: number;
  /** How long a connection may stand still before it is closed, in milliseconds; a minute unless told. */
  readonly silenceMs?: number | undefined;
}

/** Blobs as files of this machine, and the HTTP side of their URLs. */
export interface DiskBlobs extends Blobs {
  /** Whether a request of this URL is for `handle`. */
  readonly serves: (url: string | undefined) => boolean;
  /** Answers one request. Resolves when the answer has ended; never rejects. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export function createDiskBlobs(options: DiskBlobsOptions): DiskBlobs {
  const folder = blobFolder(options.folder);
  const grants = createGrants(options);
  const transfers = createTransfers();
  const signed = (grant: Grant) => Promise.resolve(`${options.publicUrl()}${publicPrefix}${grant.id}?grant=${grants.issue(grant)}`);
  return {
    serves: (url) => url?.startsWith(publicPrefix) === true || url?.startsWith(internalPrefix) === true,
    handle: createBlobEndpoint({ ...options, folder, grants, transfers, silenceMs: options.silenceMs ?? silenceMs }),
    uploadUrl: (grant) => signed({ access: 'put', ...grant }),
    downloadUrl: (grant) => signed({ access: 'get', ...grant }),
    runnerUrl: (id) => Promise.resolve(`${internalPrefix}${id}`),
    size: (id) => folder.sizeOf(id),
    list: (scope) => folder.list(scope),
    remove: (id) => folder.remove(id),
    async removeScope(scope) {
      await folder.removeScope(scope);
      // Whoever reads still has the file open: its bytes would go on, and stay on disk as long.
      transfers.stop(scope);
    },
    sweep: (before) => folder.sweep(before),
  };
}
