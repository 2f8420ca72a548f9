const shortest = 126;
const sixteenBits = 65_536;
/** FIN, and the opcode of a text. */
const wholeText = 0x81;

/** A text in pieces; bytes are UTF-8 already. */
export type Text = string | readonly (string | Uint8Array)[];

/** The bytes of text messages as a server sends them, one after another: whole and unmasked (RFC 6455, section 5.2). */
export function textFrames(texts: readonly Text[]): Uint8Array {
  const all = texts.map((text) => (typeof text === 'string' ? [text] : text));
  const lengths = all.map((pieces) => pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0));
  const frames = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headOf(length) + length, 0));
  let at = 0;
  for (const [index, pieces] of all.entries()) {
    at = writeHead(frames, at, lengths[index] ?? 0);
    for (const piece of pieces) {
      if (typeof piece === 'string') at += frames.write(piece, at);
      else {
        frames.set(piece, at);
        at += piece.length;
      }
    }
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
