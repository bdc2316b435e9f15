/**
 * Where in the list of due items this process claims next. Runs that start together read the same
 * head of the list, and one of them wins it: the others must not stop, and must not fight for the
 * next head either.
 *
 *   head only ── another claim won what we read ──▶ 2, 4, … 16 places, from a random one on
 *       ▲                                                 │ each claim: the next place, in a circle
 *       └── half as many ◀── the list ends before ours ───┘
 *
 * The head is one of the places, so that the oldest item never waits longer than 16 claims of one
 * run. Without a concurrent claim the list is taken from its head and this costs nothing.
 */
export interface Place {
  /** How many batches to leave to others. */
  next(): number;
  /** Another claim won most of what was read there. */
  lost(): void;
  /** The list ended at the place that `next` gave last, or before it. */
  ended(): void;
}

/** The most places. Reading at the last one passes over 15 batches of an index. */
const MOST_PLACES = 16;

/** A place at the head. `random` answers 0 to 1. */
export function newPlace(random: () => number = Math.random): Place {
  let places = 1;
  let at = 0;
  return {
    next() {
      at = (at + 1) % places;
      return at;
    },
    lost() {
      places = Math.min(MOST_PLACES, places * 2);
      at = Math.floor(random() * places);
    },
    ended() {
      places = Math.max(1, Math.floor(at / 2));
    },
  };
}
