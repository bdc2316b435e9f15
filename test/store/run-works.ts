import { isCashBasis, type CashProof, type DayCash } from '../../lib/model/statement/cash';
import type { BooksCount, GivenBill, RunTally, RunWork } from '../../lib/model/statement/statement-run';
import { fen } from '../../lib/values/fen';
import { guarded, NO_TALLY, refundNo, START, tradeNo, transactionId } from './builders';

const FILE = { location: 'statements/1900000109/20260301.gz', bytes: 31_415, sha256: 'ab'.repeat(32) };
const STATEMENT = { type: 'ALL', rows: 20, refundRows: 2, gzipped: true, sha1: 'cd'.repeat(20) } as const;
/** Text that a store must give back as it is. */
export const AWKWARD = `'; DROP TABLE statement_runs; -- "\\ \u2028 \u0001 👩‍👩‍👧‍👦 {"$date":1}`;

const SUMS = { count: 3, sum: fen(Number.MAX_SAFE_INTEGER) };
const BOTH = { payments: SUMS, refunds: { count: 1, sum: fen(-5) } };

const BOOKS: BooksCount = {
  differing: BOTH,
  inDoubt: BOTH,
  beyond: BOTH,
  named: [tradeNo(8)],
  stored: BOTH,
  otherDays: BOTH,
  again: true,
  missed: { payments: { count: -1, sum: fen(-7) }, refunds: SUMS },
};

const FULL_TALLY = {
  theirs: { ...BOTH, revoked: SUMS, fees: fen(-12) },
  ours: BOTH,
  matched: BOTH,
  repaired: BOTH,
  carriedOver: BOTH,
  found: { unpaid_order: SUMS, statement_corrupt: SUMS },
  explained: 4,
  setAside: {
    other_merchant: { count: 1, lines: [17] },
    unreadable: { count: 200, lines: [2, 3, 5] },
  },
  problems: [
    { line: 7, column: null, code: 'too_few_fields', kept: false, outTradeNo: null },
    { line: 8, column: 'orderTotal', code: 'bad_amount', kept: true, outTradeNo: tradeNo(8) },
  ],
  money: {
    rates: [{ rate: '0.60%', payments: SUMS, refunds: { count: 1, sum: fen(5) }, fee: fen(-7) }],
    unreadFees: 2,
    excluded: { settled: fen(9), refunded: fen(8), fee: fen(-1) },
  },
  books: BOOKS,
} as const satisfies RunTally;

/** A proved bill as this version stores it; `STATEMENT` is of an earlier one. */
const WITH_TOTALS = { ...STATEMENT, totals: { settled: fen(900), refunded: fen(0), fee: null } } as const;

/** A bill given by hand. */
export const GIVEN: GivenBill = { file: FILE, statement: { ...WITH_TOTALS, from: 'operator' } };

/** The work of a run in every state. */
export const WORKS: readonly RunWork[] = [
  { state: 'waiting', reason: 'not_asked', detail: null },
  { state: 'waiting', reason: 'not_available', detail: '' },
  { state: 'waiting', reason: 'download_failed', detail: AWKWARD },
  { state: 'waiting', reason: 'missing_api_token', detail: null },
  { state: 'waiting', reason: 'not_asked', detail: null, kept: GIVEN },
  matching({ pass: 'payments', afterLine: 1_001 }),
  { ...matching({ pass: 'refunds', afterLine: 0 }), statement: WITH_TOTALS },
  { ...matching({ pass: 'absent_payments', after: null }), file: null, statement: null },
  matching({ pass: 'stored_payments', after: null }),
  matching({ pass: 'stored_refunds', after: '1772337600000 ' }),
  matching({ pass: 'absent_refunds', after: `1772337600000 ${AWKWARD}` }),
  ...(['reconciled', 'none', 'missing', 'corrupt'] as const).map((outcome): RunWork => {
    const proved = outcome === 'reconciled';
    return {
      state: 'done',
      report: {
        outcome,
        statement: proved ? STATEMENT : null,
        file: proved ? FILE : null,
        refusal: proved ? null : AWKWARD,
        tally: proved ? FULL_TALLY : NO_TALLY,
        workedMs: 14_000,
        finishedAt: START,
      },
    };
  }),
];

const TRADE = {
  kind: 'refund',
  line: 7,
  tradedAt: START,
  transactionId: transactionId(1),
  outTradeNo: tradeNo(8),
  outRefundNo: refundNo(8),
  refundId: '50000000000000000000000001',
  gross: fen(12),
  settled: fen(11),
  fee: null,
} as const;

const MOVEMENT = {
  kind: 'fee_returned',
  line: 3,
  bookedAt: START,
  business: '50000000000000000000000001',
  flow: AWKWARD,
  name: '退款',
  type: '退还交易手续费',
  amount: fen(-3),
  voucher: '',
} as const;

const CASH_PROOF: CashProof = {
  gross: BOTH,
  coupons: { payments: fen(1), refunds: fen(0) },
  settlement: { payments: fen(2), refunds: fen(1) },
  netFees: fen(-1),
  basis: guarded(isCashBasis, 'ab'.repeat(32)),
  provedAt: START,
  buckets: {
    booked: SUMS,
    differs: SUMS,
    not_booked: SUMS,
    without_trade: SUMS,
    cut_off: SUMS,
    in_doubt: SUMS,
    nothing: SUMS,
    named: SUMS,
    other_days: SUMS,
  },
  movements: SUMS,
  items: [
    {
      bucket: 'differs',
      kind: 'payment',
      number: tradeNo(8),
      outTradeNo: tradeNo(8),
      transactionId: transactionId(1),
      tradeLine: 7,
      fundLines: [2, 3],
      at: START,
      name: AWKWARD,
      expected: fen(9),
      booked: fen(8),
    },
  ],
  itemCount: 700,
  gaps: [{ account: 'BASIC', before: fen(5), after: fen(6) }],
  balances: { BASIC: fen(6), FEES: null },
  excluded: 2,
  carried: { trades: [{ trade: TRADE, booked: fen(-11) }], movements: [MOVEMENT] },
  result: 'closes_but',
};

/** As every store must give it back. */
export const FULL_CASH: DayCash = {
  version: 2,
  dueAt: START,
  accounts: {
    BASIC: {
      state: 'proved',
      file: FILE,
      from: 'operator',
      sha1: 'cd'.repeat(20),
      opening: fen(-1),
      closing: null,
      moved: { fee: SUMS, other: SUMS },
    },
    OPERATION: { state: 'refused', file: FILE, detail: AWKWARD, tries: 2 },
    FEES: { state: 'waiting', detail: AWKWARD, tries: 1 },
  },
  proof: CASH_PROOF,
  isSettled: false,
  discrepancies: [],
};

/** A run that compares, at this checkpoint. */
export function matching(
  checkpoint: Extract<RunWork, { state: 'matching' }>['checkpoint'],
): Extract<RunWork, { state: 'matching' }> {
  return { state: 'matching', file: FILE, statement: STATEMENT, checkpoint, tally: FULL_TALLY, workedMs: 0 };
}
