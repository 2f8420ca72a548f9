import { readdirSync } from 'node:fs';
import path from 'node:path';
import {
  type Client,
  type Conversation,
  type SessionItem,
  type SessionStream,
  applyItem,
  createClient,
  emptyConversation,
  openSession,
} from '@ai-sessions/client';
import { Journal, readJournal, seenEvent } from './journal.ts';
import type { PlannedTurn, SessionPlan } from './plan.ts';
import { screenDigest } from './screen.ts';

/** What a client process is told to do: be the person at one session until it has ended. */
export interface Assignment {
  readonly sessionId: string;
  readonly plan: SessionPlan;
  readonly token: string;
  readonly folder: string;
  /** Base URLs of the two streams: each goes through a proxy of its own. */
  readonly driverUrl: string;
  readonly screenUrl: string;
}

/** Short waits: the run is to see many reconnects. */
const timing = { heartbeatMs: 1500, silenceMs: 1500, connectMs: 4000, backoffMs: 100, backoffMaxMs: 1000, steadyMs: 1000 };
const retryEndMs = 300;

export const driverJournal = (folder: string, name: string) => path.join(folder, `${name}.driver.jsonl`);
export const screenJournals = (folder: string, name: string) =>
  readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.screen-`))
    .map((file) => path.join(folder, file));

/**
 * Goes through a plan with the client library: sends the prompts, answers what is asked, ends the session. A second stream
 * beside it draws the screen and answers too, the other way round. After a SIGKILL the same call goes on: the first stream
 * after the last event in its journal and with its unacknowledged prompts, the second one anew.
 */
export async function attend(assignment: Assignment): Promise<void> {
  const { plan, folder, driverUrl, screenUrl } = assignment;
  const file = driverJournal(folder, plan.name);
  const before = readJournal(file);
  using driven = new Journal(file);
  using drawn = new Journal(path.join(folder, `${plan.name}.screen-${screenJournals(folder, plan.name).length}.jsonl`));
  const driver = new Driver(clientAt(driverUrl, assignment), assignment, driven, before);
  await Promise.all([driver.run(), watch(clientAt(screenUrl, assignment), assignment.sessionId, drawn)]);
}

function clientAt(baseUrl: string, { token }: Assignment): Client {
  return createClient({ baseUrl, token: () => token, timeoutMs: 5000 });
}

class Driver {
  readonly #client: Client;
  readonly #sessionId: string;
  readonly #turns: readonly PlannedTurn[];
  readonly #journal: Journal;
  readonly #stream: SessionStream;
  readonly #sent = new Set<string>();
  readonly #acted = new Set<string>();
  readonly #prompts = new Map<string, { promptId: string; status: string }>();
  readonly #answers: Answers;
  #state: Conversation;
  #ending: NodeJS.Timeout | undefined;

  constructor(client: Client, { sessionId, plan }: Assignment, journal: Journal, before: ReturnType<typeof readJournal>) {
    let afterSeq = 0;
    for (const entry of before) {
      if (entry.kind === 'refused') this.#prompts.set(entry.id, { promptId: '', status: 'refused' });
      if (entry.kind !== 'event') continue;
      afterSeq = entry.seq;
      if (entry.prompt !== undefined) this.#heard(entry.prompt);
    }
    this.#client = client;
    this.#sessionId = sessionId;
    this.#turns = plan.turns;
    this.#journal = journal;
    this.#state = { ...emptyConversation, lastSeq: afterSeq };
    journal.note({ kind: 'opened', afterSeq });
    this.#stream = openSession(client, sessionId, { afterSeq, deltas: true, timing });
    this.#answers = new Answers(this.#stream, journal, true);
  }

  async run(): Promise<void> {
    for await (const item of this.#stream) {
      this.#state = applyItem(this.#state, item);
      noteItem(this.#journal, item);
      if (item.type === 'event' && item.event.type === 'prompt_status') this.#heard(item.event.payload);
      if (item.type === 'prompt_refused') {
        this.#journal.note({ kind: 'refused', id: item.client_msg_id, code: item.error.code });
        this.#prompts.set(item.client_msg_id, { promptId: '', status: 'refused' });
      }
      if (this.#stream.connection.state !== 'ended') this.#act();
    }
    clearTimeout(this.#ending);
  }

  #heard(step: { client_msg_id?: string | undefined; prompt_id: string; status: string }): void {
    const known = [...this.#prompts].find(([, { promptId }]) => promptId === step.prompt_id)?.[0];
    const id = step.client_msg_id ?? known;
    if (id !== undefined) this.#prompts.set(id, { promptId: step.prompt_id, status: step.status });
  }

  #act(): void {
    this.#answers.give(this.#state);
    for (const turn of this.#turns) {
      const prompt = this.#prompts.get(turn.id);
      if (prompt === undefined && !this.#sent.has(turn.id)) {
        this.#sent.add(turn.id);
        this.#journal.note({ kind: 'prompt', id: turn.id });
        this.#stream.send(turn.text, turn.id);
      }
      this.#meddle(turn, prompt);
      const over = prompt !== undefined && ['completed', 'cancelled', 'refused'].includes(prompt.status);
      if (!over && !turn.burst) return;
      if (!over && turn === this.#turns.at(-1)) return;
    }
    if (this.#turns.every(({ id }) => ['completed', 'cancelled', 'refused'].includes(this.#prompts.get(id)?.status ?? ''))) this.#end();
  }

  #meddle({ id, kind }: PlannedTurn, prompt: { promptId: string; status: string } | undefined): void {
    if (prompt === undefined || this.#acted.has(id)) return;
    if (kind === 'cancel' && prompt.status === 'queued') {
      this.#acted.add(id);
      this.#stream.cancelPrompt(prompt.promptId);
    }
    const { turn, inFlight } = this.#state;
    if (kind === 'interrupt' && turn?.promptId === prompt.promptId && inFlight.length > 0 && this.#stream.interrupt()) this.#acted.add(id);
  }

  /** Asks for the end of the session until the stream tells of it: the call may get lost both ways. */
  #end(): void {
    if (this.#ending !== undefined) return;
    const ask = async (): Promise<void> => {
      await this.#client.call('terminateSession', { params: { id: this.#sessionId } }).catch(() => undefined);
      if (this.#stream.connection.state !== 'ended') this.#ending = setTimeout(() => void ask(), retryEndMs);
    };
    this.#ending = setTimeout(() => void ask(), 0);
  }
}

/** Gives one answer to everything that is open. */
class Answers {
  readonly #stream: SessionStream;
  readonly #journal: Journal;
  readonly #approve: boolean;
  readonly #given = new Set<string>();

  constructor(stream: SessionStream, journal: Journal, approve: boolean) {
    this.#stream = stream;
    this.#journal = journal;
    this.#approve = approve;
  }

  give({ openApprovals, openQuestions }: Conversation): void {
    for (const { tool_use_id: id } of openApprovals) {
      if (!this.#first(id)) continue;
      this.#stream.respondApproval({ tool_use_id: id, approved: this.#approve });
    }
    for (const { question_id: id } of openQuestions) {
      if (this.#first(id)) this.#stream.respondQuestion(id, { Way: this.#approve ? 'left' : 'right' });
    }
  }

  #first(id: string): boolean {
    if (this.#given.has(id)) return false;
    this.#given.add(id);
    this.#journal.note({ kind: 'answer', id, approved: this.#approve });
    return true;
  }
}

/** Draws the session from its beginning to its end. */
async function watch(client: Client, sessionId: string, journal: Journal): Promise<void> {
  let state = emptyConversation;
  journal.note({ kind: 'opened', afterSeq: 0 });
  const stream = openSession(client, sessionId, { deltas: true, timing });
  const answers = new Answers(stream, journal, false);
  for await (const item of stream) {
    state = applyItem(state, item);
    noteItem(journal, item);
    // What was asked before this one came is answered by the other.
    if (state.connection.state === 'live') answers.give(state);
  }
  if (state.end !== undefined) journal.note({ kind: 'screen', digest: screenDigest(state) });
}

function noteItem(journal: Journal, item: SessionItem): void {
  switch (item.type) {
    case 'event':
      return journal.note(seenEvent(item.event));
    case 'unknown_event':
      return journal.note({ kind: 'event', seq: item.seq, digest: `unknown ${item.name}` });
    case 'live':
      if (item.frame.type === 'assistant_delta') journal.note({ kind: 'delta', delta: item.frame.payload });
      return;
    case 'connection': {
      const { connection } = item;
      const reason = 'reason' in connection ? { reason: connection.reason } : {};
      return journal.note({ kind: 'connection', state: connection.state, ...reason });
    }
    case 'prompt_sent':
    case 'prompt_refused':
      return;
    default: {
      const unreachable: never = item;
      return unreachable;
    }
  }
}
