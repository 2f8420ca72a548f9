import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PersistentList } from './persistent-list.ts';
import { PersistentMap } from './persistent-map.ts';

describe('PersistentList', () => {
  test('does as an array does, and leaves the lists before it alone', () => {
    const steps = fc.array(fc.record({ push: fc.boolean(), at: fc.nat(), value: fc.integer() }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.nat({ max: 3000 }), steps, (prefill, list) => {
        let model = Array.from({ length: prefill }, (_, index) => index);
        let actual = PersistentList.empty<number>();
        for (const item of model) actual = actual.push(item);
        const kept = { list: actual, model };
        for (const { push, at, value } of list) {
          if (push || model.length === 0) {
            model = [...model, value];
            actual = actual.push(value);
          } else {
            model = model.with(at % model.length, value);
            actual = actual.with(at % model.length, value);
          }
        }
        expect([...actual]).toEqual(model);
        expect([...kept.list]).toEqual(kept.model);
      }),
      { numRuns: 40 },
    );
  });

  test('holds more than two levels of nodes', () => {
    let list = PersistentList.empty<number>();
    for (let item = 0; item < 40_000; item++) list = list.push(item);
    const changed = list.with(12_345, -1);
    expect([changed.size, changed.at(12_345), list.at(12_345), changed.at(39_999), changed.at(40_000), changed.at(-1)]).toEqual([
      40_000,
      -1,
      12_345,
      39_999,
      undefined,
      undefined,
    ]);
    expect(() => list.with(40_000, 1)).toThrow(RangeError);
  });
});

describe('PersistentMap', () => {
  test('does as a Map does, and leaves the maps before it alone', () => {
    // These pairs of keys have the same FNV-1a hash.
    const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('costarring', 'liquid', 'declinate', 'macallums'));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.integer()), { maxLength: 300 }), (entries) => {
        const model = new Map<string, number>();
        const versions: [PersistentMap<number>, Map<string, number>][] = [];
        let actual = PersistentMap.empty<number>();
        for (const [name, value] of entries) {
          model.set(name, value);
          actual = actual.set(name, value);
          versions.push([actual, new Map(model)]);
        }
        for (const [version, expected] of versions.slice(-10)) {
          expect(version.size).toBe(expected.size);
          for (const [name] of entries) expect(version.get(name)).toBe(expected.get(name));
        }
      }),
    );
  });
});
