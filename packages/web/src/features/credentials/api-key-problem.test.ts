import { expect, test } from 'vitest';
import { apiKeyProblem } from './api-key-problem.ts';

test.each([
  ['', false, undefined],
  ['', true, /Paste/],
  ['sk-a', false, undefined],
  ['sk-a', true, /begins with/],
  ['sk-b', false, /begins with/],
  ['  sk-ant-api03-abcdef  ', true, undefined],
  ['sk-ant-abc def', false, /space/],
  ['sk-ant-1', false, undefined],
  ['sk-ant-1', true, /cut off/],
])('%j (complete: %s)', (key, complete, problem) => {
  if (problem === undefined) expect(apiKeyProblem(key, complete)).toBeUndefined();
  else expect(apiKeyProblem(key, complete)).toMatch(problem);
});
