import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { type Report, report as reportSchema } from '@ai-sessions/protocol';

/** What stays in memory of the reports nobody has acknowledged; the rest is read from the file again when it is sent. */
const MEMORY_BYTES = 1024 * 1024;
/** A frame of reports is cut here, so that a backlog neither fills a socket nor the server's memory at once. */
const FRAME_BYTES = 256 * 1024;
const FRAME_REPORTS = 1000;
/** An acknowledged file is emptied only from this size on: most incarnations never get there. */
const COMPACT_BYTES = 1024 * 1024;
/** What a full disk leaves in memory alone before the outbox counts as crowded. */
const CROWDED_BYTES = 4 * 1024 * 1024;

export interface ReportBatch {
  /** Number of the first report. */
  readonly first: number;
  readonly count: number;
  /** The reports as a JSON array. */
  readonly json: string;
}

interface Entry {
  /** Where it is in the file; null while the disk is full: it is in memory alone then. */
  offset: number | null;
  readonly bytes: number;
  /** Undefined once it has been left to the file alone. */
  json: string | undefined;
}

/**
 * The reports of one incarnation, numbered 1, 2, 3 … and kept until acknowledged, in a file of lines `<number> <json>`.
 * A report is in the file before anybody can send it, so that SIGKILL of the runner loses none that had been numbered. Only while the disk
 * is full are they kept in memory, and written once there is room: a session is not to die of it.
 */
export class Outbox {
  readonly #path: string;
  readonly #fd: number;
  #entries: Entry[] = [];
  #acked = 0;
  #fileBytes = 0;
  #memoryBytes = 0;
  /** How many of the last entries are in memory alone, and their size. */
  #unwritten = 0;
  #unwrittenBytes = 0;
  #final = false;
  #closed = false;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** For a new incarnation. Throws if there is a file already: an epoch begins once. */
  static create(path: string): Outbox {
    return new Outbox(path, openSync(path, 'wx+', 0o600));
  }

  /** What an earlier runner left behind. A line cut by its end, and all after it, is dropped. */
  static recover(path: string): Outbox {
    const outbox = new Outbox(path, openSync(path, 'r+'));
    outbox.#load(readFileSync(path, 'utf8'));
    ftruncateSync(outbox.#fd, outbox.#fileBytes);
    return outbox;
  }

  /** Number of the last report; 0 before the first. */
  get last(): number {
    return this.#acked + this.#entries.length;
  }

  get acked(): number {
    return this.#acked;
  }

  /** True once the last report an incarnation ever makes is among them. */
  get final(): boolean {
    return this.#final;
  }

  /** True when nothing is left to be said. */
  get settled(): boolean {
    return this.#final && this.#entries.length === 0;
  }

  /** The disk is full and much is in memory alone: who can wait with more is to wait. */
  get crowded(): boolean {
    return this.#unwrittenBytes > CROWDED_BYTES;
  }

  /** Numbers and keeps a report. Nothing is taken after the final one. */
  append(report: Report): void {
    if (this.#closed || this.#final) return;
    this.#final = isFinal(report);
    const json = JSON.stringify(report);
    const bytes = Buffer.byteLength(json) + `${this.last + 1} \n`.length;
    this.#entries.push({ offset: null, bytes, json });
    this.#unwritten += 1;
    this.#unwrittenBytes += bytes;
    this.#writeOut();
  }

  /** Forgets the reports up to this number. A number ahead of the last one (the file had been emptied) moves the count on. */
  acknowledge(number: number): void {
    if (number <= this.#acked || this.#closed) return;
    const done = this.#entries.splice(0, number - this.#acked);
    for (const entry of done) {
      if (entry.offset === null) {
        this.#unwritten -= 1;
        this.#unwrittenBytes -= entry.bytes;
      } else if (entry.json !== undefined) this.#memoryBytes -= entry.bytes;
    }
    this.#acked = number;
    if (this.#entries.length === 0 && this.#fileBytes >= COMPACT_BYTES) {
      ftruncateSync(this.#fd, 0);
      this.#fileBytes = 0;
    }
  }

  /** The next frame's worth of reports after this number, at most so many; undefined when there is none. */
  after(number: number, most: number = FRAME_REPORTS): ReportBatch | undefined {
    const from = Math.max(number, this.#acked) - this.#acked;
    const parts: string[] = [];
    let bytes = 0;
    for (const entry of this.#entries.slice(from, from + Math.min(most, FRAME_REPORTS))) {
      if (parts.length > 0 && bytes + entry.bytes > FRAME_BYTES) break;
      parts.push(entry.json ?? this.#read(entry));
      bytes += entry.bytes;
    }
    if (parts.length === 0) return undefined;
    return { first: this.#acked + from + 1, count: parts.length, json: `[${parts.join(',')}]` };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }

  /** Closes it and deletes the file. */
  remove(): void {
    this.close();
    rmSync(this.#path, { force: true });
  }

  /** Writes what is not in the file yet, in order, as far as the disk takes it. */
  #writeOut(): void {
    for (const entry of this.#entries.slice(this.#entries.length - this.#unwritten)) {
      const number = this.last - this.#unwritten + 1;
      const line = Buffer.from(`${number} ${entry.json ?? ''}\n`);
      if (!this.#writeLine(line)) return;
      this.#unwritten -= 1;
      this.#unwrittenBytes -= entry.bytes;
      entry.offset = this.#fileBytes;
      this.#fileBytes += line.length;
      if (this.#memoryBytes + line.length > MEMORY_BYTES) entry.json = undefined;
      else this.#memoryBytes += line.length;
    }
  }

  /** False: there is no room. What was written of it is written over later, and is no line for who reads the file before. */
  #writeLine(line: Buffer): boolean {
    try {
      return writeSync(this.#fd, line, 0, line.length, this.#fileBytes) === line.length;
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return false;
      throw error;
    }
  }

  #keep(json: string, lineBytes: number): void {
    const fits = this.#memoryBytes + lineBytes <= MEMORY_BYTES;
    this.#entries.push({ offset: this.#fileBytes, bytes: lineBytes, json: fits ? json : undefined });
    if (fits) this.#memoryBytes += lineBytes;
    this.#fileBytes += lineBytes;
  }

  #read(entry: Entry): string {
    const line = Buffer.alloc(entry.bytes);
    readSync(this.#fd, line, 0, entry.bytes, entry.offset ?? 0);
    const text = line.toString('utf8');
    return text.slice(text.indexOf(' ') + 1, -1);
  }

  #skipTo(number: number): void {
    this.#entries = [];
    this.#memoryBytes = 0;
    this.#acked = number - 1;
  }

  #load(text: string): void {
    const size = fstatSync(this.#fd).size;
    for (const line of text.split('\n')) {
      const bytes = Buffer.byteLength(line) + 1;
      const parsed = this.#fileBytes + bytes <= size ? parseLine(line) : undefined;
      if (parsed === undefined) return;
      if (this.#entries.length === 0) this.#acked = parsed.number - 1;
      // A gap is what was acknowledged before there was room to write it; so was all before it.
      else if (parsed.number > this.last + 1) this.#skipTo(parsed.number);
      else if (parsed.number <= this.last) return;
      this.#final = isFinal(parsed.report);
      this.#keep(parsed.json, bytes);
    }
  }
}

function parseLine(line: string): { number: number; json: string; report: Report } | undefined {
  const space = line.indexOf(' ');
  const number = Number(line.slice(0, space));
  if (space <= 0 || !Number.isInteger(number) || number < 1) return undefined;
  const json = line.slice(space + 1);
  try {
    const report = reportSchema.safeParse(JSON.parse(json));
    return report.success ? { number, json, report: report.data } : undefined;
  } catch {
    return undefined;
  }
}

function isFinal(report: Report): boolean {
  return report.kind === 'exited' || report.kind === 'hibernated';
}
