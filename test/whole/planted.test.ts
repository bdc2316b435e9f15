import type { Discrepancy, DiscrepancyClass } from '../../lib/model/discrepancy';
import type { StatementReport } from '../../lib/model/statement/statement-run';
import { isStatementRunId } from '../../lib/model/statement/statement-run-id';
import { isBeijingDay, type BeijingDay } from '../../lib/values/day';
import type { Order } from '../../lib/model/order';
import { fen } from '../../lib/values/fen';
import { isSubMchId, type OutTradeNo, type SubMchId } from '../../lib/values/ids';
import type { PlantRequest } from '../../simulator/bill/plant';
import { refundOrder } from '../../functions/refundOrder/function';
import type { Caller } from '../../lib/model/caller';
import type { WorkerName } from './shop';
import { inShop, MERCHANT, type Shop } from './shop';

const MINUTE = 60_000;
const ALL: readonly WorkerName[] = ['processInbox', 'reconcileOrders', 'followRefunds', 'fulfillOrders'];
const OPERATOR: Caller = {
  payer: null,
  source: 'wx_devtools',
  ip: '127.0.0.1',
  by: { kind: 'person', name: 'wx_devtools', role: 'act' },
};

function day(text: string): BeijingDay {
  if (!isBeijingDay(text)) throw new TypeError(`no day: ${text}`);
  return text;
}
function merchant(text: string): SubMchId {
  if (!isSubMchId(text)) throw new TypeError(`no merchant: ${text}`);
  return text;
}
const DAY = day('20260301');
const NEXT_DAY = day('20260302');
const OTHER_DAY = day('20260228');

/** A day of six payments and one refund, all of it known here. */
async function busyDay(shop: Shop): Promise<readonly OutTradeNo[]> {
  const numbers: OutTradeNo[] = [];
  for (let n = 1; n <= 6; n += 1) {
    const number = await shop.order(n);
    shop.simulator.pay(number);
    numbers.push(number);
  }
  await shop.live(MINUTE, MINUTE / 2, ALL);
  const [first] = numbers;
  const refund = await refundOrder({ ...shop.ports })(
    { outTradeNo: first, amount: 100, outRefundNo: 'R1' },
    OPERATOR,
  );
  expect(refund).toMatchObject({ ok: true });
  await shop.live(2 * MINUTE, MINUTE / 2, ALL);
  return numbers;
}

const allOf = async ({ ports: { store } }: Shop): Promise<readonly Discrepancy[]> => [
  ...(await store.discrepancies.listUnresolved({ after: null, limit: 100 })).items,
  ...(await store.discrepancies.listResolved({ after: null, limit: 100 })).items,
];

async function report({ ports: { store } }: Shop): Promise<StatementReport> {
  const id = `${MERCHANT}:${DAY}`;
  const run = isStatementRunId(id) ? await store.statementRuns.find(id) : null;
  if (run?.work.state !== 'done') throw new Error(`the run is ${run?.work.state ?? 'not there'}`);
  return run.work.report;
}

/** An order without the mark of the statement that has it. */
const unmarked = (order: Order): Order => ({ ...order, statement: null });

async function again(shop: Shop): Promise<void> {
  const id = `${MERCHANT}:${DAY}`;
  if (!isStatementRunId(id)) throw new TypeError('no run');
  expect(await shop.ports.store.statementRuns.again(id, 'li', shop.time.clock.now())).not.toBeNull();
  await shop.run('reconcileStatement');
}

test('a day on which both sides say the same is matched to the fen, and done again it is the same', () =>
  inShop(async (shop) => {
    await busyDay(shop);
    await shop.until(NEXT_DAY, 10.1);
    await shop.run('reconcileStatement');
    const first = await report(shop);
    const total = 5_800 * (1 + 2 + 3 + 4 + 5 + 6);
    expect(first).toMatchObject({
      outcome: 'reconciled',
      tally: {
        theirs: { payments: { count: 6, sum: total }, refunds: { count: 1, sum: 100 } },
        ours: { payments: { count: 6, sum: total }, refunds: { count: 1, sum: 100 } },
        matched: { payments: { count: 6, sum: total }, refunds: { count: 1, sum: 100 } },
        repaired: { payments: { count: 0 } },
        found: {},
        setAside: {},
      },
    });
    const orders = await shop.orders();
    await again(shop);
    const second = await report(shop);
    expect({ ...second, workedMs: 0, finishedAt: 0 }).toEqual({ ...first, workedMs: 0, finishedAt: 0 });
    expect((await shop.orders()).map(unmarked)).toEqual(orders.map(unmarked));
    expect(await allOf(shop)).toEqual([]);
  }));

type Planting = (numbers: readonly OutTradeNo[]) => PlantRequest;
const second = (numbers: readonly OutTradeNo[]): string => numbers[1] ?? '';

/** What is planted, what it is found as, and whether a correct bill of the same day explains it. */
const LIES: readonly (readonly [DiscrepancyClass, Planting, 'explained' | 'stays'])[] = [
  ['missing_payment', (of) => ({ class: 'missing_payment', outTradeNo: second(of), times: 1 }), 'explained'],
  [
    'missing_order',
    () => ({
      class: 'missing_order',
      subMchId: MERCHANT,
      day: DAY,
      outTradeNo: 'nobody-1',
      says: fen(5),
      times: 1,
    }),
    // Nothing in a later file says where that payment went.
    'stays',
  ],
  [
    'amount_mismatch',
    (of) => ({ class: 'amount_mismatch', outTradeNo: second(of), says: fen(1), times: 1 }),
    'explained',
  ],
  [
    'currency_mismatch',
    (of) => ({ class: 'currency_mismatch', outTradeNo: second(of), says: 'USD', times: 1 }),
    'explained',
  ],
  ['duplicate_payment', (of) => ({ class: 'duplicate_payment', outTradeNo: second(of), times: 1 }), 'stays'],
  [
    'fee_mismatch',
    (of) => ({ class: 'fee_mismatch', outTradeNo: second(of), says: fen(9), times: 1 }),
    'explained',
  ],
  [
    'refund_missing_there',
    () => ({ class: 'refund_missing_there', outRefundNo: 'R1', times: 1 }),
    'explained',
  ],
  [
    'refund_amount_mismatch',
    () => ({ class: 'refund_amount_mismatch', outRefundNo: 'R1', says: fen(101), times: 1 }),
    'explained',
  ],
  [
    'refund_state_mismatch',
    () => ({ class: 'refund_state_mismatch', outRefundNo: 'R1', says: 'FAIL', times: 1 }),
    'explained',
  ],
  [
    'statement_corrupt',
    () => ({ class: 'statement_corrupt', subMchId: MERCHANT, day: DAY, says: 'totals_mismatch', times: 5 }),
    'explained',
  ],
];

describe('a planted lie', () => {
  test.each(LIES)('is found as %s', (of, planting, ends) =>
    inShop(async (shop) => {
      const numbers = await busyDay(shop);
      shop.simulator.plant(planting(numbers));
      await shop.until(NEXT_DAY, 10.1);
      await shop.run('reconcileStatement');
      // It may have been damaged on the way: it is believed when five downloads say the same.
      for (let download = 2; of === 'statement_corrupt' && download <= 5; download += 1) {
        expect(await allOf(shop)).toEqual([]);
        await shop.until(NEXT_DAY, 10 + download / 4);
        await shop.run('reconcileStatement');
      }
      expect((await allOf(shop)).map((one) => one.class)).toEqual([of]);
      // A file that proves nothing is requested again automatically; an operator reruns every other
      // day.
      if (of === 'statement_corrupt') {
        await shop.until(NEXT_DAY, 36);
        await shop.run('reconcileStatement');
      } else {
        await again(shop);
      }
      const [found] = await allOf(shop);
      expect(found?.class).toBe(of);
      expect(found?.resolution === null ? 'stays' : 'explained').toBe(ends);
      if (ends === 'explained') expect(found?.resolution).toMatchObject({ by: 'auto' });
      // Whatever a statement says, what was paid and delivered stays so.
      expect((await shop.orders()).filter(({ payment }) => payment.state === 'paid')).toHaveLength(6);
      expect(shop.delivered).toHaveLength(6);
    }),
  );

  test('of a payment that is absent waits for its deadline before it is open', () =>
    inShop(async (shop) => {
      const numbers = await busyDay(shop);
      shop.simulator.plant({ class: 'missing_payment', outTradeNo: second(numbers) });
      await shop.until(NEXT_DAY, 10.1);
      await shop.run('reconcileStatement');
      const { discrepancies } = shop.ports.store;
      expect(await discrepancies.countOpen(shop.time.clock.now())).toBe(0);
      expect((await report(shop)).tally.carriedOver.payments).toMatchObject({ count: 1 });
      await shop.until(NEXT_DAY, 24 * 4);
      expect(await discrepancies.countOpenByClass(shop.time.clock.now())).toEqual({ missing_payment: 1 });
    }));

  test('of a refund nobody here made is recorded, and its money counted as gone back', () =>
    inShop(async (shop) => {
      const numbers = await busyDay(shop);
      shop.simulator.refundInBackOffice({ outTradeNo: second(numbers), refundFee: fen(700) });
      await shop.live(2 * MINUTE, MINUTE / 2, ALL);
      await shop.until(NEXT_DAY, 10.1);
      await shop.run('reconcileStatement');
      await shop.run('processInbox');
      const [outTradeNo] = numbers.slice(1);
      if (outTradeNo === undefined) throw new Error('no order');
      expect(await shop.ports.store.refunds.ofOrder(outTradeNo)).toMatchObject([
        { origin: 'back_office', amount: 700, progress: { state: 'succeeded', knownBy: 'statement' } },
      ]);
      expect((await allOf(shop)).map((one) => one.class)).toEqual(['refund_missing_here']);
    }));

  test.each([
    ['other_day', { class: 'other_day', subMchId: MERCHANT, day: DAY, says: OTHER_DAY }],
    [
      'other_merchant',
      { class: 'other_merchant', subMchId: MERCHANT, day: DAY, says: merchant('1999999999') },
    ],
  ] as const)('about the whole file (%s) makes it prove nothing', (_, request) =>
    inShop(async (shop) => {
      await busyDay(shop);
      shop.simulator.plant(request);
      await shop.until(NEXT_DAY, 10.1);
      await shop.run('reconcileStatement');
      expect((await allOf(shop)).map((one) => one.class)).toEqual(['statement_corrupt']);
      expect(await report(shop)).toMatchObject({
        outcome: 'corrupt',
        tally: { matched: { payments: { count: 0 } } },
      });
      expect((await shop.orders()).every(({ payment }) => payment.state === 'paid')).toBe(true);
    }),
  );

  test.each(['duplicate_row', 'scientific_notation', 'too_few_fields'] as const)(
    'of a row (%s) sets that row aside, and the rest is matched',
    (what) =>
      inShop(async (shop) => {
        const numbers = await busyDay(shop);
        shop.simulator.plant({ class: what, outTradeNo: second(numbers) });
        await shop.until(NEXT_DAY, 10.1);
        await shop.run('reconcileStatement');
        const { outcome, tally } = await report(shop);
        expect(outcome).toBe('reconciled');
        const reason = what === 'duplicate_row' ? 'duplicate_row' : 'unreadable';
        expect(tally.setAside).toMatchObject({ [reason]: { count: 1 } });
        expect(tally.matched.payments.count).toBe(what === 'duplicate_row' ? 6 : 5);
        const others = (await allOf(shop)).filter((one) => one.class !== 'missing_payment');
        expect(others.map((one) => one.class)).toEqual(['excluded_rows']);
      }),
  );

  test('that there is no statement, although there were payments, is called missing', () =>
    inShop(async (shop) => {
      await busyDay(shop);
      shop.simulator.plant({ class: 'not_available', subMchId: MERCHANT, day: DAY });
      await shop.until(NEXT_DAY, 10.1);
      await shop.run('reconcileStatement');
      await expect(report(shop)).rejects.toThrow('waiting');
      await shop.until(NEXT_DAY, 13);
      await shop.run('reconcileStatement');
      expect(await report(shop)).toMatchObject({ outcome: 'missing' });
      expect(shop.log.lines.map(({ event }) => event)).toContain('statement_missing');
    }));
});
