const bits = 5;
const mask = (1 << bits) - 1;

interface Leaf<V> {
  readonly hash: number;
  /** More than one only where two keys have the same hash. */
  readonly entries: readonly (readonly [key: string, value: V])[];
}
type Branch<V> = readonly (Branch<V> | Leaf<V> | undefined)[];

/** An immutable map by text in which setting shares all but the path to the key with the map before: a hash trie. */
export class PersistentMap<V> {
  readonly size: number;
  readonly #root: Branch<V>;

  private constructor(size: number, root: Branch<V>) {
    this.size = size;
    this.#root = root;
  }

  static readonly #empty = new PersistentMap<never>(0, []);
  static empty<V>(): PersistentMap<V> {
    return PersistentMap.#empty;
  }

  get(key: string): V | undefined {
    const hash = hashOf(key);
    let node: Branch<V> | Leaf<V> | undefined = this.#root;
    for (let shift = 0; isBranch(node); shift += bits) node = node[(hash >>> shift) & mask];
    return node?.entries.find((entry) => entry[0] === key)?.[1];
  }

  set(key: string, value: V): PersistentMap<V> {
    const known = this.get(key) !== undefined;
    return new PersistentMap(known ? this.size : this.size + 1, withKey(this.#root, 0, hashOf(key), key, value));
  }
}

function isBranch<V>(node: Branch<V> | Leaf<V> | undefined): node is Branch<V> {
  return Array.isArray(node);
}

function withKey<V>(branch: Branch<V>, shift: number, hash: number, key: string, value: V): Branch<V> {
  const slot = (hash >>> shift) & mask;
  const child = branch[slot];
  const copy = branch.slice();
  if (child === undefined) copy[slot] = { hash, entries: [[key, value]] };
  else if (isBranch(child)) copy[slot] = withKey(child, shift + bits, hash, key, value);
  else if (child.hash === hash) copy[slot] = { hash, entries: [...child.entries.filter((entry) => entry[0] !== key), [key, value]] };
  else copy[slot] = withKey(pushedDown(child, shift + bits), shift + bits, hash, key, value);
  return copy;
}

function pushedDown<V>(leaf: Leaf<V>, shift: number): Branch<V> {
  const branch: (Leaf<V> | undefined)[] = [];
  branch[(leaf.hash >>> shift) & mask] = leaf;
  return branch;
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
