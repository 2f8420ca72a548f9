import { script } from '../harness/user.ts';
import type { Random } from './random.ts';

/** What a turn is for, and so how the person at the session behaves in it. */
export type TurnKind = 'reads' | 'stream' | 'approval' | 'question' | 'interrupt' | 'cancel' | 'flood';

/** One prompt of a session. */
export interface PlannedTurn {
  readonly id: string;
  readonly kind: TurnKind;
  readonly text: string;
  /** What a turn that nothing disturbed says last. */
  readonly says: string;
  /** Line that its Bash call adds to `runs.txt`; null when it makes none. */
  readonly mark: string | null;
  /** The next prompt is sent without waiting for this one's end. */
  readonly burst: boolean;
}

/** Everything a session will be asked, decided before it begins. */
export interface SessionPlan {
  readonly name: string;
  readonly turns: readonly PlannedTurn[];
}

/** Tools that need no approval in the sessions of a run. */
export const allowedTools = ['Bash(echo:*)', 'Bash(tee:*)', 'Read'];

const kinds: Readonly<Record<TurnKind, number>> = {
  reads: 60,
  stream: 14,
  approval: 9,
  question: 5,
  interrupt: 5,
  cancel: 4,
  flood: 3,
};
const words = ['alpha', 'Ünïcödé', '漢字', '😀👩‍👩‍👧', 'omega', '<b>&amp;', '"quoted"', 'tab\t', 'π≈3.14'];

/** A session of some turns, most of them of many small events. */
export function planSession(random: Random, name: string, turns: number): SessionPlan {
  return { name, turns: Array.from({ length: turns }, (_, index) => planTurn(random, `${name}-${index}`)) };
}

function planTurn(random: Random, id: string): PlannedTurn {
  const kind = random.weighted(kinds);
  const says = sentence(random, id, random.integer(1, 20));
  const burst = kind === 'reads' ? random.share() < 0.2 : kind === 'cancel';
  const base = { id, kind, says, burst };
  switch (kind) {
    case 'reads': {
      const read = { name: 'Read', input: { file_path: '/workspace/runs.txt' } };
      const reads = (count: number) => Array.from({ length: count }, () => read);
      const first = {
        thinking: sentence(random, id, 8),
        text: sentence(random, id, 6),
        tools: [marking(id), ...reads(random.integer(40, 100))],
      };
      return {
        ...base,
        mark: id,
        text: play({ ...first, chunk: 100 }, { tools: reads(random.integer(40, 100)), chunk: 100 }, { text: says }),
      };
    }
    case 'stream':
      return { ...base, mark: null, text: play({ text: says.repeat(12), chunk: 24, chunk_delay_ms: 25 }, {}), says: says.repeat(12) };
    case 'interrupt':
      return { ...base, mark: null, text: play({ text: says.repeat(80), chunk: 24, chunk_delay_ms: 25 }) };
    case 'cancel':
      return { ...base, mark: id, text: play({ tools: [marking(id)] }, { text: says }) };
    case 'flood':
      return { ...base, mark: null, text: play({ deltas: { count: 600, per_second: 3000, size: 1000 } }, {}), says: '' };
    case 'approval': {
      const command = `touch ${id} && echo ${id} | tee -a runs.txt`;
      return { ...base, mark: id, text: play({ text: 'May I?', tools: [bash(command)] }, { text: says }) };
    }
    case 'question': {
      const options = ['left', 'right'].map((label) => ({ label, description: `go ${label}` }));
      const question = { question: 'Which way?', header: 'Way', multiSelect: false, options };
      return {
        ...base,
        mark: null,
        text: play({ tools: [{ name: 'AskUserQuestion', input: { questions: [question] } }] }, { text: says }),
      };
    }
    default: {
      const unreachable: never = kind;
      return unreachable;
    }
  }
}

function play(...steps: readonly object[]): string {
  return script(...steps.filter((step) => Object.keys(step).length > 0));
}

function bash(command: string): object {
  return { name: 'Bash', input: { command, description: 'leaves a mark' } };
}

function marking(id: string): object {
  return bash(`echo ${id} | tee -a runs.txt`);
}

function sentence(random: Random, id: string, length: number): string {
  const chosen = Array.from({ length }, () => words[random.integer(0, words.length - 1)] ?? '');
  return `[${id}] ${chosen.join(' ')}. `;
}
