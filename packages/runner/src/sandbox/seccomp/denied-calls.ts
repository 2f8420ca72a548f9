/**
 * What programs in a sandbox may not ask of the kernel. The kept profile that this follows is Docker's default (moby,
 * profiles/seccomp/default.json, July 2025): every call of x64 and arm64 that it refuses to a container without capabilities is in
 * this list, but for those that no longer exist anywhere. Beyond it we refuse `io_uring_*`, `modify_ldt`, `ptrace` and `process_vm_*`, which it
 * leaves to containers. Most of it the missing capabilities refuse as well; this keeps the kernel code behind it out of reach.
 *
 * Docker's is a list of what is allowed, and so new calls of the kernel are refused until somebody has looked at them. Ours comes to the
 * same by `FIRST_UNKNOWN_CALL` (seccomp-filter.ts). To follow a newer profile: take the names it allows without a condition on capabilities
 * away from those of the kernel's headers, add what is left here, and raise `FIRST_UNKNOWN_CALL`.
 */
export interface DeniedCall {
  name: string;
  /** System call numbers (asm/unistd_64.h, asm-generic/unistd.h); null: that machine has no such call. */
  x64: number | null;
  arm64: number | null;
}

export const deniedCalls: readonly DeniedCall[] = [
  // Namespaces and mounts
  { name: 'unshare', x64: 272, arm64: 97 },
  { name: 'setns', x64: 308, arm64: 268 },
  { name: 'mount', x64: 165, arm64: 40 },
  { name: 'umount2', x64: 166, arm64: 39 },
  { name: 'pivot_root', x64: 155, arm64: 41 },
  { name: 'chroot', x64: 161, arm64: 51 },
  { name: 'open_tree', x64: 428, arm64: 428 },
  { name: 'move_mount', x64: 429, arm64: 429 },
  { name: 'fsopen', x64: 430, arm64: 430 },
  { name: 'fsconfig', x64: 431, arm64: 431 },
  { name: 'fsmount', x64: 432, arm64: 432 },
  { name: 'fspick', x64: 433, arm64: 433 },
  { name: 'mount_setattr', x64: 442, arm64: 442 },
  { name: 'open_tree_attr', x64: 467, arm64: 467 },
  { name: 'sethostname', x64: 170, arm64: 161 },
  { name: 'setdomainname', x64: 171, arm64: 162 },
  // Other processes: no debugger in a session, for one program of it could drive Claude Code past its own questions
  { name: 'ptrace', x64: 101, arm64: 117 },
  { name: 'process_vm_readv', x64: 310, arm64: 270 },
  { name: 'process_vm_writev', x64: 311, arm64: 271 },
  { name: 'process_madvise', x64: 440, arm64: 440 },
  { name: 'kcmp', x64: 312, arm64: 272 },
  { name: 'pidfd_getfd', x64: 438, arm64: 438 },
  // Where memory lies: moves pages of other processes, and the kernel code is little used
  { name: 'mbind', x64: 237, arm64: 235 },
  { name: 'get_mempolicy', x64: 239, arm64: 236 },
  { name: 'set_mempolicy', x64: 238, arm64: 237 },
  { name: 'set_mempolicy_home_node', x64: 450, arm64: 450 },
  { name: 'migrate_pages', x64: 256, arm64: 238 },
  { name: 'move_pages', x64: 279, arm64: 239 },
  // Keys and files by handle: no namespace separates them
  { name: 'add_key', x64: 248, arm64: 217 },
  { name: 'request_key', x64: 249, arm64: 218 },
  { name: 'keyctl', x64: 250, arm64: 219 },
  { name: 'open_by_handle_at', x64: 304, arm64: 265 },
  // Large or often broken parts of the kernel
  { name: 'bpf', x64: 321, arm64: 280 },
  { name: 'perf_event_open', x64: 298, arm64: 241 },
  { name: 'userfaultfd', x64: 323, arm64: 282 },
  { name: 'io_uring_setup', x64: 425, arm64: 425 },
  { name: 'io_uring_enter', x64: 426, arm64: 426 },
  { name: 'io_uring_register', x64: 427, arm64: 427 },
  { name: 'fanotify_init', x64: 300, arm64: 262 },
  { name: 'lookup_dcookie', x64: 212, arm64: 18 },
  { name: 'nfsservctl', x64: 180, arm64: 42 },
  { name: 'modify_ldt', x64: 154, arm64: null },
  { name: 'uselib', x64: 134, arm64: null },
  { name: 'ustat', x64: 136, arm64: null },
  { name: 'sysfs', x64: 139, arm64: null },
  { name: '_sysctl', x64: 156, arm64: null },
  // The kernel itself
  { name: 'init_module', x64: 175, arm64: 105 },
  { name: 'finit_module', x64: 313, arm64: 273 },
  { name: 'create_module', x64: 174, arm64: null },
  { name: 'delete_module', x64: 176, arm64: 106 },
  { name: 'get_kernel_syms', x64: 177, arm64: null },
  { name: 'query_module', x64: 178, arm64: null },
  { name: 'kexec_load', x64: 246, arm64: 104 },
  { name: 'kexec_file_load', x64: 320, arm64: 294 },
  { name: 'reboot', x64: 169, arm64: 142 },
  { name: 'syslog', x64: 103, arm64: 116 },
  // The machine
  { name: 'acct', x64: 163, arm64: 89 },
  { name: 'quotactl', x64: 179, arm64: 60 },
  { name: 'quotactl_fd', x64: 443, arm64: 443 },
  { name: 'swapon', x64: 167, arm64: 224 },
  { name: 'swapoff', x64: 168, arm64: 225 },
  { name: 'settimeofday', x64: 164, arm64: 170 },
  { name: 'clock_settime', x64: 227, arm64: 112 },
  { name: 'iopl', x64: 172, arm64: null },
  { name: 'ioperm', x64: 173, arm64: null },
  { name: 'vhangup', x64: 153, arm64: 58 },
];
