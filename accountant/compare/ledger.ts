import { fen } from '../../lib/values/fen';
import type { CountAndSum } from '../../lib/model/count-and-sum';

/** The two sides of a comparison. */
export const SIDES = ['bill', 'orders'] as const;
/** One of the sides. */
export type Side = (typeof SIDES)[number];

/**
 * What a side consists of. The bill: payments, refunds, revoked payments, and rows of another or
 * unreadable kind (`other`). The orders: payments (paid, or not said whether), `unpaid` orders,
 * refunds (done, or not said whether), `openRefunds` (not done), and rows without a usable number
 * (`other`).
 */
export const KINDS = ['payments', 'refunds', 'revoked', 'unpaid', 'openRefunds', 'other'] as const;
/** One of the kinds. */
export type Kind = (typeof KINDS)[number];

/**
 * Where an item ends. Each item of a side is in exactly one of them, so each side is an equation.
 * `otherDays` and `otherMerchants` are outside of what was asked; `otherMeans` was not paid through
 * WeChat Pay, by our own file, and no bill has it; `canaries` are tests with one fen that the
 * accountant named and our files lack; `inDoubt` cannot be compared;
 * `notLookedFor` could be, but the other side's files do not say enough.
 */
export const BUCKETS = [
  'agreeing',
  'differing',
  'otherDays',
  'otherMerchants',
  'otherMeans',
  'canaries',
  'inDoubt',
  'notLookedFor',
] as const;
/** One of the buckets. */
export type Bucket = (typeof BUCKETS)[number];

/**
 * Why an item is in doubt or was not looked for.
 *
 * The bill: `unreadable` (the row), `duplicate_row` (the payment or refund is in the bill twice),
 * `undocumented` (a state WeChat Pay does not document), `order_in_doubt` (our row of it is).
 * The orders: `unreadable_in_bill` (the bill has the order, in a row that cannot be read),
 * `scientific_notation`, `digits_lost`, `bad_number`, `bad_amount`, `bad_time` (the row),
 * `no_refund_number` (money that went back under no number),
 * `refund_not_named` (the order's words say that money went back, and no file names the refund),
 * `unpaid_with_time` (the state says that it is not paid, beside a time of payment),
 * `unknown_state` (a status word we do not know), `contradiction` (rows of one number differ).
 * Not looked for: `no_state` (nothing says whether it was paid), `no_refunds` (the orders have no
 * refunds), `no_orders` (the orders files have refunds only), `no_payments_bill`, `no_refunds_bill`
 * (no bill lists them), `day_unknown` (a bill without rows does not say its day), `no_bill_of_day`
 * (a day between two bills that none covers).
 */
export const REASONS = [
  'unreadable',
  'duplicate_row',
  'undocumented',
  'order_in_doubt',
  'unreadable_in_bill',
  'scientific_notation',
  'digits_lost',
  'bad_number',
  'no_refund_number',
  'refund_not_named',
  'unpaid_with_time',
  'bad_amount',
  'bad_time',
  'unknown_state',
  'contradiction',
  'no_state',
  'no_refunds',
  'no_orders',
  'no_payments_bill',
  'no_refunds_bill',
  'day_unknown',
  'no_bill_of_day',
] as const;
/** One of the reasons. */
export type Reason = (typeof REASONS)[number];

/** The items of one kind on one side: `all` equals the sum of the buckets, in count and in fen. */
export interface Balance {
  readonly side: Side;
  readonly kind: Kind;
  readonly all: CountAndSum;
  readonly buckets: Readonly<Record<Bucket, CountAndSum>>;
}

/** Why items are in doubt or were not looked for, with the lines of the first of them. */
export interface Cause extends CountAndSum {
  readonly side: Side;
  readonly kind: Kind;
  readonly bucket: 'inDoubt' | 'notLookedFor';
  readonly reason: Reason;
  readonly lines: readonly ItemLine[];
}

/** A line of one of the files of a side: files count from 0, lines from 1. */
export interface ItemLine {
  readonly file: number;
  readonly line: number;
}

/** Counts the items of both sides, first as they are read and then by the bucket they end in. */
export interface Ledger {
  /** Counts an item of a side. `amount` in fen. */
  read(side: Side, kind: Kind, amount: number): void;
  /** Puts an item that was read into its bucket. */
  settle(
    side: Side,
    kind: Kind,
    bucket: 'agreeing' | 'differing' | 'otherDays' | 'otherMerchants' | 'otherMeans' | 'canaries',
    amount: number,
  ): void;
  /** As `settle`, for an item that cannot be compared or was not looked for. */
  explain(
    side: Side,
    kind: Kind,
    bucket: 'inDoubt' | 'notLookedFor',
    amount: number,
    reason: Reason,
    place: number,
  ): void;
  /** Reads and explains many items at once; `places` are those of the first of them. */
  explainMany(side: Side, kind: Kind, items: Explained): void;
  /**
   * The equations, kinds without items left out. Throws when one does not hold: an item was
   * forgotten or counted twice, which is a fault of ours, and no result may be given.
   */
  balances(): readonly Balance[];
  /** `lineOf` finds the line of a place. */
  causes(lineOf: (side: Side, place: number) => ItemLine): readonly Cause[];
}

/** Items in doubt for one reason, with the places of the first of them. */
export interface Explained {
  readonly reason: Reason;
  readonly count: number;
  readonly sum: number;
  readonly places: readonly number[];
}

/** Lines listed per reason. */
export const LINES_SHOWN = 20;

/** Creates an empty ledger. */
export function ledger(): Ledger {
  const places = SIDES.length * KINDS.length * BUCKETS.length;
  const all = tallies(SIDES.length * KINDS.length);
  const settled = tallies(places);
  const causes = new Map<string, CauseSoFar>();

  function causeOf(side: Side, kind: Kind, bucket: CauseSoFar['bucket'], reason: Reason): CauseSoFar {
    const key = `${side} ${kind} ${bucket} ${reason}`;
    const known = causes.get(key);
    if (known !== undefined) return known;
    const cause: CauseSoFar = { side, kind, bucket, reason, count: 0, sum: 0, places: [] };
    causes.set(key, cause);
    return cause;
  }

  return {
    read(side, kind, amount) {
      all.add(placeOf(side, kind), 1, amount);
    },
    settle(side, kind, bucket, amount) {
      settled.add(placeOf(side, kind) * BUCKETS.length + BUCKETS.indexOf(bucket), 1, amount);
    },
    explain(side, kind, bucket, amount, reason, place) {
      settled.add(placeOf(side, kind) * BUCKETS.length + BUCKETS.indexOf(bucket), 1, amount);
      const cause = causeOf(side, kind, bucket, reason);
      cause.count += 1;
      cause.sum += amount;
      if (cause.places.length < LINES_SHOWN) cause.places.push(place);
    },
    explainMany(side, kind, { reason, count, sum, places: first }) {
      all.add(placeOf(side, kind), count, sum);
      settled.add(placeOf(side, kind) * BUCKETS.length + BUCKETS.indexOf('inDoubt'), count, sum);
      const cause = causeOf(side, kind, 'inDoubt', reason);
      cause.count += count;
      cause.sum += sum;
      cause.places.push(...first.slice(0, LINES_SHOWN - cause.places.length));
    },
    balances() {
      return SIDES.flatMap((side) =>
        KINDS.flatMap((kind): Balance[] => {
          const place = placeOf(side, kind);
          const sumOf = (bucket: Bucket) => settled.at(place * BUCKETS.length + BUCKETS.indexOf(bucket));
          const buckets = {
            agreeing: sumOf('agreeing'),
            differing: sumOf('differing'),
            otherDays: sumOf('otherDays'),
            otherMerchants: sumOf('otherMerchants'),
            otherMeans: sumOf('otherMeans'),
            canaries: sumOf('canaries'),
            inDoubt: sumOf('inDoubt'),
            notLookedFor: sumOf('notLookedFor'),
          };
          const whole = all.at(place);
          checked(`${side} ${kind}`, whole, Object.values(buckets));
          return whole.count === 0 ? [] : [{ side, kind, all: whole, buckets }];
        }),
      );
    },
    causes: (lineOf) =>
      [...causes.values()].map(({ places: first, sum, ...cause }) => ({
        ...cause,
        sum: fen(sum + 0),
        lines: first.map((place) => lineOf(cause.side, place)),
      })),
  };
}

interface CauseSoFar {
  readonly side: Side;
  readonly kind: Kind;
  readonly bucket: 'inDoubt' | 'notLookedFor';
  readonly reason: Reason;
  count: number;
  sum: number;
  readonly places: number[];
}

function placeOf(side: Side, kind: Kind): number {
  return SIDES.indexOf(side) * KINDS.length + KINDS.indexOf(kind);
}

/** Counts and sums by place, in typed arrays: two million items are added. */
function tallies(places: number) {
  const counts = new Float64Array(places);
  const sums = new Float64Array(places);
  return {
    add(place: number, count: number, amount: number): void {
      counts[place] = (counts[place] ?? 0) + count;
      sums[place] = (sums[place] ?? 0) + amount;
    },
    at: (place: number): CountAndSum => ({ count: counts[place] ?? 0, sum: fen((sums[place] ?? 0) + 0) }),
  };
}

function checked(name: string, all: CountAndSum, parts: readonly CountAndSum[]): void {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const amount = parts.reduce((sum, part) => sum + part.sum, 0);
  if (count === all.count && amount === all.sum) return;
  throw new Error(
    `${name}: ${all.count} items of ${all.sum} fen were read, and ${count} of ${amount} fen accounted for. This is a fault of this program; please report it`,
  );
}
