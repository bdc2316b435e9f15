/** Numbers that look random and are not: the same seed gives the same ones. */
export interface Random {
  /** From 0 (included) to 1 (excluded). */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number;
  /** True so often. */
  chance(share: number): boolean;
  /** One of these. */
  pick<const Items extends readonly [unknown, ...unknown[]]>(items: Items): Items[number];
  /** One of these; undefined when there is none. */
  any<Item>(items: readonly Item[]): Item | undefined;
}

/** A stream of numbers for a seed (mulberry32). `stream` separates several streams of one seed. */
export function randomOf(seed: number, stream = 0): Random {
  let state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(stream + 1, 0xc2b2_ae35);
  const next = (): number => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    int,
    chance: (share) => next() < share,
    pick: (items) => items[int(0, items.length - 1)] ?? items[0],
    any: (items) => items[int(0, items.length - 1)],
  };
}
