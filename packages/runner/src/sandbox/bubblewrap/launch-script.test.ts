import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { sandboxFolders } from '../sandbox-folders.ts';
import { parseSandboxLimits } from '../sandbox-limits.ts';
import { bubblewrapOptions } from './command-line.ts';
import { launchCommand, launchScript } from './launch-script.ts';

const limits = parseSandboxLimits('{"open_files":1000,"workspace_mb":2}');

test('a user’s script joins the groups, lowers the limits and becomes bwrap', () => {
  expect(launchScript({ joining: ['/sys/a/tasks', "/sys/it's/tasks"], limits, openFilesCeiling: 500 }, 3).split('\n')).toEqual([
    'set -eu',
    "echo 0 > '/sys/a/tasks'",
    "echo 0 > '/sys/it'\\''s/tasks'",
    'ulimit -c 0',
    'ulimit -r 0',
    'ulimit -n 500',
    'ulimit -f 4096',
    'exec setpriv --no-new-privs bwrap --args 3 -- "$@"',
  ]);
});

test('root’s script shows the session’s folders on the stage and drops to its user', () => {
  const stage = {
    folders: sandboxFolders('/data/se ssion'),
    mounts: [{ source: '/opt/$x', place: '/data/se ssion/system/mounts/0' }],
    uid: 70_001,
  };
  const lines = launchScript({ joining: [], limits, openFilesCeiling: 9999, stage }, 3).split('\n');
  expect(lines.slice(4)).toEqual([
    'ulimit -f 4096',
    "mount --bind '/opt/$x' '/data/se ssion/system/mounts/0'",
    "mount --rbind '/data/se ssion' /mnt",
    'exec nice -n 5 setpriv --reuid 70001 --regid 70001 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs bwrap --args 3 -- "$@"',
  ]);
});

test.each([['plain'], ["it's"], ['$HOME `id` "x" \\'], ['line\nbreak'], ['-n']])('the program’s words arrive as they are: %j', (word) => {
  const [file, args] = launchCommand('exec printf "%s|" "$@"', false, [word, '', 'end']);
  expect(execFileSync(file, args, { encoding: 'utf8' })).toBe(`${word}||end|`);
});

test('bwrap is told to isolate everything, and the environment last', () => {
  const interior = {
    folders: sandboxFolders('/mnt'),
    readOnlyMounts: [],
    ownSettings: ['passwd'],
    system: ['--ro-bind', '/usr', '/usr'],
    masks: [],
    limits,
  };
  const options = bubblewrapOptions(interior, { HOME: '/elsewhere', A: 'b' }, '/workspace', { seccomp: 4, info: 5 });
  for (const option of ['--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent', '--new-session', '--clearenv']) {
    expect(options).toContain(option);
  }
  expect(options).not.toContain('--share-net');
  expect(options.slice(-6)).toEqual(['--setenv', 'HOME', '/elsewhere', '--setenv', 'A', 'b']);
  expect(options.lastIndexOf('--remount-ro')).toBeGreaterThan(options.lastIndexOf('--bind'));
});
