import type { FilesContext } from './create-files.ts';
import type { RequestedDownload } from './files.ts';
import type { SessionMachine } from './session-machine.ts';

export interface Downloads {
  request(sessionId: string, path: string, archive?: 'zip'): Promise<RequestedDownload>;
}

/** Copies that one session may have at a time: together as large as this many of the largest file. */
const keptFiles = 10;
const keptCount = 1000;
const mark = 'dl_';

export function createDownloads(ctx: Omit<FilesContext, 'dispatcher'>, machine: SessionMachine): Downloads {
  const { blobs, clock, ids, config } = ctx;
  const { file_bytes: fileBytes, signed_url_seconds: linkSeconds } = config.limits;

  /** The oldest copies go first, and their links with them. */
  async function makeRoom(sessionId: string, newest: string): Promise<void> {
    const copies = (await blobs.list(sessionId)).filter(({ id }) => id.startsWith(`${sessionId}/${mark}`));
    let bytes = 0;
    for (const [index, copy] of copies.toSorted((a, b) => (b.id === newest ? 1 : a.id === newest ? -1 : b.at - a.at)).entries()) {
      bytes += copy.size;
      if (bytes > keptFiles * fileBytes || index >= keptCount) await blobs.remove(copy.id);
    }
  }

  return {
    async request(sessionId, path, archive) {
      const id = `${sessionId}/${mark}${ids.uuid()}`;
      const op = archive === 'zip' ? 'send_zip' : 'send';
      const { size } = await machine.ask(sessionId, { op, path, url: await blobs.runnerUrl(id, 'write') });
      await makeRoom(sessionId, id);
      const endsAt = clock.now() + linkSeconds * 1000;
      const name = path.split('/').findLast((segment) => segment !== '' && segment !== '.') ?? (archive === 'zip' ? 'workspace' : 'file');
      const filename = archive === 'zip' ? `${name}.zip` : name;
      return { download_url: await blobs.downloadUrl({ id, filename, endsAt }), expires_at: new Date(endsAt).toISOString(), size };
    },
  };
}
