/** The floor for files: node:http and a stream to or from disk, nothing else. Takes a folder; tells its URL by IPC. */
import { createReadStream, createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: plain-file-server.ts FOLDER');

const server = createServer((request, response) => {
  const file = path.join(folder, path.basename(request.url ?? ''));
  const done =
    request.method === 'PUT'
      ? pipeline(request, createWriteStream(file, { flush: true })).then(() => response.end())
      : pipeline(createReadStream(file), response);
  done.catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
process.once('disconnect', () => server.close());
