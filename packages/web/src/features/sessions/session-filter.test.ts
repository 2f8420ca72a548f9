import type { Session } from '@ai-sessions/protocol';
import { expect, test } from 'vitest';
import { endedStatus, openShown, parseShow } from './session-filter.ts';

const session = (id: string, name: string, activity: Session['activity'] = 'idle') => ({ id, name, activity }) as Session;
const all = [session('ses_1', 'Phishing on FIN-7', 'waiting'), session('ses_2', 'Weekly report'), session('ses_3', 'phish kit', 'working')];
const ids = (sessions: readonly Session[]) => sessions.map(({ id }) => id);

test('an address that asks for what there is not shows all', () => {
  expect([parseShow('ended'), parseShow('nonsense'), parseShow(null)]).toEqual(['ended', 'all', 'all']);
});

test('the open ones are found by name in any case, by id, and by whether they wait', () => {
  expect(ids(openShown(all, 'all', ' PHISH '))).toEqual(['ses_1', 'ses_3']);
  expect(ids(openShown(all, 'all', 'ses_2'))).toEqual(['ses_2']);
  expect(ids(openShown(all, 'waiting', ''))).toEqual(['ses_1']);
  expect(ids(openShown(all, 'open', ''))).toHaveLength(3);
  expect(openShown(all, 'failed', '')).toEqual([]);
});

test('only what is shown is asked of the server', () => {
  expect(['all', 'waiting', 'open', 'ended', 'failed'].map((show) => endedStatus(parseShow(show)))).toEqual([
    'ended',
    undefined,
    undefined,
    'ended',
    'failed',
  ]);
});
