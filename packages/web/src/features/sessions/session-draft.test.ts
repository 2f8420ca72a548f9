import { expect, test } from 'vitest';
import { checkDraft, emptyDraft } from './session-draft.ts';

test('what is left empty is left to the profile', () => {
  expect(checkDraft(emptyDraft, 'k')).toEqual({ ok: true, body: { idempotency_key: 'k' } });
});

test('what is filled in is sent in the units of the contract', () => {
  const draft = {
    ...emptyDraft,
    name: ' Triage ',
    prompt: 'Look.',
    mode: 'plan',
    maxTurns: '30',
    maxBudget: '2.50',
    ttlMinutes: '90',
  } as const;
  expect(checkDraft(draft, 'k')).toEqual({
    ok: true,
    body: {
      idempotency_key: 'k',
      name: 'Triage',
      initial_prompt: 'Look.',
      permission_mode: 'plan',
      max_turns: 30,
      max_budget_usd: 2.5,
      ttl_seconds: 5400,
    },
  });
});

test('what the contract refuses is told at its field', () => {
  const draft = { ...emptyDraft, maxTurns: '1.5', maxBudget: '-1', ttlMinutes: 'soon' };
  expect(checkDraft(draft, 'k')).toEqual({
    ok: false,
    errors: {
      maxTurns: 'A whole number of 1 or more.',
      maxBudget: 'An amount above 0.',
      ttlMinutes: 'Up to 1440 minutes, which is a day.',
    },
  });
});
