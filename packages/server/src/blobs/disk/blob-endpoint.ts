import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { Ids } from '../../ids.ts';
import { type BlobFolder, isBlobId } from './blob-folder.ts';
import { sendEmpty, sendJson, sendRefusal } from './blob-reply.ts';
import { attachment } from './content-disposition.ts';
import type { Grant, Grants } from './grants.ts';
import { receiveBody } from './receive-body.ts';
import { sendBlob } from './send-blob.ts';
import type { Transfers } from './transfers.ts';
import { createWriters } from './writers.ts';

export const publicPrefix = '/files/';
export const internalPrefix = '/internal/files/';

export interface BlobEndpointOptions {
  readonly folder: BlobFolder;
  readonly grants: Grants;
  readonly transfers: Transfers;
  readonly log: Logger;
  readonly ids: Ids;
  /** Whether this is the shared secret of our runners. Constant time. */
  readonly isRunnerToken: (token: string) => boolean;
  /** Most that a runner may send as one blob. */
  readonly maxBytes: number;
  /** How long a connection may stand still before it is closed. */
  readonly silenceMs: number;
}

interface Exchange {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type PutGrant = Extract<Grant, { access: 'put' }>;

const tus = { 'tus-resumable': '1.0.0' } as const;
const diskIsFull = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EMFILE', 'ENFILE']);

/**
 * Serves the bytes of blobs on plain node:http, beside the API framework, which would read bodies before we could refuse them.
 * - `/files/<id>?grant=…` for users: a `put` grant takes PUT (the whole, once), and HEAD and PATCH by the core protocol of tus 1.0.0
 *   (https://tus.io/protocols/resumable-upload), to go on where a PUT or PATCH was cut; a `get` grant takes GET and HEAD.
 * - `/internal/files/<id>` for runners, with their bearer: GET and PUT.
 * Resolves when the answer has ended; never rejects.
 */
export function createBlobEndpoint(options: BlobEndpointOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { folder, grants, transfers, log, silenceMs } = options;
  const writers = createWriters();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {});
    response.on('error', () => {});
    try {
      await route(request, response);
    } catch (error) {
      const requestId = options.ids.uuid();
      sendRefusal(request, response, toldAs(error, log, requestId), requestId);
    }
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '';
    const [path = '', query = ''] = url.split('?', 2);
    if (path.startsWith(internalPrefix)) {
      const [, token = ''] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
      if (!options.isRunnerToken(token)) throw new ApiError('unauthorized', 'This address is for runners of this server.');
      const id = path.slice(internalPrefix.length);
      if (!isBlobId(id)) throw new ApiError('not_found', 'There is no blob of this id.');
      return transfers.run(
        scopeOf(id),
        'other',
        () => request.destroy(),
        () => forRunner({ id, request, response }),
      );
    }
    const id = path.slice(publicPrefix.length);
    const grant = isBlobId(id) ? grants.verify(id, /^grant=([A-Za-z0-9_.-]+)$/.exec(query)?.[1] ?? '') : null;
    if (grant === null) throw new ApiError('forbidden', 'This link is not valid, or its time is over. Request a new one.');
    const kind = grant.access === 'get' ? 'download' : 'other';
    return transfers.run(
      scopeOf(id),
      kind,
      () => request.destroy(),
      () => forUser({ id, request, response }, grant),
    );
  }

  async function forUser(exchange: Exchange, grant: Grant): Promise<void> {
    const { request, response } = exchange;
    const { method = '' } = request;
    if (grant.access === 'get') {
      if (method === 'GET' || method === 'HEAD') return download(exchange, { 'content-disposition': attachment(grant.filename) });
      throw new ApiError('forbidden', 'This link is for downloading: GET it.');
    }
    switch (method) {
      case 'PUT':
        return put(exchange, grant);
      case 'PATCH':
        return patch(exchange, grant);
      case 'HEAD':
        return sendEmpty(response, 200, {
          ...tus,
          'upload-offset': String((await folder.takes(grant.id)) ? await folder.partSize(grant.id) : grant.size),
          'upload-length': String(grant.size),
          'content-length': 0,
        });
      default:
        throw new ApiError('forbidden', 'This link is for uploading: PUT the bytes to it.');
    }
  }

  async function put({ request, response }: Exchange, grant: PutGrant): Promise<void> {
    if (sameType(request.headers['content-type']) !== sameType(grant.contentType)) {
      throw new ApiError(
        'invalid_request',
        `Send the header "Content-Type: ${grant.contentType}", as it was declared when the upload was requested.`,
      );
    }
    const size = await receive(request, grant, 0);
    if (size === null) return void response.destroy();
    if (size < grant.size) throw tooShort(size, grant);
    sendJson(response, 200, { success: true, size });
  }

  async function patch({ request, response }: Exchange, grant: PutGrant): Promise<void> {
    if (sameType(request.headers['content-type']) !== 'application/offset+octet-stream')
      throw new ApiError('unsupported_media_type', 'PATCH takes "Content-Type: application/offset+octet-stream".');
    const { 'upload-offset': offset = '' } = request.headers;
    if (typeof offset !== 'string' || !/^\d{1,15}$/.test(offset))
      throw new ApiError('invalid_request', 'PATCH needs the header Upload-Offset: what HEAD of this link says.');
    const size = await receive(request, grant, Number(offset));
    if (size === null) return void response.destroy();
    sendEmpty(response, 204, { ...tus, 'upload-offset': String(size) });
  }

  /** Takes bytes of an upload from `start` on. Gives how many there are now, null if the sender is gone. */
  function receive(request: IncomingMessage, grant: PutGrant, start: number): Promise<number | null> {
    const { id } = grant;
    return writers.alone(
      id,
      () => request.destroy(),
      async () => {
        if (!(await folder.takes(id)))
          throw new ApiError('forbidden', 'This link was used before. Complete the upload, or request a new one.');
        await using part = await folder.openPart(id);
        const has = (await part.stat()).size;
        if (start === 0) await part.truncate(0);
        else if (start !== has)
          throw new ApiError(
            'upload_incomplete',
            `The upload stands at ${has} bytes, not at ${start}: go on from there (HEAD of this link says it as Upload-Offset).`,
          );
        const { size, how } = await receiveOrDrop(id, () => receiveBody(request, part, { start, limit: grant.size, silenceMs }));
        if (how === 'over') {
          await folder.dropPart(id);
          throw new ApiError(
            'payload_too_large',
            `More bytes than the ${grant.size} that were declared. Request an upload of the right size.`,
          );
        }
        if (size === grant.size && !(await receiveOrDrop(id, () => folder.complete(id, part))))
          throw new ApiError('forbidden', 'The session of this upload is gone.');
        return how === 'cut' ? null : size;
      },
    );
  }

  async function forRunner(exchange: Exchange): Promise<void> {
    const { id, request, response } = exchange;
    switch (request.method) {
      case 'GET':
        return download(exchange, {});
      case 'PUT': {
        const size = await writers.alone(
          id,
          () => request.destroy(),
          () => receiveFromRunner(id, request),
        );
        return size === null ? void response.destroy() : sendJson(response, 200, { size });
      }
      default:
        throw new ApiError('method_not_allowed', 'GET or PUT.');
    }
  }

  async function receiveFromRunner(id: string, request: IncomingMessage): Promise<number | null> {
    // A runner that is asked again, because its answer was lost, sends again.
    if (!(await folder.takes(id)) && (await folder.sizeOf(id)) === null) throw new ApiError('forbidden', 'This blob is no longer wanted.');
    await using part = await folder.openPart(id);
    await part.truncate(0);
    const { size, how } = await receiveOrDrop(id, () => receiveBody(request, part, { start: 0, limit: options.maxBytes, silenceMs }));
    if (how !== 'whole') await folder.dropPart(id);
    if (how === 'over') throw new ApiError('payload_too_large', `A file may have at most ${options.maxBytes} bytes.`);
    if (how === 'cut') return null;
    if (!(await receiveOrDrop(id, () => folder.complete(id, part)))) throw new ApiError('not_found', 'The session of this blob is gone.');
    return size;
  }

  /** A disk that refuses leaves no half file behind. */
  async function receiveOrDrop<T>(id: string, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      await folder.dropPart(id);
      throw error;
    }
  }

  async function download({ id, request, response }: Exchange, headers: Record<string, string>): Promise<void> {
    await using file = await folder.openBlob(id);
    if (file === null) throw new ApiError('not_found', 'This file is no longer kept here. Request the download again.');
    await sendBlob(request, response, file, { etag: `"${id.slice(id.indexOf('/') + 1)}"`, headers, silenceMs });
  }

  return handle;
}

function scopeOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

/** A media type, in one spelling. */
function sameType(type: string | undefined): string {
  return (type ?? '')
    .toLowerCase()
    .replace(/\s*;\s*/g, ';')
    .trim();
}

function tooShort(size: number, grant: PutGrant): ApiError {
  return new ApiError(
    'upload_incomplete',
    `${size} bytes came, ${grant.size} were declared. Send the rest (PATCH, as tus does) or the whole again.`,
  );
}

function toldAs(error: unknown, log: Logger, requestId: string): ApiError {
  if (error instanceof ApiError) return error;
  const full = error instanceof Error && 'code' in error && diskIsFull.has(String(error.code));
  log.error({ err: error, request_id: requestId }, full ? 'the disk takes no more blobs' : 'a blob could not be served');
  if (full)
    return new ApiError('unavailable', 'The server has no room for this file now. Try again later, or tell its operator.', {
      retryAfterSeconds: 60,
    });
  return new ApiError(
    'internal',
    `Something went wrong on our side. Try again; if it stays, tell the operator this request id: ${requestId}`,
  );
}
