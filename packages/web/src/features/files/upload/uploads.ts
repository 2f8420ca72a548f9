import { useSyncExternalStore } from 'react';
import { describeProblem } from '../../../lib/problem.ts';
import { completeUpload, openUpload, type OpenUpload, sendRest } from './send-file.ts';

export interface Upload {
  readonly key: number;
  readonly name: string;
  readonly size: number;
  readonly sent: number;
  readonly state: 'waiting' | 'sending' | 'placing' | 'paused' | 'done' | 'failed';
  /** Where it is in the workspace, when done. */
  readonly path?: string;
  readonly problem?: string;
}

interface Job {
  readonly file: File;
  upload: OpenUpload | undefined;
  stop: AbortController;
}

const atOnce = 2;
const tries = 5;

/** The uploads of one session. They go on while another panel is looked at. */
export class Uploads {
  readonly #sessionId: string;
  readonly #jobs = new Map<number, Job>();
  readonly #listeners = new Set<() => void>();
  #list: readonly Upload[] = [];
  #next = 1;
  /** How many have been placed: what shows folders looks again. */
  placed = 0;

  constructor(sessionId: string) {
    this.#sessionId = sessionId;
  }

  get list(): readonly Upload[] {
    return this.#list;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  add(files: Iterable<File>): void {
    for (const file of files) {
      const key = this.#next++;
      this.#jobs.set(key, { file, upload: undefined, stop: new AbortController() });
      this.#list = [...this.#list, { key, name: file.name || 'pasted', size: file.size, sent: 0, state: 'waiting' }];
    }
    this.#changed();
    this.#pump();
  }

  pause(key: number): void {
    this.#jobs.get(key)?.stop.abort();
    this.#set(key, { state: 'paused' });
    this.#pump();
  }

  /** Goes on with one that is paused or has failed. */
  resume(key: number): void {
    const job = this.#jobs.get(key);
    if (job === undefined) return;
    job.stop = new AbortController();
    this.#set(key, { state: 'waiting', problem: '' });
    this.#pump();
  }

  remove(key: number): void {
    this.#jobs.get(key)?.stop.abort();
    this.#jobs.delete(key);
    this.#list = this.#list.filter((upload) => upload.key !== key);
    this.#changed();
    this.#pump();
  }

  clearDone(): void {
    for (const { key, state } of this.#list) if (state === 'done') this.remove(key);
  }

  #pump(): void {
    const running = this.#list.filter(({ state }) => state === 'sending' || state === 'placing').length;
    const next = this.#list.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, atOnce - running));
    for (const { key } of next) void this.#run(key);
  }

  async #run(key: number): Promise<void> {
    const job = this.#jobs.get(key);
    if (job === undefined) return;
    const { signal } = job.stop;
    this.#set(key, { state: 'sending' });
    try {
      job.upload ??= await openUpload(this.#sessionId, job.file, signal);
      await this.#send(key, job, job.upload, signal);
      this.#set(key, { state: 'placing', sent: job.file.size });
      const path = await completeUpload(this.#sessionId, job.upload, signal);
      this.#jobs.delete(key);
      this.placed += 1;
      this.#set(key, { state: 'done', path });
    } catch (error) {
      if (!signal.aborted) this.#set(key, { state: 'failed', problem: describeProblem(error).text });
    }
    this.#pump();
  }

  /** A connection that breaks is no failure: the rest is sent on another one. */
  async #send(key: number, job: Job, upload: OpenUpload, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await sendRest(upload, job.file, signal, (sent) => this.#set(key, { sent }));
      } catch (error) {
        if (signal.aborted || attempt >= tries) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
        signal.throwIfAborted();
      }
    }
  }

  #set(key: number, change: Partial<Upload>): void {
    this.#list = this.#list.map((upload) => (upload.key === key ? { ...upload, ...change } : upload));
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

const ofSessions = new Map<string, Uploads>();

export function uploadsOf(sessionId: string): Uploads {
  const uploads = ofSessions.get(sessionId) ?? new Uploads(sessionId);
  ofSessions.set(sessionId, uploads);
  return uploads;
}

export function useUploads(uploads: Uploads): readonly Upload[] {
  return useSyncExternalStore(uploads.subscribe, () => uploads.list);
}
