import type { OutTradeNo } from '../../values/ids';
import type { DiscrepancyClass } from '../../model/discrepancy';
import { DISCREPANCY_CLASSES } from '../../model/discrepancy';
import { fen, type Fen } from '../../values/fen';
import type { RowProblem } from '../../model/statement/row-problem';
import { NAMED_KEPT, SET_ASIDE_REASONS } from '../../model/statement/statement-run';
import type { CountAndSum } from '../../model/count-and-sum';
import { NOTHING } from '../../model/count-and-sum';
import type {
  BooksCount,
  BothSums,
  FoundSum,
  RunTally,
  SetAside,
  SetAsideReason,
} from '../../model/statement/statement-run';
import type { StatementRow } from '../../bill/row';
import { EMPTY_MONEY, moneyDraft, moneyOf, type MoneyDraft } from './money';

/** The most lines listed per reason. */
const LINES_NAMED = 20;
/** The most row problems listed. */
const PROBLEMS_LISTED = 20;
/**
 * The most discrepancies that a run stores per class. Further ones are only counted: a wrong rate
 * must not fill the database.
 */
export const LISTED_PER_CLASS = 10_000;

/** A mutable count and sum. */
export interface Sum {
  count: number;
  sum: number;
}

/** A mutable tally. */
export interface TallyDraft {
  readonly theirs: {
    readonly payments: Sum;
    readonly refunds: Sum;
    readonly revoked: Sum;
    /** In fen. */
    fees: number;
  };
  readonly ours: Sides;
  readonly matched: Sides;
  readonly repaired: Sides;
  readonly canary: Sides;
  readonly carriedOver: Sides;
  readonly found: Map<DiscrepancyClass, FoundDraft>;
  readonly setAside: Map<SetAsideReason, SetAsideDraft>;
  readonly problems: RowProblem[];
  /** Absent once a part of the rows was counted by an earlier version. */
  readonly money: MoneyDraft | null;
  /** Likewise. */
  readonly books: BooksDraft | null;
}

/** A mutable count of our books. */
export interface BooksDraft {
  readonly differing: Sides;
  readonly inDoubt: Sides;
  readonly beyond: Sides;
  readonly named: Set<OutTradeNo>;
  readonly stored: Sides;
  readonly otherDays: Sides;
  readonly again: boolean;
  readonly missed: BothSums | null;
}

interface FoundDraft extends Sum {
  /** Absent once a part of it was counted by an earlier version. */
  difference?: number;
}

interface SetAsideDraft {
  count: number;
  readonly lines: number[];
  /** Absent once a part of the rows was counted by an earlier version. */
  money?: { sum: number; unread: number };
}

/** Mutable sums of payments and refunds. */
export interface Sides {
  readonly payments: Sum;
  readonly refunds: Sum;
}

const NOTHING_BOTH = { payments: NOTHING, refunds: NOTHING };

/** The count of our books before any row. */
const EMPTY_BOOKS: BooksCount = {
  differing: NOTHING_BOTH,
  inDoubt: NOTHING_BOTH,
  beyond: NOTHING_BOTH,
  named: [],
  stored: NOTHING_BOTH,
  otherDays: NOTHING_BOTH,
  again: false,
  missed: null,
};

/** The tally of a run before any row. */
export const EMPTY_TALLY: RunTally = {
  theirs: { payments: NOTHING, refunds: NOTHING, revoked: NOTHING, fees: fen(0) },
  ours: NOTHING_BOTH,
  matched: NOTHING_BOTH,
  repaired: NOTHING_BOTH,
  carriedOver: NOTHING_BOTH,
  found: {},
  explained: 0,
  setAside: {},
  problems: [],
  money: EMPTY_MONEY,
  books: EMPTY_BOOKS,
};

/** The tally of a comparison that repeats one which did not account for all of our books. */
export const REPEATED_TALLY: RunTally = { ...EMPTY_TALLY, books: { ...EMPTY_BOOKS, again: true } };

/** Creates a draft from the tally so far. */
export function draftOf({ theirs, ...tally }: RunTally): TallyDraft {
  const found = DISCREPANCY_CLASSES.flatMap((discrepancyClass) => {
    const sum = tally.found[discrepancyClass];
    return sum === undefined ? [] : [[discrepancyClass, { ...sum }] as const];
  });
  const setAside = SET_ASIDE_REASONS.flatMap((reason) => {
    const rows = tally.setAside[reason];
    if (rows === undefined) return [];
    const { count, lines, money } = rows;
    const entry: [SetAsideReason, SetAsideDraft] = [
      reason,
      { count, lines: [...lines], ...(money === undefined ? {} : { money: { ...money } }) },
    ];
    return [entry];
  });
  return {
    theirs: {
      payments: { ...theirs.payments },
      refunds: { ...theirs.refunds },
      revoked: { ...theirs.revoked },
      fees: theirs.fees,
    },
    ours: both(tally.ours),
    matched: both(tally.matched),
    repaired: both(tally.repaired),
    canary: both(tally.canary ?? NOTHING_BOTH),
    carriedOver: both(tally.carriedOver),
    found: new Map(found),
    setAside: new Map(setAside),
    problems: [...tally.problems],
    money: tally.money === undefined ? null : moneyDraft(tally.money),
    books: tally.books === undefined ? null : booksDraft(tally.books),
  };
}

/**
 * Closes a draft. Throws `RangeError` when a sum exceeds what a number holds exactly: 90 trillion
 * yuan.
 */
export function tallyOf(draft: TallyDraft): RunTally {
  const { theirs, canary } = draft;
  return {
    theirs: {
      payments: closed(theirs.payments),
      refunds: closed(theirs.refunds),
      revoked: closed(theirs.revoked),
      fees: fen(theirs.fees),
    },
    ours: closedBoth(draft.ours),
    matched: closedBoth(draft.matched),
    repaired: closedBoth(draft.repaired),
    ...(canary.payments.count + canary.refunds.count === 0 ? {} : { canary: closedBoth(canary) }),
    carriedOver: closedBoth(draft.carriedOver),
    found: Object.fromEntries(
      [...draft.found].map(([discrepancyClass, sum]) => [discrepancyClass, closedFound(sum)]),
    ),
    explained: 0,
    setAside: Object.fromEntries([...draft.setAside].map(([reason, rows]) => [reason, closedRows(rows)])),
    problems: [...draft.problems],
    ...(draft.money === null ? {} : { money: moneyOf(draft.money) }),
    ...(draft.books === null ? {} : { books: closedBooks(draft.books) }),
  };
}

function booksDraft(books: BooksCount): BooksDraft {
  const { again, missed } = books;
  return {
    differing: both(books.differing),
    inDoubt: both(books.inDoubt),
    beyond: both(books.beyond),
    named: new Set(books.named),
    stored: both(books.stored),
    otherDays: both(books.otherDays),
    again,
    missed,
  };
}

function closedBooks(draft: BooksDraft): BooksCount {
  const { again, missed } = draft;
  return {
    differing: closedBoth(draft.differing),
    inDoubt: closedBoth(draft.inDoubt),
    beyond: closedBoth(draft.beyond),
    named: [...draft.named].slice(0, NAMED_KEPT),
    stored: closedBoth(draft.stored),
    otherDays: closedBoth(draft.otherDays),
    again,
    missed,
  };
}

function both({ payments, refunds }: BothSums): Sides {
  return { payments: { ...payments }, refunds: { ...refunds } };
}

function closed({ count, sum }: Sum): CountAndSum {
  return { count, sum: fen(sum) };
}

function closedFound({ difference, ...sum }: FoundDraft): FoundSum {
  return { ...closed(sum), ...(difference === undefined ? {} : { difference: fen(difference) }) };
}

function closedRows({ count, lines, money }: SetAsideDraft): SetAside {
  const stated = money === undefined ? {} : { money: { sum: fen(money.sum), unread: money.unread } };
  return { count, lines: [...lines], ...stated };
}

function closedBoth({ payments, refunds }: Sides): BothSums {
  return { payments: closed(payments), refunds: closed(refunds) };
}

/** Adds one item of `amount` fen. */
export function add(to: Sum, amount: number): void {
  to.count += 1;
  to.sum += amount;
}

/**
 * Counts a payment or refund of the bill, and once more among canaries if our books say that it is
 * one's.
 */
export function addTheirs(
  { theirs, canary }: TallyDraft,
  side: 'payments' | 'refunds',
  isOfCanary: boolean,
  amount: number,
): void {
  add(theirs[side], amount);
  if (isOfCanary) add(canary[side], amount);
}

/** Counts one discrepancy: what it is about, and what the bill states beyond our books, in fen. */
export function addFound(
  draft: TallyDraft,
  discrepancyClass: DiscrepancyClass,
  amount: number,
  difference: number,
): void {
  const sum: FoundDraft = draft.found.get(discrepancyClass) ?? { count: 0, sum: 0, difference: 0 };
  draft.found.set(discrepancyClass, sum);
  add(sum, amount);
  if (sum.difference !== undefined) sum.difference += difference;
}

/** What a row states, in fen, as `theirs` counts it. */
export function statedAmount(row: StatementRow): Fen {
  switch (row.kind) {
    case 'payment':
      return row.total;
    case 'refund':
      return row.asked;
    case 'revoked':
      return row.refunded;
    case 'other':
      return row.total === 0 ? row.refunded : row.total;
  }
}

/** Counts a row excluded from comparison; `amount` null where it is unreadable. */
export function addSetAside(
  draft: TallyDraft,
  reason: SetAsideReason,
  line: number,
  amount: Fen | null,
): void {
  const rows: SetAsideDraft = draft.setAside.get(reason) ?? {
    count: 0,
    lines: [],
    money: { sum: 0, unread: 0 },
  };
  draft.setAside.set(reason, rows);
  rows.count += 1;
  if (rows.money !== undefined) {
    rows.money.sum += amount ?? 0;
    if (amount === null) rows.money.unread += 1;
  }
  if (rows.lines.length < LINES_NAMED) rows.lines.push(line);
}

/** Records problems of rows, and excludes the unreadable rows. */
export function addProblems(draft: TallyDraft, problems: readonly RowProblem[]): void {
  let unreadable = 0;
  for (const problem of problems) {
    if (draft.problems.length < PROBLEMS_LISTED) draft.problems.push(problem);
    // A row may have several problems, in sequence.
    if (problem.kept || problem.line === unreadable) continue;
    unreadable = problem.line;
    addSetAside(draft, 'unreadable', problem.line, problem.amount ?? null);
  }
}

/** Number of rows compared. */
export function comparedRows({ theirs }: RunTally): number {
  return theirs.payments.count + theirs.refunds.count + theirs.revoked.count;
}

/**
 * Number of discrepancies of a class that a run has found so far, including those carried over and
 * those that its repair resolved.
 */
export function listedSoFar(draft: TallyDraft, discrepancyClass: DiscrepancyClass): number {
  const found = draft.found.get(discrepancyClass)?.count ?? 0;
  return found + (COUNTED_ELSEWHERE[discrepancyClass]?.(draft) ?? 0);
}

/** By class, the number of discrepancies beyond the limit, counted but not stored. */
export function unlisted(tally: RunTally): readonly (readonly [DiscrepancyClass, number])[] {
  const draft = draftOf(tally);
  return DISCREPANCY_CLASSES.flatMap((discrepancyClass) => {
    const surplus = listedSoFar(draft, discrepancyClass) - LISTED_PER_CLASS;
    return surplus > 0 ? [[discrepancyClass, surplus] as const] : [];
  });
}

const COUNTED_ELSEWHERE: Readonly<Partial<Record<DiscrepancyClass, (draft: TallyDraft) => number>>> = {
  unpaid_order: (draft) => draft.repaired.payments.count,
  missing_payment: (draft) => draft.carriedOver.payments.count,
  refund_missing_there: (draft) => draft.carriedOver.refunds.count,
};
