import { expect, test } from 'vitest';
import { parseCgroupMounts } from './cgroup-mounts.ts';

const unified = '25 20 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot';

test.each([
  ['a service of systemd', unified, '0::/system.slice/ai.service\n', '/sys/fs/cgroup/system.slice/ai.service'],
  ['the top', unified, '0::/\n', '/sys/fs/cgroup'],
  ['a container with its own view', unified.replace(' / /sys', ' /docker/1 /sys'), '0::/docker/1/inner\n', '/sys/fs/cgroup/inner'],
  ['a group outside of the view', unified, '0::/../../other\n', '/sys/fs/cgroup'],
  ['a group beside the mounted part', unified.replace(' / /sys', ' /docker/1 /sys'), '0::/docker/12\n', '/sys/fs/cgroup'],
  ['a mount point with a space', unified.replace('/sys/fs/cgroup', '/sys/my\\040groups'), '0::/a\n', '/sys/my groups/a'],
])('version 2: %s', (_, mountinfo, own, folder) => {
  const { v1, v2 } = parseCgroupMounts(mountinfo, own);
  expect(v2?.own).toBe(folder);
  expect(v1.size).toBe(0);
});

test('version 1: a hierarchy per controller, some together', () => {
  const mountinfo = [
    '30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct',
    '31 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '32 25 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
    '33 25 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
    '34 25 0:30 / /proc rw - proc proc rw',
    '',
  ].join('\n');
  const own = '5:memory:/user/1\n4:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n';
  const { v1, v2 } = parseCgroupMounts(mountinfo, own);
  expect(Object.fromEntries(v1)).toEqual({
    cpu: '/sys/fs/cgroup/cpu,cpuacct',
    cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
    memory: '/sys/fs/cgroup/memory/user/1',
    'name=systemd': '/sys/fs/cgroup/systemd',
  });
  expect(v2?.top).toBe('/sys/fs/cgroup/unified');
});

test('without any, nothing', () => {
  expect(parseCgroupMounts('34 25 0:30 / /proc rw - proc proc rw\n', '')).toEqual({ v1: new Map(), v2: undefined });
});
