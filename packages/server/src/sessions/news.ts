import type { BusMessage } from '../bus/bus.ts';
import { Parcel } from './parcel.ts';

/** Something heard of a session. */
export interface News extends Omit<BusMessage, 'sessionId' | 'status'> {
  /** Grows by one. */
  readonly number: number;
  /** A `session_status` frame. */
  readonly statusText?: string;
}

/** How far a viewer is. */
export interface Reader {
  /** The last seq it has. */
  readonly cursor: number;
  readonly deltas: boolean;
  /** False: it gets its events from the store now, and with the last of them the blocks in flight; of the news it needs the statuses alone. */
  readonly level: boolean;
  /** Up to this number of the news it was told the status otherwise. */
  readonly statusFrom: number;
  /** Up to this number of the news it was told the deltas otherwise. */
  readonly liveFrom: number;
}

export interface Told {
  readonly parcel: Parcel;
  /** The last seq that the reader has then. */
  readonly cursor: number;
  /** There are events that the news do not hold. */
  readonly behind: boolean;
}

/** Makes of the news what readers are told. Pure; readers that are equally far get the same parcel. */
export function teller(news: readonly News[]): (reader: Reader) => Told {
  const before = (news[0]?.number ?? 1) - 1;
  const told = new Map<string, Told>();
  return (reader) => {
    const { cursor, deltas, level, statusFrom, liveFrom } = reader;
    const key = `${cursor} ${deltas} ${level} ${Math.max(statusFrom, before)} ${Math.max(liveFrom, before)}`;
    const known = told.get(key) ?? tell(news, reader);
    told.set(key, known);
    return known;
  };
}

function tell(news: readonly News[], reader: Reader): Told {
  const texts: string[] = [];
  let { cursor } = reader;
  let behind = false;
  for (const { number, envelopes = [], firstSeq = 0, lastSeq = 0, live = [], statusText } of news) {
    if (statusText !== undefined && number > reader.statusFrom) texts.push(statusText);
    if (!reader.level || behind) continue;
    if (envelopes.length > 0 && firstSeq <= cursor + 1) {
      const fresh = envelopes.slice(cursor + 1 - firstSeq);
      texts.push(...fresh);
      cursor += fresh.length;
    }
    behind = cursor < lastSeq;
    if (number > reader.liveFrom) for (const { type, text } of live) if (reader.deltas || type !== 'assistant_delta') texts.push(text);
  }
  return { parcel: new Parcel(texts), cursor, behind };
}
