import { afterEach, describe, expect, test } from 'vitest';
import type { Bus, BusMessage } from './bus.ts';

/** What every bus promises. `open` gives two ends of one bus, as two servers have them (or one end twice). */
export function runBusContract(name: string, open: () => Promise<{ near: Bus; far: Bus }>): void {
  describe(`${name}: bus contract`, () => {
    const opened: Bus[] = [];
    const fresh = async () => {
      const ends = await open();
      opened.push(ends.near, ends.far);
      return ends;
    };
    const listen = (bus: Bus, sessionId: string) => {
      const heard: BusMessage[] = [];
      return { heard, leave: bus.subscribe(sessionId, (message) => heard.push(message)) };
    };
    afterEach(async () => {
      for (const bus of opened.splice(0)) await bus[Symbol.asyncDispose]();
    });

    test('answers a ping', async () => {
      await expect((await fresh()).near.ping()).resolves.toBeUndefined();
    });

    test('every listener of a session hears its messages, in order and whole, at both ends', async () => {
      const { near, far } = await fresh();
      const listeners = [listen(near, 'ses_1'), listen(near, 'ses_1'), listen(far, 'ses_1')];
      const messages: BusMessage[] = [
        { sessionId: 'ses_1', lastSeq: 7, firstSeq: 6, envelopes: ['{"seq":6}', '{"seq":7}'], status: true },
        { sessionId: 'ses_1', live: [{ type: 'assistant_delta', text: '{"é":"🙂"}' }] },
        ...Array.from({ length: 50 }, (_, n) => ({ sessionId: 'ses_1', lastSeq: n })),
      ];
      for (const message of messages) near.publish(message);
      for (const { heard } of listeners) await expect.poll(() => heard).toEqual(messages);
    });

    test('nobody hears of another session, or after leaving; leaving twice is leaving once', async () => {
      const { near } = await fresh();
      const [other, gone, present] = [listen(near, 'ses_2'), listen(near, 'ses_1'), listen(near, 'ses_1')];
      gone.leave();
      gone.leave();
      near.publish({ sessionId: 'ses_1', lastSeq: 1 });
      await expect.poll(() => present.heard).toHaveLength(1);
      expect([...other.heard, ...gone.heard]).toEqual([]);
    });

    test('a listener may leave, and another come, while a message is being told', async () => {
      const { near } = await fresh();
      const late: BusMessage[] = [];
      const leave = near.subscribe('ses_1', () => {
        leave();
        near.subscribe('ses_1', (message) => late.push(message));
      });
      const steady = listen(near, 'ses_1');
      near.publish({ sessionId: 'ses_1', lastSeq: 1 });
      await expect.poll(() => steady.heard).toHaveLength(1);
      near.publish({ sessionId: 'ses_1', lastSeq: 2 });
      await expect.poll(() => steady.heard).toHaveLength(2);
      expect(late.at(-1)).toEqual({ sessionId: 'ses_1', lastSeq: 2 });
    });
  });
}
