import type { SandboxProblem } from '../sandbox.ts';
import { describeRange, type UserRange } from './user-range.ts';

const IN_CONTAINER =
  'in a container: docker run --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined';

/**
 * Says why no sandbox could be made, and what mends it.
 * @param complaint what bwrap, setpriv, mount or unshare said
 * @param switches kernel settings about user namespaces, name → value
 */
export function explainFailure(complaint: string, switches: ReadonlyMap<string, string>, users: UserRange | undefined): SandboxProblem {
  const last = complaint.trim().split('\n').at(-1) ?? '';
  const what = `no sandbox can be made: ${last || 'bwrap failed without a word'}`;
  return { what, mend: findMend(complaint, switches, users) };
}

function findMend(complaint: string, switches: ReadonlyMap<string, string>, users: UserRange | undefined): string {
  if (/unknown option/i.test(complaint)) return 'install bubblewrap 0.8 or newer (Debian 12, Ubuntu 24.04): apt-get install -y bubblewrap';
  if (switches.get('kernel.unprivileged_userns_clone') === '0') return 'sysctl -w kernel.unprivileged_userns_clone=1';
  if (switches.get('user.max_user_namespaces') === '0') return 'sysctl -w user.max_user_namespaces=15000';
  if (switches.get('kernel.apparmor_restrict_unprivileged_userns') === '1')
    return 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0';
  if (users && /setpriv|setresuid|setgroups/.test(complaint))
    return `make the user ids ${describeRange(users)} available to this machine or container, or set AI_SESSIONS_SANDBOX_USERS to some that are`;
  if (/special device \/mnt|mount point .*\/mnt|\/mnt: /.test(complaint)) return 'mkdir -p /mnt';
  if (/namespace|not permitted|permission denied|unshare|mount/i.test(complaint)) return IN_CONTAINER;
  return 'run `npm run --silent doctor` as the same user, and see the message above';
}
