import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { listFolder } from './file-entry.ts';
import { openInside } from './open-inside.ts';
import { openPlainFile } from './send-file.ts';
import type { ServerFiles } from './server-files.ts';
import { WorkspaceRefused } from './workspace-refused.ts';

/** Names alone are kept in memory; of what the files hold only a piece at a time. */
const mostEntries = 50_000;
const pieceBytes = 256 * 1024;

interface PackedEntry {
  readonly segments: readonly string[];
  readonly directory: boolean;
  readonly modified: Date;
}

/**
 * Sends a folder of the workspace to the server as a zip archive, packed while it is sent. Gives the archive's size. Links, sockets and
 * files that may not be read are left out.
 * @throws WorkspaceRefused `not_found`, `invalid_path` (not a folder, too many entries), `payload_too_large`, `unavailable`.
 */
export async function sendZip(hostWorkspace: string, segments: readonly string[], url: string, server: ServerFiles): Promise<number> {
  const entries = await collect(hostWorkspace, segments);
  const zip = new ZipFile();
  let size = 0;
  const body = new Transform({
    highWaterMark: pieceBytes,
    transform(piece: Buffer, _encoding, done) {
      size += piece.length;
      done(null, piece);
    },
  });
  zip.on('error', (error: Error) => body.destroy(error));
  for (const entry of entries) add(zip, entry, hostWorkspace, segments);
  zip.end();
  zip.outputStream.pipe(body);
  try {
    await server.send(url, null, (sink) => pipeline(body, sink));
  } finally {
    body.destroy();
  }
  return size;
}

function add(zip: ZipFile, { segments, directory, modified }: PackedEntry, hostWorkspace: string, root: readonly string[]): void {
  const name = segments.map(plainName).join('/');
  if (directory) return void zip.addEmptyDirectory(name, { mtime: modified });
  // Opened when its turn comes: a folder has more files than a process may have open.
  zip.addReadStreamLazy(name, { mtime: modified }, (give) => {
    void openForPacking(hostWorkspace, [...root, ...segments]).then(
      (stream) => give(null, stream),
      (error: unknown) => give(error, new PassThrough()),
    );
  });
}

/** A name may hold what other systems take for a path. */
function plainName(name: string): string {
  return name.replaceAll(/[\\:\p{Cc}]/gu, '_');
}

/** What was a readable file a moment ago and is none any more is packed empty: one file must not spoil the rest. */
async function openForPacking(hostWorkspace: string, segments: readonly string[]): Promise<Readable> {
  try {
    const file = await openPlainFile(hostWorkspace, segments);
    return file.createReadStream({ start: 0, highWaterMark: pieceBytes, autoClose: true });
  } catch (error) {
    if (!(error instanceof WorkspaceRefused)) throw error;
    const nothing = new PassThrough();
    nothing.end();
    return nothing;
  }
}

/** All folders and plain files below a folder; no link is followed on the way down. */
async function collect(hostWorkspace: string, root: readonly string[]): Promise<PackedEntry[]> {
  const found: PackedEntry[] = [];
  const waiting: string[][] = [[]];
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    await using folder = await openInside(hostWorkspace, [...root, ...below]);
    if (!folder.stats.isDirectory()) {
      if (below.length === 0) throw new WorkspaceRefused('invalid_path', 'This is not a folder. Download it as a file.');
      continue;
    }
    for (const { name, type, modified_at } of await listFolder(folder)) {
      if (type === 'link') continue;
      const segments = [...below, name];
      const directory = type === 'directory';
      found.push({ segments, directory, modified: new Date(modified_at) });
      if (directory) waiting.push(segments);
    }
    if (found.length > mostEntries)
      throw new WorkspaceRefused(
        'invalid_path',
        `There are more than ${mostEntries} files in this folder. Download a smaller one, or have it packed in the session.`,
      );
  }
  return found;
}
