import { expect, test } from 'vitest';
import { matchPath } from './match-path.ts';

test.each([
  ['/', '/', {}],
  ['/', '/inbox', undefined],
  ['/inbox', '/inbox', {}],
  ['/inbox', '/inbox/', {}],
  ['/inbox', '/', undefined],
  ['/profiles/:id', '/profiles/prf_1', { id: 'prf_1' }],
  ['/profiles/:id', '/profiles', undefined],
  ['/sessions/:id/:panel?', '/sessions/ses_1', { id: 'ses_1' }],
  ['/sessions/:id/:panel?', '/sessions/ses_1/files', { id: 'ses_1', panel: 'files' }],
  ['/sessions/:id/:panel?', '/sessions/ses_1/files/more', undefined],
  ['/sessions/:id/:panel?', '/sessions/a%20b', { id: 'a b' }],
  ['/sessions/:id/:panel?', '/sessions/%E0%A4%A', { id: '%E0%A4%A' }],
])('%s on %s', (pattern, pathname, expected) => {
  expect(matchPath(pattern, pathname)).toEqual(expected);
});
