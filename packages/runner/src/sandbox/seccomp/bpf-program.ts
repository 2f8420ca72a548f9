/**
 * Classic BPF as the kernel's seccomp takes it (linux/filter.h): fixed instructions of 8 bytes, an accumulator, jumps that only go forward.
 * The data are `struct seccomp_data` (linux/seccomp.h): number at 0, architecture at 4, six 64-bit arguments from 16 on.
 */
export interface BpfInstruction {
  code: number;
  /** Instructions to skip if the comparison holds, and if it does not. */
  ifTrue: number;
  ifFalse: number;
  operand: number;
}

/** linux/bpf_common.h: class | size or operation | mode or source. */
export const BPF_LOAD_WORD = 0x20;
export const BPF_JUMP_EQUAL = 0x15;
export const BPF_JUMP_GREATER_OR_EQUAL = 0x35;
export const BPF_JUMP_BITS_SET = 0x45;
export const BPF_RETURN = 0x06;

const ARGUMENTS_OFFSET = 16;

export const loadNumber = load(0);
export const loadArchitecture = load(4);

/** The low 32 bits; both supported machines are little-endian, and the checked arguments are ints. */
export function loadArgument(index: number): BpfInstruction {
  return load(ARGUMENTS_OFFSET + 8 * index);
}

export function giveBack(verdict: number): BpfInstruction {
  return { code: BPF_RETURN, ifTrue: 0, ifFalse: 0, operand: verdict };
}

/** Runs the block if the accumulator compares true, else goes on behind it. */
export function when(comparison: number, operand: number, block: readonly BpfInstruction[]): BpfInstruction[] {
  return [{ code: comparison, ifTrue: 0, ifFalse: distance(block), operand }, ...block];
}

/** Runs the block if the accumulator compares false, else goes on behind it. */
export function unless(comparison: number, operand: number, block: readonly BpfInstruction[]): BpfInstruction[] {
  return [{ code: comparison, ifTrue: distance(block), ifFalse: 0, operand }, ...block];
}

export function encodeProgram(program: readonly BpfInstruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, ifTrue, ifFalse, operand }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand, index * 8 + 4);
  }
  return bytes;
}

function load(offset: number): BpfInstruction {
  return { code: BPF_LOAD_WORD, ifTrue: 0, ifFalse: 0, operand: offset };
}

function distance(block: readonly BpfInstruction[]): number {
  if (block.length > 255) throw new RangeError(`a BPF jump reaches 255 instructions, not ${block.length}`);
  return block.length;
}
