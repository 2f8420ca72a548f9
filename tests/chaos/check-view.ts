import type { AssistantDelta, ContentBlock, DurableEvent } from '@ai-sessions/protocol';
import { type Entry, digestOf, eventDigest } from './journal.ts';
import { Findings, type Problem } from './problem.ts';

export interface ViewFacts {
  /** The viewer's name. */
  readonly where: string;
  readonly log: readonly DurableEvent[];
  /** Whether nothing was wrong between Claude Code and the server around this time (milliseconds since 1970). */
  readonly calm: (at: number) => boolean;
}

export interface ViewFindings {
  readonly problems: readonly Problem[];
  /** Events given, and blocks whose deltas came whole, in part, or without the block ever becoming durable. */
  readonly events: number;
  readonly deltas: number;
  readonly blocks: { readonly whole: number; readonly partial: number; readonly dropped: number };
}

/** Holds all that one viewer saw against the log. */
export function checkView(entries: readonly Entry[], facts: ViewFacts): ViewFindings {
  const findings = new Findings(facts.where);
  const events = new EventOrder(facts.log, findings);
  const deltas = new Deltas(facts, findings);
  for (const entry of entries) {
    if (entry.kind === 'opened') events.opened(entry.afterSeq);
    if (entry.kind === 'opened' || (entry.kind === 'connection' && entry.state !== 'live')) deltas.connectionEnded();
    if (entry.kind === 'event') {
      events.take(entry.seq, entry.digest);
      deltas.durable(entry.seq, entry.at);
    }
    if (entry.kind === 'delta') deltas.take(entry.delta);
  }
  events.end();
  return { problems: findings.problems, events: events.count, deltas: deltas.count, blocks: deltas.blocks };
}

/** Each event once, in order, as it is in the log. */
class EventOrder {
  readonly #log: readonly DurableEvent[];
  readonly #findings: Findings;
  readonly #seen = new Set<number>();
  #last = 0;
  count = 0;

  constructor(log: readonly DurableEvent[], findings: Findings) {
    this.#log = log;
    this.#findings = findings;
  }

  opened(afterSeq: number): void {
    if (afterSeq > this.#last)
      this.#findings.add('lost', `opened after ${afterSeq}, though ${this.#last} was the last`, afterSeq - this.#last);
  }

  take(seq: number, digest: string): void {
    this.count += 1;
    if (this.#seen.has(seq)) return this.#findings.add('doubled', `event ${seq} came again`);
    if (seq < this.#last) this.#findings.add('order', `event ${seq} came after ${this.#last}`);
    this.#seen.add(seq);
    this.#last = Math.max(this.#last, seq);
    const event = this.#log[seq - 1];
    if (event === undefined) this.#findings.add('changed', `event ${seq} is not in the log`);
    else if (eventDigest(event) !== digest) this.#findings.add('changed', `event ${seq} (${event.type}) is not as it is in the log`);
  }

  end(): void {
    const missing = this.#log.filter(({ seq }) => !this.#seen.has(seq)).map(({ seq }) => seq);
    if (missing.length > 0) this.#findings.add('lost', `of ${this.#log.length} events it never got ${brief(missing)}`, missing.length);
  }
}

interface Block {
  readonly key: string;
  readonly seq: number;
  readonly content: ContentBlock;
}

/** The text of blocks in flight, connection by connection, held against the blocks that became durable. */
class Deltas {
  readonly #facts: ViewFacts;
  readonly #findings: Findings;
  readonly #byKey = new Map<string, Block>();
  readonly #bySeq = new Map<number, Block>();
  #texts = new Map<string, string>();
  #seen = 0;
  count = 0;
  readonly blocks = { whole: 0, partial: 0, dropped: 0 };

  constructor(facts: ViewFacts, findings: Findings) {
    this.#facts = facts;
    this.#findings = findings;
    const counts = new Map<string, number>();
    for (const event of facts.log) {
      if (event.type !== 'assistant') continue;
      const { message_id, content } = event.payload;
      const index = counts.get(message_id) ?? 0;
      counts.set(message_id, index + 1);
      const [first] = content;
      if (first === undefined) continue;
      const block = { key: `${message_id}:${index}`, seq: event.seq, content: first };
      this.#byKey.set(block.key, block);
      this.#bySeq.set(event.seq, block);
    }
  }

  connectionEnded(): void {
    for (const key of this.#texts.keys()) if (!this.#byKey.has(key)) this.blocks.dropped += 1;
    this.#texts = new Map();
  }

  take(delta: AssistantDelta): void {
    this.count += 1;
    const key = `${delta.message_id}:${delta.index}`;
    const chunk = delta.text ?? delta.thinking ?? delta.partial_json ?? '';
    const known = this.#texts.get(key) ?? '';
    const block = this.#byKey.get(key);
    if (block !== undefined && block.seq <= this.#seen)
      return this.#findings.add('delta late', `${key} at ${delta.offset}, after event ${block.seq}`);
    if (delta.offset > known.length) return this.#findings.add('delta gap', `${key} at ${delta.offset}, after ${known.length}`);
    // One of offset 0 holds the block so far: it may begin it anew, never with less or other text.
    const isSnapshot = delta.offset === 0 && chunk.startsWith(known);
    if (delta.offset < known.length && !isSnapshot)
      return this.#findings.add('delta doubled', `${key} at ${delta.offset}, after ${known.length}`);
    this.#texts.set(key, known.slice(0, delta.offset) + chunk);
    const text = textOf(block);
    if (text !== undefined && text.slice(delta.offset, delta.offset + chunk.length) !== chunk) {
      this.#findings.add('delta text', `${key} at ${delta.offset}: ${JSON.stringify(chunk.slice(0, 60))}`);
    }
  }

  durable(seq: number, at: number): void {
    this.#seen = Math.max(this.#seen, seq);
    const block = this.#bySeq.get(seq);
    const joined = block === undefined ? undefined : this.#texts.get(block.key);
    if (block === undefined || joined === undefined) return;
    this.#texts.delete(block.key);
    if (isWhole(block, joined)) this.blocks.whole += 1;
    else {
      this.blocks.partial += 1;
      if (this.#facts.calm(at)) this.#findings.add('delta incomplete', `${block.key}: ${joined.length} characters before event ${seq}`);
    }
  }
}

/** The text that deltas are pieces of; undefined of a tool call, whose JSON is not kept as it was written. */
function textOf(block: Block | undefined): string | undefined {
  const text = block?.content['text'];
  const thinking = block?.content['thinking'];
  return typeof text === 'string' ? text : typeof thinking === 'string' ? thinking : undefined;
}

function isWhole(block: Block, joined: string): boolean {
  const text = textOf(block);
  if (text !== undefined) return text === joined;
  try {
    return digestOf(JSON.parse(joined)) === digestOf(block.content['input']);
  } catch {
    return false;
  }
}

function brief(seqs: readonly number[]): string {
  return seqs.length <= 5 ? seqs.join(', ') : `${seqs.slice(0, 3).join(', ')} … ${seqs.at(-1)} (${seqs.length})`;
}
