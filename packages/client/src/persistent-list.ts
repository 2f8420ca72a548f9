const bits = 5;
const width = 1 << bits;
const mask = width - 1;

type Leaf<T> = readonly T[];
type Node<T> = readonly (Node<T> | Leaf<T>)[];

/**
 * An immutable list in which appending and replacing share all but a few 32-slot nodes with the list before: both cost
 * the same at 20,000 items as at 20. A trie with the last leaf kept apart, as Clojure's vector.
 */
export class PersistentList<T> implements Iterable<T> {
  readonly size: number;
  readonly #root: Node<T>;
  /** Height of the trie in bits: the root of a list of one full leaf is at `bits`. */
  readonly #shift: number;
  readonly #tail: Leaf<T>;

  private constructor(size: number, root: Node<T>, shift: number, tail: Leaf<T>) {
    this.size = size;
    this.#root = root;
    this.#shift = shift;
    this.#tail = tail;
  }

  static readonly #empty = new PersistentList<never>(0, [], bits, []);
  static empty<T>(): PersistentList<T> {
    return PersistentList.#empty;
  }

  get #tailStart(): number {
    return this.size - this.#tail.length;
  }

  /** The item at `index`, or undefined outside of the list. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.size) return undefined;
    if (index >= this.#tailStart) return this.#tail[index - this.#tailStart];
    let node: Node<T> | Leaf<T> = this.#root;
    for (let level = this.#shift; level > 0; level -= bits) node = (node as Node<T>)[(index >>> level) & mask] ?? [];
    return (node as Leaf<T>)[index & mask];
  }

  push(item: T): PersistentList<T> {
    if (this.#tail.length < width) return new PersistentList(this.size + 1, this.#root, this.#shift, [...this.#tail, item]);
    const full = this.#tailStart >>> bits;
    const overflows = full === 1 << this.#shift;
    const shift = overflows ? this.#shift + bits : this.#shift;
    const root = overflows ? [this.#root] : this.#root;
    return new PersistentList(this.size + 1, withLeaf(root, shift, this.#tailStart, this.#tail), shift, [item]);
  }

  /** The list with the item at `index` replaced. Throws RangeError outside of the list. */
  with(index: number, item: T): PersistentList<T> {
    if (index < 0 || index >= this.size) throw new RangeError(`index ${index} of ${this.size}`);
    if (index >= this.#tailStart) {
      return new PersistentList(this.size, this.#root, this.#shift, this.#tail.with(index - this.#tailStart, item));
    }
    return new PersistentList(this.size, replaced(this.#root, this.#shift, index, item), this.#shift, this.#tail);
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.size; index++) yield this.at(index) as T;
  }
}

function withLeaf<T>(node: Node<T>, level: number, index: number, leaf: Leaf<T>): Node<T> {
  const slot = (index >>> level) & mask;
  const copy = node.slice();
  copy[slot] = level === bits ? leaf : withLeaf((node[slot] ?? []) as Node<T>, level - bits, index, leaf);
  return copy;
}

function replaced<T>(node: Node<T>, level: number, index: number, item: T): Node<T> {
  const slot = (index >>> level) & mask;
  const child = node[slot] as Node<T>;
  return node.with(
    slot,
    level === bits ? (child as unknown as Leaf<T>).with(index & mask, item) : replaced(child, level - bits, index, item),
  );
}
