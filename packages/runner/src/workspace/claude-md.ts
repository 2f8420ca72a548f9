import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const MAX_BYTES = 64 * 1024;

/**
 * The text of CLAUDE.md in a workspace, cut at 64 KiB; undefined if there is none. A link is not followed, since it
 * could lead to any file of the host; whatever is no plain file does not count.
 */
export async function readClaudeMd(hostWorkspace: string): Promise<string | undefined> {
  try {
    // Not blocking: a fifo under this name would hold up the start for ever.
    await using file = await open(join(hostWorkspace, 'CLAUDE.md'), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    const text = buffer.toString('utf8', 0, bytesRead).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
