import { lstat, mkdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders in `/` that hold programs and libraries beside `/usr`; on most systems links into it. */
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** What programs need of the host's `/etc` and that holds no secret. All else of it stays outside. */
const SYSTEM_SETTINGS = [
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/crypto-policies',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/localtime',
  '/etc/mime.types',
  '/etc/pki/ca-trust',
  '/etc/pki/tls/certs',
  '/etc/protocols',
  '/etc/services',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
];

/** Files of `/proc` that tell about the whole machine and not about the sandbox. */
const MACHINE_FILES = ['/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/sched_debug', '/proc/timer_list'];

/** bwrap options that show the host's system read-only. */
export async function systemMounts(): Promise<string[]> {
  const mounts = await Promise.all(SYSTEM_FOLDERS.map(systemFolder));
  return ['--ro-bind', '/usr', '/usr', ...mounts.flat(), ...SYSTEM_SETTINGS.flatMap((path) => ['--ro-bind-try', path, path])];
}

/** bwrap options that lay `/dev/null` over them. */
export async function machineFileMasks(): Promise<string[]> {
  const masks = await Promise.all(MACHINE_FILES.map(async (path) => ((await isThere(path)) ? ['--ro-bind', '/dev/null', path] : [])));
  return masks.flat();
}

/** Writes the sandbox's own part of `/etc` and returns the names of the files. */
export async function writeOwnSettings(folder: string, user: { uid: number; name: string; home: string }): Promise<string[]> {
  const files: Record<string, string> = {
    passwd: `root:x:0:0:root:/root:/usr/sbin/nologin\n${user.name}:x:${user.uid}:${user.uid}::${user.home}:/bin/bash\nnobody:x:65534:65534::/:/usr/sbin/nologin\n`,
    group: `root:x:0:\n${user.name}:x:${user.uid}:\nnogroup:x:65534:\n`,
    hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
    hostname: 'sandbox\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n',
    // No name server can be reached from inside.
    'resolv.conf': '',
  };
  await mkdir(folder, { recursive: true });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text, { mode: 0o644 })));
  return Object.keys(files);
}

async function systemFolder(path: string): Promise<string[]> {
  try {
    const entry = await lstat(path);
    return entry.isSymbolicLink() ? ['--symlink', await readlink(path), path] : ['--ro-bind', path, path];
  } catch {
    return [];
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
