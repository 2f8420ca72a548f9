import { z } from 'zod';
import { sessionId } from './ids.ts';

/** A shell of a session is found again by its name. */
export const terminalName = z.string().regex(/^[a-z0-9-]{1,32}$/, 'up to 32 lower-case letters, digits or hyphens');

export const terminalLimits = {
  /** Shells that a session may have at a time. */
  shells: 4,
  /** Connections to the shells of a session at a time. */
  viewers: 16,
  /** Output that is kept of a shell for those who come later. */
  scrollbackBytes: 512 * 1024,
} as const;

const side = z.int().min(1).max(1000);
export const terminalSize = z.strictObject({ cols: side, rows: side });
export type TerminalSize = z.infer<typeof terminalSize>;

/** Bytes of output since the shell began, before the next one. */
const offset = z.int().min(0);
/** Escape sequences that bring a fresh screen into the modes in which the output that follows was written. */
const restore = z.string().max(1000);

/** What a viewer may send besides binary messages, which are typed into the shell as they are. */
export const terminalClientPayloads = {
  resize: terminalSize,
  /** All output before `offset` has been drawn. Matters only to a connection with a `window`. */
  ack: z.strictObject({ offset }),
  heartbeat: z.strictObject({}).optional(),
} as const;

/** What a viewer gets besides binary messages, which are the shell's output as it is. */
export const terminalServerPayloads = {
  /** The first. Output goes on at `offset`; where that is not the `after` that was asked for, what came between is no longer kept. */
  opened: z.strictObject({
    terminal: terminalName,
    ...terminalSize.shape,
    offset,
    restore,
    /** The shell began with this connection. */
    created: z.boolean(),
    /** The names of all shells of the session. */
    terminals: z.array(terminalName),
  }),
  /** Some viewer has changed the size, which all viewers share. */
  size: terminalSize,
  /** This viewer was too slow: output goes on at `offset`, on a cleared screen. */
  gap: z.strictObject({ offset, restore }),
  /** The last: the shell has ended. `exit_code` is null when it was killed, as it is when the session goes to sleep. */
  exit: z.strictObject({ exit_code: z.int().nullable() }),
  heartbeat: z.strictObject({}),
  /** The last: why there is no shell. */
  error: z.strictObject({ code: z.string(), message: z.string() }),
} as const;

export type TerminalClientFrameType = keyof typeof terminalClientPayloads;
export type TerminalServerFrameType = keyof typeof terminalServerPayloads;
export type TerminalServerPayload<T extends TerminalServerFrameType> = z.infer<(typeof terminalServerPayloads)[T]>;

const fromClient = <T extends TerminalClientFrameType>(type: T) =>
  z.strictObject({ type: z.literal(type), payload: terminalClientPayloads[type] }).meta({ id: `TerminalClient_${type}` });
const fromServer = <T extends TerminalServerFrameType>(type: T) =>
  z.strictObject({ type: z.literal(type), payload: terminalServerPayloads[type] }).meta({ id: `TerminalServer_${type}` });

export const terminalClientFrame = z.discriminatedUnion('type', [fromClient('resize'), fromClient('ack'), fromClient('heartbeat')]);
export type TerminalClientFrame = z.infer<typeof terminalClientFrame>;

export const terminalServerFrame = z.discriminatedUnion('type', [
  fromServer('opened'),
  fromServer('size'),
  fromServer('gap'),
  fromServer('exit'),
  fromServer('heartbeat'),
  fromServer('error'),
]);
export type TerminalServerFrame = z.infer<typeof terminalServerFrame>;

/** Which shell a viewer wants, and from where on. */
export const terminalRequest = z.strictObject({
  terminal: terminalName,
  ...terminalSize.shape,
  /** Where the viewer was when its connection was cut: an earlier shell, or none. Null: a shell of this name is begun if there is none. */
  after: offset.nullable(),
  /** Output that may be on its way before the viewer acknowledges it, in bytes; null: as much as the connection takes. */
  window: z
    .int()
    .min(16 * 1024)
    .max(terminalLimits.scrollbackBytes)
    .nullable(),
});
export type TerminalRequest = z.infer<typeof terminalRequest>;

/** Asks a runner to dial `/internal/terminals/<dial_id>` and to serve a viewer of a shell there. Lost with the link. */
export const terminalCommand = z.strictObject({
  type: z.literal('terminal'),
  session_id: sessionId,
  epoch: z.int().min(1),
  dial_id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  request: terminalRequest,
});
export type TerminalCommand = z.infer<typeof terminalCommand>;
