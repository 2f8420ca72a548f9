import { createHash } from 'node:crypto';

/** The UUID under which Claude Code knows something of ours; always the same for the same name. */
export function uuidFor(name: string): `${string}-${string}-${string}-${string}-${string}` {
  const hash = createHash('sha256').update(`ai-sessions:${name}`).digest();
  // Version 8, "whatever its maker likes", of the RFC 9562 variant.
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x80, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The UUID of a prompt's user message. By it a transcript tells whether the prompt had arrived. */
export function promptUuid(promptId: string): ReturnType<typeof uuidFor> {
  return uuidFor(`prompt:${promptId}`);
}

/** An id for a question that is the same whenever the same call asks it. */
export function questionId(sessionId: string, toolUseId: string): string {
  return `qst_${createHash('sha256').update(`${sessionId}:${toolUseId}`).digest('base64url').slice(0, 22)}`;
}
