import { eventPayloads } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { limitReport } from './limit-report.ts';

test.each([
  ['memory', /2048 MB of memory.*smaller pieces.*memory_mb/],
  ['pids', /2048 processes.*run less at once.*pids/],
  ['disk', /2048 MB in \/workspace.*stopped.*Remove.*workspace_mb/],
  ['files', /2048 files.*stopped.*Remove.*workspace_files/],
  ['tmp', /\/tmp is full: it holds 2048 MB.*Remove.*tmp_mb/],
  ['host_disk', /disk of the machine.*stopped.*operator/],
] as const)('%s: what happened and what to do', (limit, message) => {
  const payload = limitReport({ limit, allowed: 2048, times: 1, ended: true });
  expect(eventPayloads.system.parse(payload)).toMatchObject({
    subtype: 'limit_reached',
    limit,
    allowed: 2048,
    times: 1,
    programs_ended: true,
  });
  expect(payload.message).toMatch(message);
});

test('says how often, and nothing of an end there was not', () => {
  const { message } = limitReport({ limit: 'disk', allowed: 8, times: 3, ended: false });
  expect(message).toContain('3 times');
  expect(message).not.toContain('stopped');
});
