import { gzipSync } from 'node:zlib';
import { discrepancyId } from '../../../lib/model/discrepancy';
import type { Refund } from '../../../lib/model/refund';
import { statementRunId } from '../../../lib/model/statement/statement-run-id';
import { fen } from '../../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo } from '../../../lib/values/ids';
import type { OutRefundNo } from '../../../lib/values/ids';
import { guarded, refund as builtRefund, refundMessage, succeededAt } from '../../store/builders';
import type { Trade } from '../bill';
import { bytesOf, numbers, trade, writeBill } from '../bill';
import {
  at,
  bill,
  billOf,
  DAY,
  day,
  discrepanciesOf,
  MERCHANT,
  orderNo,
  paidOrderOf,
  sale,
  stageOf,
  transactionNo,
} from './stage';

const sumOf = (count: number, sum: number) => ({ count, sum });
const open = { resolution: null };

const PAID = sale(7, { time: '2026-11-22 10:00:00', amount: 1_000 });
const back = (number: number, amount: number, fee: number): Trade =>
  trade({ kind: 'refund', number, amount, fee });

function refundNoOf(t: Trade): OutRefundNo {
  const { outRefundNo } = numbers(t);
  if (!isOutRefundNo(outRefundNo)) throw new TypeError('no refund number');
  return outRefundNo;
}

/** Our refund of the paid order that a row tells of. */
function ours(t: Trade, progress: Refund['progress']): Refund {
  return builtRefund(t.number, {
    outRefundNo: refundNoOf(t),
    outTradeNo: orderNo(PAID),
    subMchId: MERCHANT,
    total: fen(PAID.amount),
    amount: fen(t.amount),
    createdAt: at(PAID.time),
    progress,
  });
}

/** All of these are of the paid order. */
const ofPaid =
  (...all: readonly Trade[]) =>
  (text: string): string =>
    all.reduce(
      (written, t) =>
        written.replaceAll(orderNo(t), orderNo(PAID)).replaceAll(transactionNo(t), transactionNo(PAID)),
      text,
    );

const PROCESSING = { state: 'processing', refundId: '50', acceptedAt: at(PAID.time) } as const;

describe('partial refunds of one order', () => {
  it('are rows of their own: each is matched by its number, a new state ends its refund, and fees are given back', async () => {
    const stage = stageOf();
    const [known, underWay, closed, unknown] = [
      back(71, 100, 1),
      back(72, 200, 1),
      back(73, 300, 2),
      back(74, 50, 0),
    ];
    const refunds = [
      ours(known, PROCESSING),
      ours(underWay, PROCESSING),
      ours(closed, { state: 'requested' }),
    ];
    const reserved = refunds.map(({ outRefundNo, amount }) => ({ outRefundNo, amount }));
    await stage.store.orders.create(paidOrderOf(PAID, { refunds: reserved }));
    for (const each of refunds) await stage.store.refunds.create(each);
    const rows = [known, underWay, closed, unknown];
    stage.bills.set(day('20261122'), billOf([PAID]));
    stage.bills.set(DAY, billOf(rows, ofPaid(...rows)));
    await stage.turn();

    const found = await stage.store.refunds.ofOrder(orderNo(PAID));
    expect(new Map(found.map((one) => [one.outRefundNo, one.progress.state]))).toEqual(
      new Map(rows.map((row) => [refundNoOf(row), 'succeeded'])),
    );
    const [order] = await stage.store.orders.find([orderNo(PAID)]);
    expect(order?.refunds.reduce((sum, one) => sum + one.amount, 0)).toBe(650);
    const { tally } = await stage.report();
    expect(tally).toMatchObject({
      theirs: { payments: sumOf(0, 0), refunds: sumOf(4, 650), fees: -4 },
      ours: { refunds: sumOf(4, 650) },
      matched: { refunds: sumOf(4, 650) },
      repaired: { refunds: sumOf(4, 650) },
      found: { refund_missing_here: sumOf(1, 50) },
    });
    expect((await discrepanciesOf(stage, PAID)).map((one) => one.subject)).toEqual([
      { kind: 'refund', outTradeNo: orderNo(PAID), outRefundNo: refundNoOf(unknown) },
    ]);
  });

  it.each([1_000, 4])(
    'are matched 15 of 15 when a bill tells of them first, with %d rows in a chunk',
    async (chunkRows) => {
      const stage = stageOf({ settings: { chunkRows } });
      const rows = Array.from({ length: 15 }, (_, n) => back(71 + n, 10 + n, 0));
      const sum = rows.reduce((all, { amount }) => all + amount, 0);
      await stage.store.orders.create(paidOrderOf(PAID));
      stage.bills.set(day('20261122'), billOf([PAID]));
      stage.bills.set(DAY, billOf(rows, ofPaid(...rows)));
      await stage.turn();
      const { tally } = await stage.report();
      expect(tally).toMatchObject({
        theirs: { refunds: sumOf(15, sum) },
        ours: { refunds: sumOf(15, sum) },
        matched: { refunds: sumOf(15, sum) },
        repaired: { refunds: sumOf(15, sum) },
        found: { refund_missing_here: sumOf(15, sum) },
      });
      expect(await stage.store.refunds.ofOrder(orderNo(PAID))).toHaveLength(15);
    },
  );

  it('of more than was paid by our books are named and take nothing off what is left', async () => {
    const stage = stageOf();
    const [known, tooMuch] = [back(71, 900, 5), back(72, 200, 1)];
    const mine = ours(known, PROCESSING);
    await stage.store.orders.create(
      paidOrderOf(PAID, { refunds: [{ outRefundNo: mine.outRefundNo, amount: mine.amount }] }),
    );
    await stage.store.refunds.create(mine);
    stage.bills.set(day('20261122'), billOf([PAID]));
    stage.bills.set(DAY, billOf([known, tooMuch], ofPaid(known, tooMuch)));
    await stage.turn();
    const [order] = await stage.store.orders.find([orderNo(PAID)]);
    expect(order?.refunds).toEqual([{ outRefundNo: mine.outRefundNo, amount: 900 }]);
    expect(await discrepanciesOf(stage, PAID)).toMatchObject([
      { class: 'refund_missing_here', subject: { outRefundNo: refundNoOf(tooMuch) }, ...open },
    ]);
  });
});

it('an agreeing row ends the mismatch of an amount that a bill stated, and not one that a notification stated', async () => {
  const stage = stageOf();
  const rows = [back(71, 10, 0), back(72, 20, 0)];
  const reserved = rows.map((row) => ({ outRefundNo: refundNoOf(row), amount: fen(row.amount) }));
  await stage.store.orders.create(paidOrderOf(PAID, { refunds: reserved }));
  const progress = succeededAt(at(PAID.time), refundMessage(1));
  for (const [n, row] of rows.entries()) {
    await stage.store.refunds.create(ours(row, progress));
    const subject = { kind: 'refund', outTradeNo: orderNo(PAID), outRefundNo: refundNoOf(row) } as const;
    const seenAt = at(PAID.time);
    const named = { class: 'refund_amount_mismatch', subject, ours: row.amount, theirs: 5 } as const;
    const times = { firstSeenAt: seenAt, lastSeenAt: seenAt, opensAt: seenAt, resolution: null };
    const by =
      n === 0
        ? ({ path: 'statement', statementRun: statementRunId(MERCHANT, day('20261122')) } as const)
        : ({ path: 'callback', statementRun: null } as const);
    const id = discrepancyId(named.class, subject);
    await stage.store.discrepancies.see([{ id, ...named, ...by, ...times }]);
  }
  stage.bills.set(day('20261122'), billOf([PAID]));
  stage.bills.set(DAY, billOf(rows, ofPaid(...rows)));
  await stage.turn();
  const left = (await discrepanciesOf(stage, PAID)).filter((one) => one.resolution === null);
  expect(left).toMatchObject([
    { class: 'refund_amount_mismatch', subject: { outRefundNo: refundNoOf(back(72, 20, 0)) } },
  ]);
});

describe('a revoked payment', () => {
  const revoked = trade({ kind: 'revoked', number: 7, amount: 1_000, fee: 6 });

  it('of ours is money that went back without a refund of ours: counted, its fee too, and named', async () => {
    const stage = stageOf();
    await stage.store.orders.create(paidOrderOf(PAID));
    stage.bills.set(day('20261122'), billOf([PAID]));
    stage.bills.set(DAY, billOf([revoked]));
    await stage.turn();
    expect((await stage.report()).tally).toMatchObject({
      theirs: { payments: sumOf(0, 0), refunds: sumOf(0, 0), revoked: sumOf(1, 1_000), fees: -6 },
      found: { refund_missing_here: sumOf(1, 1_000) },
    });
    expect(await discrepanciesOf(stage, PAID)).toMatchObject([
      { class: 'refund_missing_here', ours: null, theirs: { revoked: 1_000 }, ...open },
    ]);
    // It has no number of a refund: nothing is put on the books under one.
    expect(await stage.store.refunds.ofOrder(orderNo(PAID))).toEqual([]);
    expect(await stage.store.orders.find([orderNo(PAID)])).toMatchObject([{ payment: { state: 'paid' } }]);
  });

  it('beside its payment on the same day leaves the payment matched', async () => {
    const stage = stageOf();
    const today = sale(7, { amount: 1_000 });
    await stage.store.orders.create(paidOrderOf(today));
    stage.bills.set(DAY, billOf([today, revoked]));
    await stage.turn();
    expect((await stage.report()).tally).toMatchObject({
      theirs: { payments: sumOf(1, 1_000), revoked: sumOf(1, 1_000), fees: 0 },
      matched: { payments: sumOf(1, 1_000) },
      found: { refund_missing_here: sumOf(1, 1_000) },
    });
  });

  it('of somebody else’s order is counted and nobody is called', async () => {
    const stage = stageOf();
    await stage.store.orders.create(paidOrderOf(sale(1)));
    stage.bills.set(DAY, billOf([sale(1), revoked]));
    await stage.turn();
    expect((await stage.report()).tally).toMatchObject({
      theirs: { revoked: sumOf(1, 1_000) },
      found: {},
    });
    expect(await discrepanciesOf(stage, revoked)).toEqual([]);
  });
});

describe('fees', () => {
  it('of refunds are negative, and are not held against the rate that payments are held against', async () => {
    const stage = stageOf({ settings: { merchants: [{ subMchId: MERCHANT, feeRate: 6_000 }] } });
    const refunded = back(71, 333, 1);
    const mine = ours(refunded, succeededAt(at(refunded.time), refundMessage(71)));
    await stage.store.orders.create(
      paidOrderOf(PAID, { refunds: [{ outRefundNo: mine.outRefundNo, amount: mine.amount }] }),
    );
    await stage.store.refunds.create(mine);
    await stage.store.orders.create(paidOrderOf(sale(1)));
    stage.bills.set(day('20261122'), billOf([PAID]));
    stage.bills.set(DAY, billOf([sale(1), refunded], ofPaid(refunded)));
    await stage.turn();
    // Of 333 fen the rate makes 2.
    expect((await stage.report()).tally).toMatchObject({
      theirs: { payments: sumOf(1, 1_001), refunds: sumOf(1, 333), fees: 5 },
      matched: { payments: sumOf(1, 1_001), refunds: sumOf(1, 333) },
      found: {},
    });
  });
});

it('a refund of one fen is no canary’s when its order cost more, whatever its number', async () => {
  const stage = stageOf();
  const row = back(71, 1, 0);
  const outTradeNo = guarded(isOutTradeNo, 'canary-20261123001');
  const mine = { ...ours(row, succeededAt(at(row.time), refundMessage(71))), outTradeNo };
  const refunds = [{ outRefundNo: mine.outRefundNo, amount: mine.amount }];
  await stage.store.orders.create(paidOrderOf(PAID, { outTradeNo, refunds }));
  await stage.store.refunds.create(mine);
  const named = (text: string): string => ofPaid(row)(text).replaceAll(orderNo(PAID), outTradeNo);
  stage.bills.set(day('20261122'), billOf([PAID], named));
  stage.bills.set(DAY, billOf([row], named));
  await stage.turn();
  const { tally } = await stage.report();
  expect(tally).toMatchObject({ matched: { refunds: sumOf(1, 1) }, found: {} });
  expect(tally.canary).toBeUndefined();
});

describe('unknown refunds', () => {
  const row = back(7, 300, 2);

  it('are taken over when the order is ours, and opened as a discrepancy', async () => {
    const stage = stageOf();
    const paid = sale(7, { time: '2026-11-22 10:00:00' });
    await stage.store.orders.create(paidOrderOf(paid));
    stage.bills.set(day('20261122'), billOf([paid]));
    stage.bills.set(DAY, billOf([row]));
    await stage.turn();
    const [refund] = await stage.store.refunds.ofOrder(orderNo(row));
    expect(refund).toMatchObject({
      origin: 'back_office',
      amount: 300,
      progress: { state: 'succeeded', knownBy: 'statement', succeededAt: at(row.time) },
      statement: { day: DAY, round: 1, chunk: 2 },
    });
    expect((await stage.report()).tally).toMatchObject({
      theirs: { refunds: sumOf(1, 300), fees: -2 },
      ours: { refunds: sumOf(1, 300) },
      matched: { refunds: sumOf(1, 300) },
      repaired: { refunds: sumOf(1, 300) },
      found: { refund_missing_here: sumOf(1, 300) },
    });
    expect(await discrepanciesOf(stage, row)).toMatchObject([
      {
        class: 'refund_missing_here',
        subject: { outRefundNo: refundNoOf(row) },
        ...open,
      },
    ]);
  });

  it('are only named when the order is not ours', async () => {
    const stage = stageOf();
    await stage.store.orders.create(paidOrderOf(sale(1)));
    stage.bills.set(DAY, billOf([sale(1), row]));
    await stage.turn();
    expect(await discrepanciesOf(stage, row)).toMatchObject([{ class: 'refund_missing_here', ...open }]);
    expect(await stage.store.refunds.ofOrder(orderNo(row))).toEqual([]);
    expect((await stage.report()).tally).toMatchObject({
      matched: { refunds: sumOf(0, 0) },
      found: { refund_missing_here: sumOf(1, 300) },
    });
  });
});

it('a statement of the type REFUND is refused for a day: it lacks the payments, which would be called missing', async () => {
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(sale(1)));
  stage.bills.set(DAY, bill(gzipSync(bytesOf(writeBill([back(7, 300, 2)], 'REFUND')))));
  await stage.turn();
  const report = await stage.report();
  expect(report).toMatchObject({ outcome: 'corrupt', statement: { type: 'REFUND' } });
  expect(report.refusal).toMatch(/of the type REFUND, but ALL was requested/);
  expect(await discrepanciesOf(stage, sale(1))).toEqual([]);
});
