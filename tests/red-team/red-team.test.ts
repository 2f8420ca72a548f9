import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allAttacks } from './attacks/all.ts';
import { type AttackResult, runGroup } from './run-attacks.ts';
import { readSecurityTable, securityTable, writeSecurityTable } from './security-table.ts';
import { World } from './world.ts';

/** Small, so that hogs reach them soon. */
const limits = { memory_mb: 768, pids: 160, cpus: 1, workspace_mb: 256, workspace_files: 4000, tmp_mb: 64 };

let world: World;
const results: AttackResult[] = [];

beforeAll(async () => {
  world = await World.make({ AI_SESSIONS_SANDBOX: 'bubblewrap', AI_SESSIONS_SANDBOX_LIMITS: JSON.stringify(limits) });
});
afterAll(async () => {
  const { RED_TEAM_OUTPUT: file } = process.env;
  if (file !== undefined)
    writeFileSync(file, results.map(({ attack, verdict, output }) => `== ${attack.id}: ${verdict}\n${output ?? ''}\n`).join('\n'));
  await world?.[Symbol.asyncDispose]();
});

test('attacks have names of their own', () => {
  const ids = allAttacks.flatMap(({ attacks }) => attacks.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThanOrEqual(60);
});

describe.each(allAttacks)('$name', (group) => {
  let verdicts: Map<string, AttackResult>;
  beforeAll(async () => {
    const found = await runGroup(world, group);
    results.push(...found);
    verdicts = new Map(found.map((result) => [result.attack.id, result]));
  }, 240_000);

  test.each(group.attacks)('$id is held: $tries', ({ id, ends }) => {
    const result = verdicts.get(id);
    expect(result?.verdict, result?.output).toBe(ends ?? 'blocked');
  });
});

test('only the keys of their users ever reached the model API, each with its own session', () => {
  const keys = new Set(world.system.model.requests.map(({ headers }) => headers['x-api-key']));
  expect(keys).toEqual(new Set([world.owner.key, world.neighbour.key]));
});

test('nothing of it is in the log of server and runner', () => {
  for (const [name, secret] of world.secrets) expect(world.system.output.includes(secret), name).toBe(false);
});

test('docs/security.md shows these results (RED_TEAM_WRITE=1 writes them)', () => {
  const table = securityTable(results);
  if (process.env['RED_TEAM_WRITE'] === '1') writeSecurityTable(table);
  expect(readSecurityTable()).toBe(table);
});
