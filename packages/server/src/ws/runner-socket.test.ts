import { EventEmitter } from 'node:events';
import type { LinkFrame, Report, RunnerFrame } from '@ai-sessions/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { createMemoryBus } from '../bus/memory/memory-bus.ts';
import { systemClock } from '../clock.ts';
import { InFlight } from '../sessions/in-flight.ts';
import { type RunnerSocketContext, serveRunner } from './runner-socket.ts';

/** The server's end of a link: hears what the runner sends, keeps what it is sent. */
class Link extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly sent: LinkFrame[] = [];

  hear(frame: RunnerFrame): void {
    this.emit('message', Buffer.from(JSON.stringify(frame)), false);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as LinkFrame);
  }
  close(): void {
    this.readyState = 3;
    this.emit('close', 1006);
  }
  terminate(): void {
    this.close();
  }
}

const hello: RunnerFrame = {
  type: 'hello',
  runner_id: 'run_1',
  boot_id: 'b',
  capacity: 1,
  sandbox: 'none',
  claude_version: '1',
  sessions: [],
  stored: [],
};
const key = { session_id: 'ses_1', epoch: 1 };
const block = (text: string): Report => ({
  kind: 'event',
  type: 'assistant',
  payload: { message_id: 'm', model: 'x', content: [{ type: 'text', text }] },
});
const delta = (index: number, text: string): RunnerFrame => ({
  type: 'live',
  ...key,
  live: [{ type: 'assistant_delta', payload: { message_id: 'm', index, offset: 0, text } }],
});

test('deltas of a link that is gone are not told once the next link has told the block anew', async () => {
  const bus = createMemoryBus();
  const told: string[] = [];
  bus.subscribe('ses_1', ({ live = [] }) =>
    told.push(...live.map(({ text }) => (JSON.parse(text) as { payload: { text: string } }).payload.text)),
  );
  const commits: PromiseWithResolvers<unknown>[] = [];
  const context = {
    config: { sandbox: 'none' },
    log: pino({ level: 'silent' }),
    clock: systemClock,
    bus,
    inFlight: new InFlight(),
    commands: {
      apply: () => {
        commits.push(Promise.withResolvers());
        return commits.at(-1)?.promise;
      },
    },
    dispatcher: { connected: () => Promise.resolve(), disconnected: () => {} },
    claudeLogin: { disconnected: () => {} },
    terminals: { disconnected: () => {} },
  } as unknown as RunnerSocketContext;
  const [old, next] = [new Link(), new Link()];
  const serve = (link: Link) => {
    serveRunner(link as unknown as WebSocket, context);
    link.hear(hello);
  };
  const recorded = (acked: number) => commits.shift()?.resolve({ outcome: { ok: true }, state: { acked } });

  serve(old);
  old.hear(delta(0, 'first'));
  old.hear({ type: 'reports', ...key, first: 1, reports: [block('first')] });
  old.hear(delta(1, 'second'));
  old.hear({ type: 'reports', ...key, first: 2, reports: [block('second')] });
  old.close();
  serve(next);
  next.hear({ type: 'reports', ...key, first: 1, reports: [block('first'), block('second')] });
  next.hear(delta(2, 'third'));
  recorded(1);
  await expect.poll(() => commits.length).toBe(2);
  recorded(2);
  recorded(2);
  await expect.poll(() => told).toEqual(['first', 'third']);
  expect(context.inFlight.snapshot('ses_1').map(({ payload }) => payload.text)).toEqual(['third']);
  next.close();
});
