import type { Live, Report } from '@ai-sessions/protocol';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { checkedReporter } from './checked-reporter.ts';

it('lets through what the server takes, and says so of the rest', () => {
  const told: (Report | Live)[] = [];
  const reporter = checkedReporter(
    { report: (report) => told.push(report), live: (live) => told.push(live), room: undefined },
    pino({ level: 'silent' }),
  );
  const event = (id: unknown, text: string) =>
    ({ kind: 'event', type: 'assistant', payload: { message_id: id, model: 'm', content: [{ type: 'text', text }] } }) as Report;
  const delta = (index: number, text: string): Live => ({ type: 'assistant_delta', payload: { message_id: 'm', index, offset: 0, text } });
  reporter.report(event('m', 'fine'));
  reporter.report(event(7, 'malformed'));
  reporter.report(event('m', 'x'.repeat(5_000_000)));
  reporter.live(delta(0, 'fine'));
  reporter.live(delta(0.5, 'malformed'));
  reporter.live(delta(0, 'x'.repeat(1_000_000)));
  const dropped = expect.objectContaining({ type: 'system', payload: expect.objectContaining({ subtype: 'dropped' }) });
  expect(told).toEqual([event('m', 'fine'), dropped, dropped, delta(0, 'fine')]);
});
