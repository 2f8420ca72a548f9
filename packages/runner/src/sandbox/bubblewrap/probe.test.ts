import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BubblewrapDriver } from './bubblewrap-driver.ts';
import { explainFailure } from './probe-failure.ts';
import { DEFAULT_USERS } from './user-range.ts';

describe('the mend', () => {
  test.each([
    ['bwrap: Unknown option --disable-userns', {}, /apt-get install -y bubblewrap/],
    [
      'bwrap: No permissions to create new namespace',
      { 'kernel.unprivileged_userns_clone': '0' },
      /^sysctl -w kernel.unprivileged_userns_clone=1$/,
    ],
    [
      'bwrap: Creating new namespace failed: No space left on device',
      { 'user.max_user_namespaces': '0' },
      /^sysctl -w user.max_user_namespaces=\d+$/,
    ],
    [
      'bwrap: setting up uid map: Permission denied',
      { 'kernel.apparmor_restrict_unprivileged_userns': '1' },
      /^sysctl -w kernel.apparmor_restrict_unprivileged_userns=0$/,
    ],
    ['unshare: unshare failed: Operation not permitted', { 'user.max_user_namespaces': '9' }, /docker run --cap-add SYS_ADMIN/],
    ["bwrap: Can't mount proc on /newroot/proc: Operation not permitted", {}, /systempaths=unconfined/],
    ['setpriv: setresuid failed: Invalid argument', {}, /user ids/],
    ['mount: /mnt: mount point does not exist.', {}, /^mkdir -p \/mnt$/],
    ['something else', {}, /doctor/],
    ['', {}, /doctor/],
  ])('of %j', (complaint, switches, mend) => {
    expect(explainFailure(complaint, new Map(Object.entries(switches)), DEFAULT_USERS).mend).toMatch(mend);
  });
});

describe('the probe', () => {
  test('leaves nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'probe-'));
    try {
      const driver = new BubblewrapDriver({ stateDir: join(folder, 'state') });
      const all = await Promise.all([driver.probe(), driver.probe()]);
      expect(all.map(({ ok }) => ok)).toEqual([true, true]);
      expect(await readdir(join(folder, 'state'))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('tells of a state folder that cannot be made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'probe-'));
    try {
      await writeFile(join(folder, 'file'), '');
      const { ok, problems } = await new BubblewrapDriver({ stateDir: join(folder, 'file', 'state') }).probe();
      expect(ok).toBe(false);
      expect(problems).toEqual([{ what: expect.stringContaining('ENOTDIR'), mend: expect.any(String) }]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
