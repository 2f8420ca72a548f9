import {
  BPF_JUMP_BITS_SET,
  BPF_JUMP_EQUAL,
  BPF_JUMP_GREATER_OR_EQUAL,
  type BpfInstruction,
  encodeProgram,
  giveBack,
  loadArchitecture,
  loadArgument,
  loadNumber,
  unless,
  when,
} from './bpf-program.ts';
import { deniedCalls } from './denied-calls.ts';

export type Machine = 'x64' | 'arm64';

/** linux/seccomp.h */
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const FAIL = 0x00050000;
const NOT_PERMITTED = FAIL | 1;
const NO_SUCH_CALL = FAIL | 38;
const NO_SUCH_ADDRESS_FAMILY = FAIL | 97;

/** linux/audit.h: what `seccomp_data.arch` holds. Another value is a second door into the kernel, with other numbers. */
const architecture: Record<Machine, number> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** Calls of the x32 kind have this bit in their number and share the architecture of x64. */
const X32_BIT = 0x40000000;

/** All CLONE_NEW… that `clone` knows (linux/sched.h). */
const NAMESPACE_FLAGS = 0x7e020000;

/** Push characters into a terminal's input, which whoever holds its other end would read as typed (asm-generic/ioctls.h). */
const TERMINAL_INJECTIONS = [0x5412, 0x541c];

/** Calls from this number on are younger than the profile; programs that are told that there is no such call use an older one. */
const FIRST_UNKNOWN_CALL = 463;

/** Of `personality`: plain Linux on 32 and 64 bits, with and without old kernel version numbers, and the question what it is. Others weaken address space randomisation. */
const PERSONALITIES = [0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** Unix, IPv4, IPv6, netlink. Not e.g. vsock, which passes by network namespaces and reaches the host of a virtual machine. */
const ADDRESS_FAMILIES = [1, 2, 10, 16];

const numbers = {
  x64: { clone: 56, clone3: 435, ioctl: 16, personality: 135, socket: 41 },
  arm64: { clone: 220, clone3: 435, ioctl: 29, personality: 92, socket: 198 },
} as const;

/**
 * The filter for `bwrap --seccomp`, compiled to classic BPF here: a denied call fails with EPERM, one that is younger than the profile with
 * ENOSYS, all others pass. The order is that of the lists; the kernel keeps a table of the calls that pass whatever their arguments, so that
 * they cost nothing (SECCOMP_FILTER's bitmap cache, Linux 5.11).
 * `clone3` is said not to exist: its flags lie in memory where no filter sees them, and the C libraries then use `clone`.
 */
export function buildSeccompFilter(machine: Machine): Buffer {
  const call = numbers[machine];
  const refuse = [giveBack(NOT_PERMITTED)];
  return encodeProgram([
    loadArchitecture,
    ...unless(BPF_JUMP_EQUAL, architecture[machine], [giveBack(KILL_PROCESS)]),
    loadNumber,
    ...(machine === 'x64' ? when(BPF_JUMP_GREATER_OR_EQUAL, X32_BIT, [giveBack(NO_SUCH_CALL)]) : []),
    ...deniedCalls.flatMap((denied) => (denied[machine] === null ? [] : when(BPF_JUMP_EQUAL, denied[machine], refuse))),
    ...when(BPF_JUMP_GREATER_OR_EQUAL, FIRST_UNKNOWN_CALL, [giveBack(NO_SUCH_CALL)]),
    ...when(BPF_JUMP_EQUAL, call.clone3, [giveBack(NO_SUCH_CALL)]),
    ...when(BPF_JUMP_EQUAL, call.clone, [loadArgument(0), ...when(BPF_JUMP_BITS_SET, NAMESPACE_FLAGS, refuse), giveBack(ALLOW)]),
    ...when(BPF_JUMP_EQUAL, call.ioctl, [loadArgument(1), ...oneOf(TERMINAL_INJECTIONS, NOT_PERMITTED), giveBack(ALLOW)]),
    ...when(BPF_JUMP_EQUAL, call.personality, [loadArgument(0), ...oneOf(PERSONALITIES, ALLOW), giveBack(NOT_PERMITTED)]),
    ...when(BPF_JUMP_EQUAL, call.socket, [loadArgument(0), ...oneOf(ADDRESS_FAMILIES, ALLOW), giveBack(NO_SUCH_ADDRESS_FAMILY)]),
    giveBack(ALLOW),
  ]);
}

/** The machine this runs on, or undefined if there is no filter for it. */
export function thisMachine(): Machine | undefined {
  return process.arch === 'x64' || process.arch === 'arm64' ? process.arch : undefined;
}

function oneOf(values: readonly number[], verdict: number): BpfInstruction[] {
  return values.flatMap((value) => when(BPF_JUMP_EQUAL, value, [giveBack(verdict)]));
}
