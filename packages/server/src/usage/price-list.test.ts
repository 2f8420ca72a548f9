import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { priceList } from './price-list.ts';

test('the price list named is the one installed', () => {
  const entry = fileURLToPath(import.meta.resolve(priceList.source));
  const manifest = JSON.parse(readFileSync(path.join(path.dirname(entry), '../package.json'), 'utf8')) as { name: string; version: string };
  expect(manifest).toMatchObject({ name: priceList.source, version: priceList.version });
});
