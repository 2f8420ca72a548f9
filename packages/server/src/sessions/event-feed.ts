import { fixedLimits } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { Bus, BusMessage, LiveText } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import type { InFlight } from './in-flight.ts';
import { readLiveState } from './live-state.ts';
import { liveText } from './live-text.ts';

/** Where a viewer's frames go. Methods must not throw. */
export interface FeedSink {
  /** A page of missed events; resolves when there is room for the next. */
  history(envelopes: readonly string[], more: boolean): Promise<void>;
  events(envelopes: readonly string[]): void;
  live(text: LiveText): void;
  status(frame: string): void;
}

/**
 * A session's events for any number of viewers. A viewer is a cursor into the log and passes three phases:
 *
 * 1. backfill: pages are read from the store until the cursor has reached the newest seq heard of;
 * 2. cut-over: `session_status`, then whatever came meanwhile;
 * 3. live: events come with the bus message itself when they continue the cursor; a gap (a lost hint) sends the
 *    viewer back to the store.
 *
 * Every event is thus given exactly once and in order, whatever the bus loses or doubles.
 */
export interface EventFeed extends AsyncDisposable {
  /** Attaches a viewer until `signal` aborts. Resolves once the viewer is live; rejects if the store fails. */
  attach(sessionId: string, afterSeq: number, sink: FeedSink, options: { deltas: boolean; signal: AbortSignal }): Promise<void>;
  /** Whether the session has a viewer here. */
  attended(sessionId: string): boolean;
}

export interface EventFeedOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly inFlight: InFlight;
  /** Called when a session's first viewer comes or its last one leaves. */
  readonly onAttendance: (sessionId: string) => void;
}

interface Viewer {
  cursor: number;
  readonly sink: FeedSink;
  readonly deltas: boolean;
  readonly signal: AbortSignal;
  phase: 'backfill' | 'live' | 'catching up';
}

interface Hub {
  readonly viewers: Set<Viewer>;
  /** The newest seq heard of. */
  newest: number;
  status: 'settled' | 'building' | 'stale';
  leave(): void;
}

const pollMs = 2000;
const pageEvents = 1000;
const pageBytes = fixedLimits.historyFrameBytes - 1024;

export function createEventFeed(options: EventFeedOptions): EventFeed {
  const { store, bus, clock, log, inFlight, onAttendance } = options;
  const hubs = new Map<string, Hub>();
  const poll = setInterval(() => void pollStore().catch((error: unknown) => log.error({ err: error }, 'polling the log failed')), pollMs);
  poll.unref();

  /** Hints may be lost; the log is asked now and then whether it knows more. */
  async function pollStore(): Promise<void> {
    if (hubs.size === 0) return;
    for (const { id, seq } of await store.log.lastSeqs([...hubs.keys()])) {
      const hub = hubs.get(id);
      if (hub !== undefined && seq > hub.newest) hear(id, hub, { sessionId: id, lastSeq: seq, status: true });
    }
  }

  function hear(sessionId: string, hub: Hub, message: BusMessage): void {
    if (message.lastSeq !== undefined) hub.newest = Math.max(hub.newest, message.lastSeq);
    for (const viewer of hub.viewers) if (viewer.phase === 'live') deliver(sessionId, hub, viewer, message);
    if (message.status === true) spreadStatus(sessionId, hub);
  }

  function deliver(sessionId: string, hub: Hub, viewer: Viewer, message: BusMessage): void {
    const { envelopes = [], firstSeq = 0, live = [] } = message;
    if (envelopes.length > 0 && firstSeq <= viewer.cursor + 1) {
      const fresh = envelopes.slice(viewer.cursor + 1 - firstSeq);
      viewer.cursor += fresh.length;
      if (fresh.length > 0) viewer.sink.events(fresh);
    }
    if (viewer.cursor < (message.lastSeq ?? 0))
      void catchUp(sessionId, hub, viewer).catch((error: unknown) => log.error({ err: error }, 'a viewer could not catch up'));
    if (viewer.deltas) for (const text of live) viewer.sink.live(text);
    else for (const text of live) if (text.type !== 'assistant_delta') viewer.sink.live(text);
  }

  /**
   * Brings a viewer level with the newest seq from the store; it is live again in the tick in which it is level, and then
   * gets the blocks in flight so far: of their deltas it may have missed some.
   */
  async function catchUp(sessionId: string, hub: Hub, viewer: Viewer): Promise<void> {
    viewer.phase = 'catching up';
    while (viewer.cursor < hub.newest && !viewer.signal.aborted) {
      const page = await store.log.read(sessionId, viewer.cursor, pageEvents, pageBytes);
      if (page.envelopes.length === 0) break;
      viewer.cursor = page.lastSeq;
      viewer.sink.events(page.envelopes);
    }
    viewer.phase = 'live';
    if (!viewer.deltas || viewer.signal.aborted) return;
    for (const { type, payload, parent_tool_use_id } of inFlight.snapshot(sessionId)) {
      viewer.sink.live({ type, text: liveText(clock, sessionId, type, payload, parent_tool_use_id) });
    }
  }

  /** One status frame for all viewers, built once; changes that come while it is built lead to one more. */
  function spreadStatus(sessionId: string, hub: Hub): void {
    if (hub.status !== 'settled') {
      hub.status = 'stale';
      return;
    }
    hub.status = 'building';
    void statusFrame(sessionId)
      .then((frame) => {
        if (frame !== null) for (const viewer of hub.viewers) if (viewer.phase !== 'backfill') viewer.sink.status(frame);
      })
      .catch((error: unknown) => log.error({ err: error }, 'a status could not be built'))
      .finally(() => {
        const again = hub.status === 'stale';
        hub.status = 'settled';
        if (again) spreadStatus(sessionId, hub);
      });
  }

  async function statusFrame(sessionId: string): Promise<string | null> {
    const row = await store.sessions.get(sessionId);
    return row === null ? null : liveText(clock, sessionId, 'session_status', await readLiveState(store, row.state));
  }

  function join(sessionId: string, viewer: Viewer): Hub {
    let hub = hubs.get(sessionId);
    if (hub === undefined) {
      const made: Hub = {
        viewers: new Set(),
        newest: 0,
        status: 'settled',
        leave: bus.subscribe(sessionId, (message) => hear(sessionId, made, message)),
      };
      hub = made;
      hubs.set(sessionId, hub);
      onAttendance(sessionId);
    }
    hub.viewers.add(viewer);
    return hub;
  }

  function leave(sessionId: string, hub: Hub, viewer: Viewer): void {
    hub.viewers.delete(viewer);
    if (hub.viewers.size > 0 || hubs.get(sessionId) !== hub) return;
    hub.leave();
    hubs.delete(sessionId);
    onAttendance(sessionId);
  }

  return {
    async attach(sessionId, afterSeq, sink, { deltas, signal }) {
      if (signal.aborted) return;
      const viewer: Viewer = { cursor: afterSeq, sink, deltas, signal, phase: 'backfill' };
      const hub = join(sessionId, viewer);
      signal.addEventListener('abort', () => leave(sessionId, hub, viewer), { once: true });
      const row = await store.sessions.get(sessionId);
      hub.newest = Math.max(hub.newest, row?.state.last_seq ?? 0);
      viewer.cursor = Math.min(afterSeq, hub.newest);
      const read = () => store.log.read(sessionId, viewer.cursor, pageEvents, pageBytes);
      // The next page is read while this one is sent.
      for (let next: ReturnType<typeof read> | null = read(); next !== null && !signal.aborted;) {
        const page: Awaited<ReturnType<typeof read>> = await next;
        viewer.cursor = Math.max(viewer.cursor, page.lastSeq);
        const more = page.envelopes.length > 0 && viewer.cursor < hub.newest;
        next = more ? read() : null;
        next?.catch(() => {});
        await sink.history(page.envelopes, more);
      }
      if (signal.aborted) return;
      const status = await statusFrame(sessionId);
      if (status !== null) sink.status(status);
      await catchUp(sessionId, hub, viewer);
    },
    attended: (sessionId) => (hubs.get(sessionId)?.viewers.size ?? 0) > 0,
    [Symbol.asyncDispose]: () => {
      clearInterval(poll);
      for (const hub of hubs.values()) hub.leave();
      hubs.clear();
      return Promise.resolve();
    },
  };
}
