import { afterAll, beforeAll, expect, test } from 'vitest';
import { allAttacks } from './attacks/all.ts';
import { type AttackResult, runGroup } from './run-attacks.ts';
import { World } from './world.ts';

/** The suite itself is worth something only if attacks get through where there is nothing to hold them. */
let world: World;
const verdicts = new Map<string, AttackResult>();
const chosen = allAttacks
  .map(({ name, attacks }) => ({ name, attacks: attacks.filter(({ worksUnisolated }) => worksUnisolated === true) }))
  .filter(({ attacks }) => attacks.length > 0);

beforeAll(async () => {
  world = await World.make({ AI_SESSIONS_SANDBOX: 'none' });
  for (const group of chosen) for (const result of await runGroup(world, group)) verdicts.set(result.attack.id, result);
}, 240_000);
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

test.each(chosen.flatMap(({ attacks }) => attacks))('without a sandbox $id gets through', ({ id }) => {
  const result = verdicts.get(id);
  expect(result?.verdict, result?.output).toBe('GOT THROUGH');
});
