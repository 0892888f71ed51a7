/** The few highest or lowest of many, kept as they come: memory stays that of the few. */

/** Items in order of their rank, best first, no more than a number of them. */
export class Ranking<T> {
  readonly #most: number;
  readonly #rank: (item: T) => number;
  readonly #items: T[] = [];

  /** @param rank - the higher, the further in front; among equals the earlier comes first */
  constructor(most: number, rank: (item: T) => number) {
    this.#most = most;
    this.#rank = rank;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  add(item: T): void {
    const rank = this.#rank(item);
    const at = this.#items.findIndex((other) => this.#rank(other) < rank);
    this.#items.splice(at === -1 ? this.#items.length : at, 0, item);
    if (this.#items.length > this.#most) {
      this.#items.pop();
    }
  }
}
