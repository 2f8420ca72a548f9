import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { boundedLines } from './bounded-lines.ts';

/** What the transcript of a conversation says about one prompt's turn. */
export interface TurnOnDisk {
  /** The prompt had arrived. */
  readonly hasPrompt: boolean;
  /** The text of the answer, if the turn had come to its end. */
  readonly finished: string | undefined;
  /** Tool calls of the turn without a result: they were being judged, or ran, when the process ended. */
  readonly unfinished: readonly UnfinishedCall[];
  /** Ids of all calls that were written down since the prompt. */
  readonly calls: ReadonlySet<string>;
}

export interface UnfinishedCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

const entrySchema = z.looseObject({
  type: z.string(),
  uuid: z.string(),
  parentUuid: z.string().nullish(),
  isSidechain: z.boolean().optional(),
  isApiErrorMessage: z.boolean().optional(),
  message: z
    .looseObject({
      id: z.string().optional(),
      content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).optional(),
      stop_reason: z.string().nullish(),
    })
    .optional(),
});
type Entry = z.infer<typeof entrySchema>;

const MIB = 1024 * 1024;
/** The runner serves others while it reads: what is larger was not written by Claude Code alone. */
const MOST_BYTES = 1024 * MIB;
/** Of a line; longer ones are passed over. An answer with a picture takes some 10 MiB. */
const LONGEST_LINE = 32 * MIB;
/** Of one turn, which is held in memory. */
const MOST_OF_TURN = 128 * MIB;

/**
 * Claude Code's own record of a conversation, a JSON line for each step, of which each names the one before it. The
 * sandbox may have written anything there: what is no plain file at its own place does not count, and no line is trusted.
 */
export class Transcript {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Finds the transcript under a session's HOME; undefined if there is none. Only to be used while no process is inside. */
  static async find(hostHome: string, conversationId: string): Promise<Transcript | undefined> {
    const projects = join(hostHome, '.claude', 'projects');
    try {
      const home = await realpath(hostHome);
      for (const name of await readdir(projects)) {
        const folder = join(projects, name);
        const path = join(folder, `${conversationId}.jsonl`);
        if ((await realpath(folder)) !== join(home, '.claude', 'projects', name)) continue;
        if ((await lstat(path).catch(() => undefined))?.isFile()) return new Transcript(path);
      }
    } catch {
      return undefined;
    }
    return undefined;
  }

  /** Whether the conversation has begun: without that Claude Code cannot resume it. */
  async hasConversation(): Promise<boolean> {
    for await (const [entry] of this.#entries()) if (entry.message !== undefined) return true;
    return false;
  }

  /** Throws if the turn is larger than any that Claude Code writes. */
  async readTurn(promptUuid: string): Promise<TurnOnDisk> {
    let entries: Map<string, Entry> | undefined;
    let last: Entry | undefined;
    let held = 0;
    for await (const [entry, length] of this.#entries()) {
      if (entry.uuid === promptUuid) {
        entries = new Map();
        held = 0;
      }
      entries?.set(entry.uuid, entry);
      held += entries === undefined ? 0 : length;
      if (held > MOST_OF_TURN) throw new Error('the record of the turn is larger than any that Claude Code writes, and is not read');
      if (entry.message !== undefined && !entry.isSidechain) last = entry;
    }
    if (entries === undefined || last === undefined) return { hasPrompt: false, finished: undefined, unfinished: [], calls: new Set() };
    const branch = branchTo(last, entries);
    const unfinished = unfinishedCalls(branch, entries);
    const uses = [...entries.values()].flatMap(blocks).filter((block) => block.type === 'tool_use');
    const calls = new Set(uses.map((block) => String(block['id'])));
    return { hasPrompt: true, finished: unfinished.length === 0 ? finalText(last, branch) : undefined, unfinished, calls };
  }

  /**
   * Records results for calls that have none, as Claude Code itself does on resuming. Without them it would forget
   * that it had made these calls, and the model would make them once more.
   */
  async addResults(results: readonly { readonly id: string; readonly text: string }[]): Promise<void> {
    const wanted = new Set<unknown>(results.map(({ id }) => id));
    const calls = new Map<unknown, Entry>();
    let parent: Entry | undefined;
    for await (const [entry] of this.#entries()) {
      if (!entry.isSidechain) parent = entry;
      for (const { type, id } of blocks(entry)) if (type === 'tool_use' && wanted.has(id)) calls.set(id, entry);
    }
    const lines = results.flatMap(({ id, text }) => {
      const call = calls.get(id);
      if (call === undefined || parent === undefined) return [];
      const { userType, entrypoint, cwd, sessionId, version, gitBranch } = call;
      const entry: Entry = {
        parentUuid: parent.uuid,
        isSidechain: false,
        type: 'user',
        message: { role: 'user', content: [{ type: 'tool_result', content: text, is_error: true, tool_use_id: id }] },
        uuid: randomUUID(),
        timestamp: new Date().toISOString(),
        toolUseResult: text,
        sourceToolAssistantUUID: call.uuid,
        userType,
        entrypoint,
        cwd,
        sessionId,
        version,
        gitBranch,
      };
      parent = entry;
      return [`${JSON.stringify(entry)}\n`];
    });
    await using file = await open(this.path, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW);
    await file.appendFile((await endsInLine(file)) ? lines.join('') : `\n${lines.join('')}`);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  /** Each with the length of its line. Throws if the file is too large to be Claude Code's. */
  async *#entries(): AsyncGenerator<[Entry, number]> {
    await using file = await open(this.path, constants.O_RDONLY | constants.O_NOFOLLOW);
    if ((await file.stat()).size > MOST_BYTES)
      throw new Error('the record of the conversation is larger than any that Claude Code writes, and is not read');
    for await (const line of boundedLines(file.createReadStream({ autoClose: false }), LONGEST_LINE)) {
      const entry = parseEntry(line);
      if (entry !== undefined) yield [entry, line.length];
    }
  }
}

/** The entries that lead to this one, the latest first. */
function branchTo(leaf: Entry, entries: ReadonlyMap<string, Entry>): Entry[] {
  const branch: Entry[] = [];
  const seen = new Set<string>();
  for (let entry: Entry | undefined = leaf; entry !== undefined && !seen.has(entry.uuid); entry = entries.get(entry.parentUuid ?? '')) {
    seen.add(entry.uuid);
    branch.push(entry);
  }
  return branch;
}

function unfinishedCalls(branch: readonly Entry[], entries: ReadonlyMap<string, Entry>): UnfinishedCall[] {
  const results = new Set<unknown>();
  for (const entry of entries.values())
    for (const block of blocks(entry)) if (block.type === 'tool_result') results.add(block['tool_use_id']);
  return branch
    .toReversed()
    .flatMap(blocks)
    .filter((block) => block.type === 'tool_use' && !results.has(block['id']))
    .map((block) => ({ id: String(block['id']), name: String(block['name']), input: block['input'] }));
}

/** The text of the last message, if the model had ended its turn with it. */
function finalText(last: Entry, branch: readonly Entry[]): string | undefined {
  const { stop_reason: reason, id } = last.message ?? {};
  if (last.type !== 'assistant' || last.isApiErrorMessage === true || (reason !== 'end_turn' && reason !== 'stop_sequence'))
    return undefined;
  const message = branch.filter((entry) => entry.message?.id === id).toReversed();
  return message
    .flatMap(blocks)
    .flatMap((block) => (typeof block['text'] === 'string' ? [block['text']] : []))
    .join('\n');
}

function blocks(entry: Entry): { type: string; [key: string]: unknown }[] {
  const content = entry.message?.content;
  return Array.isArray(content) ? content : [];
}

function parseEntry(line: string): Entry | undefined {
  // Most bytes are in lines without a place in the conversation.
  if (!line.includes('"uuid"')) return undefined;
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}
