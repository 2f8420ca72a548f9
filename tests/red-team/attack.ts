import type { World } from './world.ts';

/** Something that a program inside a session tries, and how a machine tells whether it got through. */
export interface Attack {
  /** Unique, in kebab case. */
  readonly id: string;
  /** What it tries, for readers: `docs/security.md` shows it. */
  readonly tries: string;
  /** What keeps it, for readers. */
  readonly held: string;
  /** The Bash command that Claude Code is made to run. It never holds a secret that it is after. */
  readonly run: string | ((world: World) => string);
  /** What the output shows if it got through, besides a secret. */
  readonly through?: RegExp;
  /** What the world outside shows if it got through: asked once its turn has ended. */
  readonly check?: (world: World, output: string) => boolean | Promise<boolean>;
  /** `contained`: it does what it does, within the session's own limits. */
  readonly ends?: 'contained';
  /** All of its output goes to Claude Code, however much. */
  readonly floods?: true;
  /** It may end Claude Code itself, so that the command has no result; its check shows that it ran. */
  readonly mayEndClaude?: true;
  /** It gets through where nothing isolates, and does no harm there: by it the suite shows that it can fail. */
  readonly worksUnisolated?: true;
}

export interface AttackGroup {
  readonly name: string;
  /** Each attack is a turn of its own, and looked at before the next: what it leaves behind is what its check is about. */
  readonly oneByOne?: true;
  readonly attacks: readonly Attack[];
}

export type Verdict = 'blocked' | 'contained' | 'GOT THROUGH' | 'DID NOT RUN';

/** Said at the end of every attack that came to its end: what did not run has not been held off. */
export const ENDED = '[attack ended]';
const SHOWN = 4000;

/** The command as Claude Code is given it: its output bounded, its end told. */
export function commandOf({ run, floods }: Attack, world: World): string {
  const command = typeof run === 'string' ? run : run(world);
  return `( ${command}\n) 2>&1${floods === true ? '' : ` | head -c ${SHOWN}`}; echo; echo '${ENDED}'`;
}

/** @param output undefined: Claude Code never gave a result for the command */
export async function verdictOf(attack: Attack, world: World, output: string | undefined): Promise<Verdict> {
  const ran = output === undefined ? attack.mayEndClaude === true : output.includes(ENDED) || attack.ends === 'contained';
  if (!ran) return 'DID NOT RUN';
  const said = output ?? '';
  const leaked = [...world.secrets.values()].some((secret) => said.includes(secret));
  if (leaked || attack.through?.test(said) === true || (await attack.check?.(world, said)) === true) return 'GOT THROUGH';
  return attack.ends ?? 'blocked';
}
