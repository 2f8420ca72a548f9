import { ApiError, type WorkspaceRequest, fileNameVariant } from '@ai-sessions/protocol';
import { runnerToken } from '../blobs/disk/blob-server.fixture.ts';
import type { Dispatcher } from '../runners/dispatcher.ts';

/** A runner as the server sees one: it speaks the true protocol and moves real bytes, its workspace is a map of paths. */
export interface ScriptedRunner extends Pick<Dispatcher, 'workspace'> {
  readonly files: Map<string, Buffer>;
  readonly requests: WorkspaceRequest[];
  /** While true it is not connected. */
  away: boolean;
  /** Answers to give instead of the true ones, first to last. */
  readonly instead: { ok: boolean; body: unknown }[];
  /** Called once before the next answer leaves; throwing loses the answer. */
  beforeAnswer: (() => void) | null;
}

export function scriptedRunner(serverUrl: () => string): ScriptedRunner {
  const placed = new Map<string, string>();
  const files = new Map<string, Buffer>();
  const authorization = `Bearer ${runnerToken}`;
  const refused = (code: string) => ({ ok: false, body: { code } });

  async function perform(request: WorkspaceRequest): Promise<{ ok: boolean; body: unknown }> {
    switch (request.op) {
      case 'list':
        return {
          ok: true,
          body: { entries: [...files].map(([path, bytes]) => ({ ...entry(bytes), name: path.slice(path.lastIndexOf('/') + 1) })) },
        };
      case 'stat': {
        const bytes = files.get(request.path);
        return bytes === undefined ? refused('not_found') : { ok: true, body: { ...entry(bytes), name: request.path } };
      }
      case 'place': {
        const reply = await fetch(serverUrl() + request.url, { headers: { authorization } });
        if (!reply.ok)
          return placed.has(request.key)
            ? { ok: true, body: { path: placed.get(request.key) } }
            : { ok: false, body: { code: 'internal' } };
        let path = placed.get(request.key);
        for (let number = 1; path === undefined; number++) {
          const candidate = `/workspace/uploads/${fileNameVariant(request.filename, number)}`;
          if (!files.has(candidate)) path = candidate;
        }
        placed.set(request.key, path);
        files.set(path, Buffer.from(await reply.arrayBuffer()));
        return { ok: true, body: { path } };
      }
      case 'send':
      case 'send_zip': {
        const bytes = files.get(request.path);
        if (bytes === undefined) return refused('not_found');
        const reply = await fetch(serverUrl() + request.url, { method: 'PUT', body: bytes, headers: { authorization } });
        return reply.ok ? { ok: true, body: { size: bytes.length } } : refused(reply.status === 413 ? 'payload_too_large' : 'internal');
      }
      case 'changes':
        return { ok: true, body: { changes: [], truncated: false } };
      case 'change':
        return refused('not_found');
      default: {
        const unreachable: never = request;
        return unreachable;
      }
    }
  }

  const runner: ScriptedRunner = {
    files,
    requests: [],
    away: false,
    instead: [],
    beforeAnswer: null,
    async workspace(_sessionId, request) {
      if (runner.away)
        throw new ApiError('unavailable', 'The machine that holds this session is not connected. Try again in a moment.', {
          retryAfterSeconds: 2,
        });
      runner.requests.push(request);
      const scripted = runner.instead.shift();
      if (scripted !== undefined) return scripted;
      const answer = await perform(request);
      const before = runner.beforeAnswer;
      runner.beforeAnswer = null;
      before?.();
      return answer;
    },
  };
  return runner;
}

function entry(bytes: Buffer) {
  return { type: 'file', size: bytes.length, modified_at: '2026-01-01T00:00:00.000Z' };
}
