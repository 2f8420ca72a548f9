/** Where the control groups are mounted, and which of their folders this process is in. */
export interface CgroupMounts {
  /** Version 1: a hierarchy per controller, `memory` → folder of this process in it. */
  v1: ReadonlyMap<string, string>;
  /** Version 2: one hierarchy. On hybrid machines it is there beside version 1, with few controllers or none. */
  v2: { top: string; own: string } | undefined;
}

/**
 * @param mountinfo text of `/proc/self/mountinfo`
 * @param ownCgroups text of `/proc/self/cgroup`, lines like `4:memory:/user/1` and `0::/user/1`
 */
export function parseCgroupMounts(mountinfo: string, ownCgroups: string): CgroupMounts {
  const own = new Map<string, string>();
  for (const line of ownCgroups.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const controller of controllers?.split(',') ?? []) own.set(controller, path ?? '/');
  }

  const v1 = new Map<string, string>();
  let v2: CgroupMounts['v2'];
  for (const line of mountinfo.split('\n')) {
    const [mount = '', source = ''] = line.split(' - ');
    const [, , , root = '/', escaped = ''] = mount.split(' ');
    const [type, , options = ''] = source.split(' ');
    const top = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    if (type === 'cgroup2') v2 ??= { top, own: below(top, root, own.get('') ?? '/') };
    if (type !== 'cgroup') continue;
    for (const option of options.split(',')) {
      const path = own.get(option);
      if (path !== undefined && !v1.has(option)) v1.set(option, below(top, root, path));
    }
  }
  return { v1, v2 };
}

/** In a container the mount may show only a part of the hierarchy, beginning at `root`, while the path counts from the host's top. */
function below(top: string, root: string, path: string): string {
  const rest = root === '/' ? path : path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : '';
  return rest === '' || rest === '/' || rest.includes('..') ? top : `${top}${rest}`;
}
