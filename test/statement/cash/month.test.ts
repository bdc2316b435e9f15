import type { V3Party } from '../../../lib/config/v3-party';
import type { Timers } from '../../../lib/runtime/timers';
import { cashMonth, daysOfMonth } from '../../../lib/statement/cash/month';
import { reconcileStatement } from '../../../lib/statement/run/reconcile';
import { dayOf, daysLater, isBeijingDay, startOf } from '../../../lib/values/day';
import { fen } from '../../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isPayerId } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import type { BillRequest } from '../../../lib/wechat/port';
import { v3Channels } from '../../../lib/wechat/v3/channels';
import { merchantKeys } from '../../../server/simulated/simulated-keys';
import { SIMULATED_HOSTS, simulatedTransport } from '../../../server/simulated/simulated-v3';
import { v3Stage } from '../../simulator/v3-stage';
import { guarded } from '../../store/builders';
import { keptLog, memoryState, merchant } from '../../wechat/v3/stage';
import { orderOf, PLENTY, sale, stageOf } from '../runs/stage';

const PARTY: Extract<V3Party, { mode: 'direct' }> = {
  mode: 'direct',
  mchId: merchant('1900000001'),
  appId: 'wx0000000000000001',
};
const DAYS = 28;
const STOLEN_ON = 17;
const DAY_MS = 86_400_000;

/** A month of sales with fees, refunds and withdrawals, at the simulated WeChat Pay. */
async function monthOfTrade(theft: number) {
  const on = v3Stage();
  // Each wait for a turn makes the time pass; limits of calls never end one.
  const timers: Timers = {
    after(ms, then) {
      if (ms < 5_000) void on.time.pass(ms).then(then);
      return () => undefined;
    },
  };
  const channels = v3Channels({
    transport: simulatedTransport(on.v3),
    clock: on.time.clock,
    timers,
    random: () => 0.5,
    log: keptLog().log,
    shared: memoryState(),
  });
  const pay = channels.open({
    party: PARTY,
    keys: { ...merchantKeys(on.keys, PARTY.mchId), mode: 'public_key' },
    hosts: SIMULATED_HOSTS,
    notifyUrls: {
      pay: 'https://shop.example/callback/v3/pay',
      refund: 'https://shop.example/callback/v3/refund',
    },
  });
  const first = daysLater(dayOf(on.time.clock.now()), 1);
  const toDay = async (n: number, hour: number) =>
    on.time.pass(startOf(first) + n * DAY_MS + hour * 3_600_000 - on.time.clock.now());
  for (let n = 0; n < DAYS; n += 1) {
    await toDay(n, 10);
    const outTradeNo = guarded(isOutTradeNo, `ORDER-${n}`);
    const draft = {
      ...{ subMchId: PARTY.mchId, outTradeNo, total: fen(10_000 + n), body: '茶' },
      payer: guarded(isPayerId, 'oPayer-of-the-simulator_00001'),
      payerIp: '203.0.113.7',
      expiresAt: later(on.time.clock.now(), 1_800_000),
    };
    await pay.unifiedOrder({ ...draft, keptBody: pay.prepayBody(draft) });
    on.simulator.pay(outTradeNo);
    await on.time.pass(1_000);
    const answer = await pay.queryOrder({ subMchId: PARTY.mchId, outTradeNo });
    if (answer.kind !== 'paid') throw new Error(`not paid: ${answer.kind}`);
    if (n === STOLEN_ON && theft > 0) on.v3.account.steal(answer.payment.transactionId, fen(theft));
    if (n % 3 === 0) {
      const outRefundNo = guarded(isOutRefundNo, `R-${n}`);
      await pay.refund({ ...draft, outRefundNo, refund: fen(1_000), reason: '少一杯' });
    }
    if (n % 7 === 6) on.v3.account.withdraw(PARTY.mchId, fen(20_000));
  }
  await toDay(DAYS, 13);
  return { on, pay, first };
}

test.each([0, 1])(
  'a month of the simulated shop closes, but for a theft of %i fen, which is found',
  async (theft) => {
    const { on, pay, first } = await monthOfTrade(theft);
    const stage = stageOf({
      start: on.time.clock.now(),
      settings: { merchants: [{ subMchId: PARTY.mchId, feeRate: null }] },
    });
    await stage.store.orders.create({ ...orderOf(sale(1)), createdAt: startOf(first) });
    const deps = {
      ...stage.deps,
      clock: on.time.clock,
      wechat: { downloadBill: async (request: BillRequest) => pay.downloadBill(request) },
    };
    for (let turns = 0; turns < 3; turns += 1) await reconcileStatement(deps, PLENTY);
    const { items: runs } = await stage.store.statementRuns.list({ after: null, limit: 100 });
    const month = Array.from({ length: DAYS }, (_, n) => daysLater(first, n));
    const closed = cashMonth(runs, 'BASIC', month);
    expect(closed).toMatchObject({ unproved: [], gaps: [], difference: 0, balances: true, opening: 0 });
    expect(closed.moved).toMatchObject({
      payment: { count: DAYS },
      fee: { count: DAYS },
      refund: { count: 10, sum: -10_000 },
      fee_returned: { count: 10, sum: 60 },
      withdrawal: { count: 4, sum: -80_000 },
    });
    expect(closed.closing).toBe(closed.movement.sum);
    const open = runs.filter(({ cash }) => cash?.proof?.result !== 'closes');
    const { items: found } = await stage.store.discrepancies.listUnresolved({ after: null, limit: 100 });
    const ofCash = found.filter((one) => /^cash|^fund|^balance/.test(one.class));
    if (theft === 0) {
      expect(open).toEqual([]);
      expect(ofCash).toEqual([]);
      return;
    }
    expect(open.map(({ day }) => day)).toEqual([month[STOLEN_ON]]);
    expect(ofCash).toMatchObject([
      {
        class: 'cash_mismatch',
        subject: { kind: 'payment', outTradeNo: `ORDER-${STOLEN_ON}` },
        statementRun: `${PARTY.mchId}:${String(month[STOLEN_ON])}`,
      },
    ]);
    const [stolen] = ofCash;
    expect(Number(stolen?.theirs) - Number(stolen?.ours)).toBe(-theft);
    const again = await reconcileStatement(deps, PLENTY);
    expect(again).toMatchObject({ opened: 0, runs: [] });
  },
);

test('the days of a month end before its end and before the next month', () => {
  const first = DAY_ONE;
  expect(daysOfMonth(first, daysLater(first, 40))).toHaveLength(28);
  expect(daysOfMonth(first, daysLater(first, 3))).toEqual([0, 1, 2].map((n) => daysLater(first, n)));
});

const DAY_ONE = guarded(isBeijingDay, '20260201');
