import { afterAll, beforeAll, expect, test } from 'vitest';
import { PublishedContract } from '@ai-sessions/published-contract';
import { System } from '../harness/system.ts';
import type { User } from '../harness/user.ts';

let system: System;
let user: User;
let published: PublishedContract;

beforeAll(async () => {
  system = await System.start();
  user = await system.user();
  published = await PublishedContract.of(system.url);
});
afterAll(async () => {
  await system?.[Symbol.asyncDispose]();
});

test('a reply that the published document does not have is a fault', async () => {
  const { session } = (await user.call('POST', '/v1/sessions', {}, 201)).body;
  const fault = (status: number, body: unknown, path = '/v1/sessions/ses_x', method = 'GET') =>
    published.replyFault(method, path, status, JSON.stringify(body));
  expect(fault(200, { session })).toBeUndefined();
  expect(fault(200, { session: { ...(session as object), status: 'asleep' } })).toContain('must be equal to one of the allowed values');
  expect(fault(200, { session: { ...(session as object), more: 1 } })).toContain('must NOT have');
  expect(fault(200, {})).toContain("must have required property 'session'");
  expect(fault(201, { session })).toContain('no such status');
  expect(fault(200, {}, '/v1/nothing')).toContain('knows nothing of it');
  expect(fault(404, { error: 'not_found', message: 'no', status: 404 }, '/v1/nothing')).toBeUndefined();
  expect(fault(404, { error: 'nonsense', message: 'no', status: 404 })).toContain('must be equal to one of the allowed values');
});

test('so is a frame', () => {
  const frame = { type: 'heartbeat', payload: {}, timestamp: '2026-11-23T03:18:35.732Z', session_id: 'ses_x' };
  expect(published.frameFault(JSON.stringify(frame))).toBeUndefined();
  expect(published.frameFault(JSON.stringify({ ...frame, payload: { beat: 1 } }))).toContain('must NOT have');
  expect(published.frameFault(JSON.stringify({ ...frame, timestamp: 'noon' }))).toContain('timestamp');
  expect(published.frameFault(JSON.stringify({ ...frame, type: 'whisper' }))).toContain('no such frame');
});
