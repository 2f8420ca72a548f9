import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DiskWatchdog, type WatchedDisk } from './disk-watchdog.ts';
import { readRoom } from './file-system.ts';

const GIB = 1024 ** 3;

test('before the disk of the machine is full, whoever writes is stopped, whatever its limit, and nobody else', async () => {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.adopt(await mkdtemp(join(tmpdir(), 'full-')), (path) => rm(path, { recursive: true, force: true }));
  const told: string[] = [];
  // A machine on which half a gibibyte is left.
  const { freeBytes } = await readRoom(folder);
  const watchdog = new DiskWatchdog(async (path) => ({
    ...(await readRoom(path)),
    freeBytes: GIB / 2 - Math.max(0, freeBytes - (await readRoom(path)).freeBytes),
    totalBytes: 250 * GIB,
  }));

  function watch(name: string, script: string) {
    const program = spawn('/bin/bash', ['-c', `${script}; sleep 60`], { cwd: folder, stdio: 'ignore' });
    cleanup.defer(() => void program.kill('SIGKILL'));
    const disk: WatchedDisk = {
      folders: () => [folder],
      limits: { bytes: 1000 * GIB, files: 1e9 },
      trees: () => [{ holder: program.pid ?? 0, depth: 0 }],
      endPrograms: () => told.push(`${name} was ended`),
      tell: (limit, ended) => told.push(`${name}: ${limit} ${ended}`),
    };
    cleanup.use(watchdog.watch(disk));
    return program;
  }
  const idle = watch('idle', 'sleep 60');
  const hog = watch('hog', 'for n in $(seq 100000); do head -c 4M /dev/zero > hog$n & wait; done & wait $!; touch ended; kill $$');
  await once(hog, 'exit');
  await expect.poll(() => told).toEqual(['hog: host_disk true']);
  expect(idle.exitCode).toBeNull();
});
