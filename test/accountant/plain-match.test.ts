import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { orderBook } from '../../accountant/orders/order-book';
import { refundBook } from '../../accountant/orders/refund-book';
import { compare } from '../../accountant/compare/compare';
import { billSource } from '../../accountant/files/bill-source';
import { openInput } from '../../accountant/files/input';
import type { OrderFiles } from '../../accountant/orders/order-file';
import { places } from '../../accountant/places';
import type { MatchReport } from '../../accountant/report';
import { fen } from '../../lib/values/fen';
import { isOutTradeNo, isSubMchId, isTransactionId } from '../../lib/values/ids';
import { beijingTime } from '../../lib/values/instant';
import { bytesOf, numbers, trade, writeBill, type Trade } from '../statement/bill';
import { cases } from '../share';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-plain-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What our file says of a trade's order, beside what agrees with it. */
interface Ours {
  readonly n: number;
  readonly of: number;
  readonly more: number;
  readonly state: 'paid' | 'pending' | 'closed' | 'unknown';
  readonly otherTransaction: boolean;
  readonly currency: string;
  readonly doubt: boolean;
}

function bookOf(ours: readonly Ours[], trades: readonly Trade[]): OrderFiles {
  const orders = orderBook();
  for (const { n, of, more, state, otherTransaction, currency, doubt } of ours) {
    const t = trades[of % Math.max(1, trades.length)] ?? trade({ number: n });
    const { outTradeNo, transactionId } = numbers(t);
    const other = otherTransaction ? `9${transactionId.slice(1)}` : transactionId;
    const subMchId = '1600012345';
    if (!isOutTradeNo(outTradeNo) || !isTransactionId(other) || !isSubMchId(subMchId)) throw new TypeError();
    const names = {
      means: 'unstated' as const,
      outTradeNo,
      subMchId: n % 3 === 0 ? null : subMchId,
      place: n + 2,
    };
    const order = {
      currency,
      total: fen(t.amount + more),
      state,
      paidAt: n % 2 === 0 ? beijingTime(t.time) : null,
      badTime: false,
    };
    // Two kinds of files: with the transactions of paid orders, and without any.
    const hasTransaction = state !== 'pending' && n % 5 !== 0;
    orders.add({ ...names, transactionId: hasTransaction ? other : null }, order);
    if (doubt) orders.addUnreadable({ ...names, transactionId: null });
  }
  const lines = places();
  lines.nextFile();
  const nothing = {
    notRead: [],
    furtherRows: 0,
    unusable: [],
    unnumbered: [],
    moneyBack: new Map(),
    unknownStates: [],
    files: [],
    problems: [],
    problemCount: 0,
  };
  return { rows: ours.length, orders, refunds: refundBook(), places: lines, ...nothing };
}

async function reportOf(text: string, file: OrderFiles, feeRate: number | null): Promise<MatchReport> {
  const bill = join(folder, 'bill.csv');
  writeFileSync(bill, text);
  const merchant = '1600012345';
  if (!isSubMchId(merchant)) throw new TypeError();
  const inputs = await openInput(bill, () => undefined);
  const bills = inputs.map((input) => billSource(input, () => undefined));
  return compare(file, bills, { merchant, feeRate, days: null, canaries: new Set() });
}

const trades = fc.array(
  fc.record({
    number: fc.integer({ min: 1, max: 6 }),
    amount: fc.integer({ min: 1, max: 30 }),
    kind: fc.constantFrom('payment', 'payment', 'payment', 'refund', 'revoked'),
    coupon: fc.constantFrom(0, 0, 1),
    fee: fc.constantFrom(0, 0, 1),
  }),
  { maxLength: 12 },
);
const ours = fc.array(
  fc.record({
    n: fc.nat(20),
    of: fc.nat(12),
    more: fc.constantFrom(0, 0, 0, 1),
    state: fc.constantFrom('paid', 'paid', 'paid', 'pending', 'closed', 'unknown'),
    otherTransaction: fc.constantFrom(false, false, true),
    currency: fc.constantFrom('CNY', 'CNY', 'CNY', 'HKD'),
    doubt: fc.constantFrom(false, false, false, true),
  }),
  { maxLength: 12 },
);

test('rows that plainly agree come to what comparing them whole comes to', async () => {
  await fc.assert(
    fc.asyncProperty(trades, ours, fc.constantFrom(null, 6_000), async (of, file, feeRate) => {
      const sold = of.map((each) => trade({ ...each, coupon: Math.min(each.coupon, each.amount) }));
      const text = bytesOf(writeBill(sold)).toString('utf8');
      // A time that is written unusually means the same, and such a row is compared whole.
      const unusual = text.replaceAll('10:20:30', '10：20：30');
      const plainly = await reportOf(text, bookOf(file, sold), feeRate);
      const whole = await reportOf(unusual, bookOf(file, sold), feeRate);
      expect({ ...plainly, bill: { ...plainly.bill, files: whole.bill.files } }).toEqual(whole);
    }),
    { numRuns: cases({ everyTime: 50, all: 2_000 }) },
  );
});
