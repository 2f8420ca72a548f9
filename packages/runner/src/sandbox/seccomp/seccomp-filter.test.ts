import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { BubblewrapDriver } from '../bubblewrap/bubblewrap-driver.ts';
import { parseSandboxLimits } from '../sandbox-limits.ts';
import { BPF_JUMP_BITS_SET, BPF_JUMP_EQUAL, BPF_JUMP_GREATER_OR_EQUAL, BPF_LOAD_WORD, BPF_RETURN } from './bpf-program.ts';
import { deniedCalls } from './denied-calls.ts';
import { buildSeccompFilter, type Machine, thisMachine } from './seccomp-filter.ts';

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const EPERM = 0x50001;
const ENOSYS = 0x50026;
const EAFNOSUPPORT = 0x50061;
const audit: Record<Machine, number> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** What the kernel would do: the interpreter of linux/filter.h for the instructions that the filter uses. */
function run(program: Buffer, call: { nr: number; arch: number; args?: number[] }): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.nr >>> 0, 0);
  data.writeUInt32LE(call.arch, 4);
  for (const [index, value] of (call.args ?? []).entries()) data.writeBigUInt64LE(BigInt(value), 16 + index * 8);
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const [code, ifTrue, ifFalse] = [program.readUInt16LE(at), program.readUInt8(at + 2), program.readUInt8(at + 3)];
    const operand = program.readUInt32LE(at + 4);
    if (code === BPF_RETURN) return operand;
    if (code === BPF_LOAD_WORD) accumulator = data.readUInt32LE(operand);
    else at += 8 * (compare(code, accumulator, operand) ? ifTrue : ifFalse);
  }
  throw new Error('the program runs off its end');
}

function compare(code: number, left: number, right: number): boolean {
  if (code === BPF_JUMP_EQUAL) return left === right;
  if (code === BPF_JUMP_GREATER_OR_EQUAL) return left >= right;
  if (code === BPF_JUMP_BITS_SET) return (left & right) !== 0;
  throw new Error(`unknown instruction ${code}`);
}

describe.each(['x64', 'arm64'] as const)('the filter for %s', (machine) => {
  const filter = buildSeccompFilter(machine);
  const arch = audit[machine];
  const nr = {
    x64: { clone: 56, socket: 41, ioctl: 16, personality: 135 },
    arm64: { clone: 220, socket: 198, ioctl: 29, personality: 92 },
  }[machine];

  test('is short enough for the kernel', () => {
    expect(filter.length / 8).toBeLessThan(4096);
  });

  test.each(deniedCalls.filter((call) => call[machine] !== null))('denies $name', (call) => {
    expect(run(filter, { nr: call[machine] ?? -1, arch })).toBe(EPERM);
  });

  test('allows all other calls', () => {
    const special = new Set<number>([...deniedCalls.map((call) => call[machine] ?? -1), ...Object.values(nr), 435]);
    for (let number = 0; number < 463; number++) {
      if (!special.has(number)) expect(run(filter, { nr: number, arch }), `call ${number}`).toBe(ALLOW);
    }
  });

  test('knows no call that is younger than the profile', () => {
    for (const number of [463, 466, 470, 511, 0x3fffffff]) expect(run(filter, { nr: number, arch })).toBe(ENOSYS);
  });

  test('lets the personality be plain Linux', () => {
    for (const value of [0, 8, 0x20000, 0x20008, 0xffffffff]) expect(run(filter, { nr: nr.personality, arch, args: [value] })).toBe(ALLOW);
    for (const value of [0x40000, 0x80000, 0x400000]) expect(run(filter, { nr: nr.personality, arch, args: [value] })).toBe(EPERM);
  });

  test('lets threads and processes be made, but no namespace', () => {
    // What pthread_create and fork of glibc pass.
    for (const flags of [0x3d0f00, 0x1200011, 17]) expect(run(filter, { nr: nr.clone, arch, args: [flags] })).toBe(ALLOW);
    for (const bit of [17, 25, 26, 27, 28, 29, 30]) expect(run(filter, { nr: nr.clone, arch, args: [2 ** bit + 17] })).toBe(EPERM);
    expect(run(filter, { nr: 435, arch })).toBe(ENOSYS);
  });

  test('lets sockets be made of four families', () => {
    for (const family of [1, 2, 10, 16]) expect(run(filter, { nr: nr.socket, arch, args: [family, 1] })).toBe(ALLOW);
    for (const family of [0, 3, 15, 17, 38, 40, 44]) expect(run(filter, { nr: nr.socket, arch, args: [family, 1] })).toBe(EAFNOSUPPORT);
  });

  test('lets terminals be used, but not typed into', () => {
    expect(run(filter, { nr: nr.ioctl, arch, args: [0, 0x5401] })).toBe(ALLOW);
    for (const request of [0x5412, 0x541c, 0xff00005412]) expect(run(filter, { nr: nr.ioctl, arch, args: [0, request] })).toBe(EPERM);
  });

  test('ends whoever comes by another architecture', () => {
    for (const other of [0x40000003, 0x40000028, ...Object.values(audit).filter((value) => value !== arch)]) {
      expect(run(filter, { nr: 0, arch: other })).toBe(KILL);
    }
  });
});

test('x32 calls do not exist', () => {
  expect(run(buildSeccompFilter('x64'), { nr: 0x40000000 + 272, arch: audit.x64 })).toBe(ENOSYS);
});

test.each([
  ['x64', '/usr/include/x86_64-linux-gnu/asm/unistd_64.h'],
  ['arm64', '/usr/include/asm-generic/unistd.h'],
] as const)('the numbers for %s are those of the kernel headers', (machine, file) => {
  const header = readHeader(file);
  for (const call of deniedCalls) {
    // Younger calls are not in older headers.
    const number = header.get(call.name);
    if (number !== undefined) expect(call[machine], call.name).toBe(number);
  }
  expect(header.size === 0 || header.get('unshare') !== undefined).toBe(true);
});

function readHeader(file: string): Map<string, number> {
  const source = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return new Map([...source.matchAll(/#define __NR_(\w+)\s+(\d+)/g)].map(([, name = '', number]) => [name, Number(number)]));
}

const inMachine = thisMachine();

test.runIf(inMachine)('the kernel keeps to it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'seccomp-'));
  try {
    const driver = new BubblewrapDriver({ stateDir: join(folder, 'state') });
    await using sandbox = await driver.create({ sessionId: 'seccomp', root: join(folder, 'root'), limits: parseSandboxLimits(undefined) });
    const calls = deniedCalls.flatMap((call) => (inMachine && call[inMachine] !== null ? [[call.name, call[inMachine]]] : []));
    const script = `
import ctypes, json, sys
libc = ctypes.CDLL(None, use_errno=True)
def errno(number, *args):
    ctypes.set_errno(0)
    libc.syscall(number, *args)
    return ctypes.get_errno()
out = {name: errno(number, 0, 0, 0, 0, 0, 0) for name, number in json.load(sys.stdin)}
out['clone3'] = errno(435, 0, 0)
socket = ${inMachine === 'arm64' ? 198 : 41}
out['vsock'] = errno(socket, 40, 1, 0)
out['unix'] = errno(socket, 1, 1, 0)
out['TIOCSTI'] = errno(${inMachine === 'arm64' ? 29 : 16}, 0, 0x5412, b'x')
print(json.dumps(out))`;
    const program = sandbox.spawn('/usr/bin/python3', ['-c', script], { env: {} });
    program.stdin.end(JSON.stringify(calls));
    const said = await text(program.stdout);
    expect(await program.outcome).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(said)).toEqual({
      ...Object.fromEntries(calls.map(([name]) => [name, 1])),
      clone3: 38,
      vsock: 97,
      unix: 0,
      TIOCSTI: 1,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
