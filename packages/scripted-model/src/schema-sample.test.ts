import { expect, test } from 'vitest';
import { sampleOf } from './schema-sample.ts';

test.each([
  [{ type: 'string' }, 'Scripted'],
  [{ type: ['boolean', 'null'] }, false],
  [{ type: 'integer' }, 0],
  [{ type: 'array', items: {} }, []],
  [{ enum: ['a', 'b'] }, 'a'],
  [{ const: 7 }, 7],
  [
    { type: 'object', properties: { a: { type: 'string' }, b: { type: 'object' } } },
    { a: 'Scripted', b: {} },
  ],
  [{}, null],
  ['nonsense', null],
])('sampleOf %j', (schema, sample) => {
  expect(sampleOf(schema)).toEqual(sample);
});
