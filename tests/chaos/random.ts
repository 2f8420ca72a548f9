import { createHash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Chance that is the same for the same seed. */
export class Random {
  readonly #seed: string;
  readonly #source: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: string) {
    this.#seed = seed;
    this.#source = xoroshiro128plus(createHash('sha256').update(seed).digest().readInt32LE());
  }

  /** A chance of its own for a part, so that what one part draws does not depend on another's pace. */
  of(part: string): Random {
    return new Random(`${this.#seed}/${part}`);
  }

  /** A whole number, both ends included. */
  integer(from: number, to: number): number {
    return uniformInt(this.#source, from, to);
  }

  /** 0 ≤ x < 1. */
  share(): number {
    return this.integer(0, 0x3fff_ffff) / 0x4000_0000;
  }

  /** One of the names, each as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let left = this.share() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) if ((left -= weight) < 0) return name;
    throw new Error('nothing to choose from');
  }
}
