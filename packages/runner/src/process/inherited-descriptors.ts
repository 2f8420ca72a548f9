import { readdirSync, readFileSync } from 'node:fs';

/** fcntl.h on x64 and arm64, octal as `/proc/PID/fdinfo` shows it. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * The descriptors above stderr that this process was started with and that its children would get too, wherever they lead.
 * Node marks as close-on-exec what it opens itself, and what it was started with only up to the first gap (libuv, uv_disable_stdio_inheritance).
 */
export function findInheritedDescriptors(): number[] {
  const fds = readdirSync('/proc/self/fd').map(Number);
  return fds.filter((fd) => fd > 2 && isInherited(fd));
}

function isInherited(fd: number): boolean {
  try {
    const [, flags] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // The descriptor by which the folder was read is closed again.
    return false;
  }
}
