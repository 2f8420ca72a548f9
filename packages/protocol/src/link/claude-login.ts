import { z } from 'zod';

/** `<code>#<state>` as Claude's page shows it: nothing in it can drive the terminal that it is typed into. */
const pastedCode = z.string().regex(/^[\x21-\x7e]{3,4096}$/);

/** What the server asks of the runner that holds a Claude sign-in. */
export const loginRequest = z.discriminatedUnion('op', [
  /** Starts Claude Code's own sign-in, which the runner gives up by itself after `expires_in` seconds. A repeat is ignored. */
  z.strictObject({ op: z.literal('start'), expires_in: z.int().min(1) }),
  /** The user's code, its state checked. From here on the sign-in no longer expires, but the exchange has a timeout. */
  z.strictObject({ op: z.literal('code'), code: pastedCode }),
  /** Ends it without a word. */
  z.strictObject({ op: z.literal('cancel') }),
]);
export type LoginRequest = z.infer<typeof loginRequest>;

/** What the runner tells of a Claude sign-in. `done` and `failed` are the last of it: nothing is left on the runner then. */
export const loginEvent = z.discriminatedUnion('kind', [
  /** Where the user is to authorize. */
  z.strictObject({ kind: z.literal('url'), url: z.url({ protocol: /^https$/ }).max(4096) }),
  /** The long-lived token. It passes here once, and is kept nowhere on the runner. */
  z.strictObject({ kind: z.literal('done'), token: z.string().min(1).max(4096) }),
  /**
   * `rejected`: the code was refused. `expired`: no code came in time. `failed`: anything else. `message` is for the user.
   */
  z.strictObject({ kind: z.literal('failed'), code: z.enum(['rejected', 'expired', 'failed']), message: z.string().max(1000) }),
]);
export type LoginEvent = z.infer<typeof loginEvent>;
export type LoginFailure = Extract<LoginEvent, { kind: 'failed' }>['code'];
