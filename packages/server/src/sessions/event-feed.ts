import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { fixedLimits } from '@ai-sessions/protocol';
import type { Logger } from 'pino';
import type { Bus, BusMessage } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import type { LogPage, Store } from '../store/store.ts';
import type { InFlight } from './in-flight.ts';
import { readLiveState } from './live-state.ts';
import { liveText } from './live-text.ts';
import { type News, teller } from './news.ts';
import { Parcel } from './parcel.ts';

/** Where a viewer's frames go. Methods must not throw. */
export interface FeedSink {
  /** A page of missed events; resolves when there is room for the next. */
  history(page: LogPage, more: boolean): Promise<void>;
  /** Events, deltas, statuses. */
  send(parcel: Parcel): void;
}

/**
 * A session's events for any number of viewers. A viewer is a cursor into the log and passes three phases:
 *
 * 1. backfill: pages are read from the store until the cursor has reached the newest seq heard of;
 * 2. cut-over: `session_status`, then whatever came meanwhile;
 * 3. live: events come with the bus message itself when they continue the cursor; a gap (a lost hint) sends the
 *    viewer back to the store.
 *
 * Every event is thus given exactly once and in order, whatever the bus loses or doubles. What a few watch they get in the tick in which it is
 * heard. What a crowd watches is gathered for some milliseconds, the more the larger it is, and then sent by and by, so that it holds
 * nobody else up.
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
  /** See `Reader`. */
  statusFrom: number;
  liveFrom: number;
}

interface Hub {
  readonly viewers: Set<Viewer>;
  /** The newest seq heard of. */
  newest: number;
  status: 'settled' | 'building' | 'stale';
  latestStatus: { readonly number: number; readonly text: string } | undefined;
  /** Number of the last news. */
  heard: number;
  /** News that nobody has been sent yet. */
  waiting: News[];
  spreading: boolean;
  timer: NodeJS.Timeout | undefined;
  leave(): void;
}

const pollMs = 2000;
const pageEvents = 1000;
const pageBytes = fixedLimits.historyFrameBytes - 1024;
/** So many viewers are sent everything at once. */
const few = 32;
/** Of a crowd so many are served before anything else gets its turn. */
const slice = 64;
const longestGatherMs = 100;

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

  function hear(sessionId: string, hub: Hub, { lastSeq, status, ...news }: BusMessage): void {
    if (lastSeq !== undefined) hub.newest = Math.max(hub.newest, lastSeq);
    tell(sessionId, hub, { ...news, ...(lastSeq === undefined ? {} : { lastSeq }) });
    if (status === true) spreadStatus(sessionId, hub);
  }

  function tell(sessionId: string, hub: Hub, news: Omit<News, 'number'>): void {
    hub.heard += 1;
    hub.waiting.push({ ...news, number: hub.heard });
    if (news.statusText !== undefined) hub.latestStatus = { number: hub.heard, text: news.statusText };
    if (hub.spreading) return;
    if (hub.viewers.size > few) {
      gather(sessionId, hub);
      return;
    }
    const spread = spreading(sessionId, hub);
    for (const viewer of hub.viewers) spread(viewer);
  }

  async function spreadToCrowd(sessionId: string, hub: Hub): Promise<void> {
    hub.spreading = true;
    try {
      const spread = spreading(sessionId, hub);
      let served = 0;
      for (const viewer of hub.viewers) {
        spread(viewer);
        if (++served % slice === 0) await yieldToOthers();
      }
    } finally {
      hub.spreading = false;
      if (hub.waiting.length > 0) gather(sessionId, hub);
    }
  }

  function gather(sessionId: string, hub: Hub): void {
    hub.timer ??= setTimeout(
      () => void spreadToCrowd(sessionId, hub).catch((error: unknown) => log.error({ err: error }, 'a crowd could not be told')),
      Math.min(longestGatherMs, hub.viewers.size / 20),
    );
  }

  /** Takes the news that wait, to be sent to each viewer in turn. */
  function spreading(sessionId: string, hub: Hub): (viewer: Viewer) => void {
    clearTimeout(hub.timer);
    hub.timer = undefined;
    const tell = teller(hub.waiting);
    hub.waiting = [];
    return (viewer) => {
      if (viewer.phase === 'backfill' || viewer.signal.aborted) return;
      const { parcel, cursor, behind } = tell({ ...viewer, level: viewer.phase === 'live' });
      viewer.cursor = cursor;
      if (parcel.texts.length > 0) viewer.sink.send(parcel);
      if (behind) void catchUp(sessionId, hub, viewer).catch((error: unknown) => log.error({ err: error }, 'a viewer could not catch up'));
    };
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
      viewer.sink.send(new Parcel(page.envelopes));
    }
    viewer.phase = 'live';
    viewer.liveFrom = hub.heard;
    if (!viewer.deltas || viewer.signal.aborted) return;
    const blocks = inFlight.snapshot(sessionId);
    if (blocks.length > 0)
      viewer.sink.send(
        new Parcel(blocks.map(({ type, payload, parent_tool_use_id }) => liveText(clock, sessionId, type, payload, parent_tool_use_id))),
      );
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
        if (frame !== null) tell(sessionId, hub, { statusText: frame });
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
        latestStatus: undefined,
        heard: 0,
        waiting: [],
        spreading: false,
        timer: undefined,
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
    clearTimeout(hub.timer);
    hub.leave();
    hubs.delete(sessionId);
    onAttendance(sessionId);
  }

  return {
    async attach(sessionId, afterSeq, sink, { deltas, signal }) {
      if (signal.aborted) return;
      const viewer: Viewer = { cursor: afterSeq, sink, deltas, signal, phase: 'backfill', statusFrom: 0, liveFrom: 0 };
      const hub = join(sessionId, viewer);
      signal.addEventListener('abort', () => leave(sessionId, hub, viewer), { once: true });
      const row = await store.sessions.get(sessionId);
      hub.newest = Math.max(hub.newest, row?.state.last_seq ?? 0);
      viewer.cursor = Math.min(afterSeq, hub.newest);
      const read = () => store.log.page(sessionId, viewer.cursor, pageEvents, pageBytes);
      // The next page is read while this one is sent.
      for (let next: ReturnType<typeof read> | null = read(); next !== null && !signal.aborted;) {
        const page: LogPage = await next;
        viewer.cursor = Math.max(viewer.cursor, page.lastSeq);
        const more = page.count > 0 && viewer.cursor < hub.newest;
        next = more ? read() : null;
        next?.catch(() => {});
        await sink.history(page, more);
      }
      if (signal.aborted) return;
      viewer.statusFrom = hub.heard;
      const status = await statusFrame(sessionId);
      if (status !== null) sink.send(new Parcel([status]));
      // Another may have been spread while this one was built.
      const { latestStatus } = hub;
      if (latestStatus !== undefined && latestStatus.number > viewer.statusFrom) sink.send(new Parcel([latestStatus.text]));
      viewer.statusFrom = hub.heard;
      await catchUp(sessionId, hub, viewer);
    },
    attended: (sessionId) => (hubs.get(sessionId)?.viewers.size ?? 0) > 0,
    [Symbol.asyncDispose]: () => {
      clearInterval(poll);
      for (const hub of hubs.values()) {
        clearTimeout(hub.timer);
        hub.leave();
      }
      hubs.clear();
      return Promise.resolve();
    },
  };
}
