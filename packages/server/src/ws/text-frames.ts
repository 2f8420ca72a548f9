const shortest = 126;
const sixteenBits = 65_536;
/** FIN, and the opcode of a text. */
const wholeText = 0x81;

/** The bytes of text messages as a server sends them, one after another: whole and unmasked (RFC 6455, section 5.2). */
export function textFrames(texts: readonly string[]): Uint8Array {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headOf(length) + length, 0));
  let at = 0;
  for (const [index, text] of texts.entries()) {
    at = writeHead(frames, at, lengths[index] ?? 0);
    at += frames.write(text, at);
  }
  return frames;
}

function headOf(length: number): number {
  return length < shortest ? 2 : length < sixteenBits ? 4 : 10;
}

function writeHead(frames: Buffer, at: number, length: number): number {
  frames[at] = wholeText;
  if (length < shortest) {
    frames[at + 1] = length;
    return at + 2;
  }
  if (length < sixteenBits) {
    frames[at + 1] = 126;
    return frames.writeUInt16BE(length, at + 2);
  }
  frames[at + 1] = 127;
  return frames.writeBigUInt64BE(BigInt(length), at + 2);
}
