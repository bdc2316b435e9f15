import { processInbox } from '../../lib/inbox/process';
import { receiveNotification } from '../../lib/inbox/receive';
import { systemTimers } from '../../lib/runtime/timers';
import { fen } from '../../lib/values/fen';
import type { RefundStatusAnswer } from '../../lib/wechat/port';
import { PLENTY } from '../inbox/stage';
import { MERCHANT, order, refund, refundNo, START, tradeNo } from '../store/builders';
import type { RefundStage } from './stage';
import { onRefundStage } from './stage';

/** A refund notification with its known fields: all but the refund number may be missing. */
const EVENT = {
  returnCode: 'SUCCESS',
  appid: 'wxd2d16a504f24665e',
  mchId: '1800008281',
  subMchId: MERCHANT,
  outTradeNo: tradeNo(1),
  outRefundNo: refundNo(1),
  refundId: '50000000382019052709732678859',
  refundStatus: 'SUCCESS',
  totalFee: 101,
  refundFee: 40,
  settlementRefundFee: 40,
  successTime: '2026-03-01 12:00:00',
};
const TOLD = `refund:${refundNo(1)}:succeeded`;

const hear = ({ store, deps, log }: RefundStage, event: object, source = 'wx_paycallback') =>
  receiveNotification(
    {
      record: (one) => store.inbox.record(one),
      clock: deps.clock,
      timers: systemTimers,
      log,
      ackBudgetMs: 2_500,
    },
    event,
    source,
  );

/** The first order has a refund of 40 fen under way, as WeChat Pay was asked for it. */
async function underWay(stage: RefundStage): Promise<void> {
  const of = await stage.order();
  const refunds = [{ outRefundNo: refundNo(1), amount: fen(40) }];
  await stage.store.orders.note({ outTradeNo: of.outTradeNo, expectedVersion: of.version, refunds });
  const progress = { state: 'processing', refundId: '50', acceptedAt: START } as const;
  await stage.store.refunds.create(refund(1, { total: of.total, amount: fen(40), progress }));
}

const openClasses = async ({ store, deps }: RefundStage): Promise<string[]> =>
  (await store.discrepancies.listOpen({ now: deps.clock.now(), after: null, limit: 100 })).items.map(
    (one) => one.class,
  );
const messageOf = async ({ store }: RefundStage, trust: '' | 'unverified:' = '') => {
  const all = await store.inbox.list({ state: 'pending', after: null, limit: 10 });
  const done = await store.inbox.list({ state: 'done', after: null, limit: 10 });
  const dead = await store.inbox.list({ state: 'dead', after: null, limit: 10 });
  const one = [...all.items, ...done.items, ...dead.items].find(({ key }) => key === `${trust}${TOLD}`);
  if (!one) throw new Error('it was not kept');
  return store.inbox.find(one.key);
};

describe('a refund notification', () => {
  test('from WeChat Pay ends the refund, once, however often it comes', () =>
    onRefundStage(async (stage) => {
      await underWay(stage);
      const replies = await Promise.all(Array.from({ length: 4 }, () => hear(stage, EVENT)));
      for (const reply of replies) expect(reply).toEqual({ errcode: 0, errmsg: 'ok' });
      await Promise.all([processInbox(stage.deps, PLENTY), processInbox(stage.deps, PLENTY)]);
      const ended = await stage.refund(refundNo(1));
      expect(ended.progress).toMatchObject({
        state: 'succeeded',
        settled: 40,
        succeededAt: START,
        knownBy: 'callback',
        evidence: TOLD,
      });
      expect(
        ended.history.map((line) => line.event).filter((event) => event === 'refund_succeeded'),
      ).toHaveLength(1);
      expect(await messageOf(stage)).toMatchObject({ deliveries: 4, state: 'done', outcome: 'applied' });
    }));

  test('that names only the refund ends it too', () =>
    onRefundStage(async (stage) => {
      await underWay(stage);
      const { outRefundNo, refundStatus } = EVENT;
      await hear(stage, { outRefundNo, refundStatus });
      await processInbox(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe('succeeded');
    }));

  test('without a status decides nothing, and is kept', () =>
    onRefundStage(async (stage) => {
      await underWay(stage);
      await hear(stage, { ...EVENT, refundStatus: undefined });
      await processInbox(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe('processing');
      const [kept] = await stage.store.inbox.ofOrder(tradeNo(1));
      expect(kept).toMatchObject({ key: `refund:${refundNo(1)}:unknown`, state: 'done', outcome: 'noted' });
    }));

  test('of another amount changes nothing and leaves a named discrepancy', () =>
    onRefundStage(async (stage) => {
      await underWay(stage);
      await hear(stage, { ...EVENT, refundFee: 41 });
      await processInbox(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe('processing');
      expect(await openClasses(stage)).toEqual(['refund_amount_mismatch']);
    }));

  test('of a refund made in the merchant platform takes it over, and its money is no longer there to refund', () =>
    onRefundStage(async (stage) => {
      await hear(stage, EVENT);
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ applied: 1 });
      expect(await stage.refund(refundNo(1))).toMatchObject({
        origin: 'back_office',
        amount: 40,
        progress: { state: 'succeeded' },
      });
      expect((await stage.order()).refunds).toEqual([{ outRefundNo: refundNo(1), amount: 40 }]);
      expect(await openClasses(stage)).toEqual(['refund_missing_here']);
      expect(stage.log.lines.map((line) => line.event)).toContain('refund_taken_over');
    }));

  test('of one that went dead for want of money is decided again when another refund gives it back', () =>
    onRefundStage(async (stage) => {
      await underWay(stage);
      const other = { ...EVENT, outRefundNo: refundNo(2), refundFee: 62, settlementRefundFee: 62 };
      await hear(stage, other);
      await hear(stage, { ...EVENT, outRefundNo: refundNo(3), refundFee: 102 });
      for (let turn = 0; turn < 8; turn += 1) {
        await processInbox(stage.deps, PLENTY);
        stage.advance(600_000);
      }
      expect((await stage.store.inbox.backlog(stage.deps.clock.now())).dead).toBe(2);
      expect(await openClasses(stage)).toEqual(['refund_missing_here', 'refund_missing_here']);

      await hear(stage, { ...EVENT, refundStatus: 'REFUNDCLOSE', successTime: undefined });
      await processInbox(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe('closed');
      expect(await stage.refund(refundNo(2))).toMatchObject({
        origin: 'back_office',
        progress: { state: 'succeeded' },
      });
      expect((await stage.order()).refunds).toEqual([{ outRefundNo: refundNo(2), amount: 62 }]);
    }));

  test('that comes before its payment waits, and is applied after it', () =>
    onRefundStage(async (stage) => {
      await stage.store.orders.create(order(2));
      await hear(stage, { ...EVENT, outTradeNo: tradeNo(2), totalFee: 102 });
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ retried: 1 });
      const paid = {
        returnCode: 'SUCCESS',
        resultCode: 'SUCCESS',
        outTradeNo: tradeNo(2),
        transactionId: '4200000883202102244011431531',
        subMchId: MERCHANT,
        totalFee: 102,
        timeEnd: '20260301115955',
      };
      await hear(stage, paid);
      for (let turn = 0; turn < 2; turn += 1) {
        stage.advance(10_000);
        await processInbox(stage.deps, PLENTY);
      }
      expect(await stage.order(tradeNo(2))).toMatchObject({
        payment: { state: 'paid' },
        refunds: [{ outRefundNo: refundNo(1), amount: 40 }],
      });
    }));
});

describe('a refund notification nobody vouches for', () => {
  const said = (state: 'succeeded' | 'closed'): RefundStatusAnswer => ({
    kind: 'refund',
    state,
    refundId: '50',
    refund: fen(40),
    settled: null,
    succeededAt: null,
  });

  test('is not believed: what WeChat Pay answers is', () =>
    onRefundStage(async (stage) => {
      await underWay(stage);
      await hear(stage, { ...EVENT, refundFee: 1 }, 'wx_http');
      stage.desk.standing = said('closed');
      await processInbox(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress).toMatchObject({ state: 'closed', knownBy: 'query' });
      expect(await messageOf(stage, 'unverified:')).toMatchObject({ outcome: 'confirmed_by_query' });
    }));

  test('is kept and changes nothing while WeChat Pay does not tell the status', () =>
    onRefundStage(async (stage) => {
      await underWay(stage);
      stage.desk.standing = { kind: 'unknown', reason: 'unreadable', detail: 'empty lists' };
      stage.desk.order = { kind: 'paid_then_refunded', transactionId: null, payment: null };
      await hear(stage, EVENT, 'wx_http');
      await processInbox(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe('processing');
      expect(await messageOf(stage, 'unverified:')).toMatchObject({ state: 'done', outcome: 'noted' });
      expect(stage.desk.calls).toEqual([`queryRefund ${refundNo(1)}`]);
    }));

  test('is asked about again when WeChat Pay did not answer', () =>
    onRefundStage(async (stage) => {
      await underWay(stage);
      stage.desk.standing = { kind: 'unknown', reason: 'transport', detail: '' };
      await hear(stage, EVENT, 'wx_http');
      expect(await processInbox(stage.deps, PLENTY)).toMatchObject({ retried: 1 });
      stage.desk.standing = said('succeeded');
      stage.advance(2_000);
      await processInbox(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe('succeeded');
    }));

  test('goes dead when WeChat Pay knows no such refund', () =>
    onRefundStage(async (stage) => {
      await underWay(stage);
      await hear(stage, EVENT, 'wx_http');
      await processInbox(stage.deps, PLENTY);
      expect(await messageOf(stage, 'unverified:')).toMatchObject({
        state: 'dead',
        reason: 'not_confirmed_by_query',
      });
    }));

  test('of a refund nobody here asked for puts nothing on the books, and asks nothing: it names the order itself', () =>
    onRefundStage(async (stage) => {
      stage.desk.standing = said('succeeded');
      await hear(stage, EVENT, 'wx_http');
      await processInbox(stage.deps, PLENTY);
      expect(await stage.store.refunds.find([refundNo(1)])).toEqual([]);
      expect((await stage.order()).refunds).toEqual([]);
      expect(stage.desk.calls).toEqual([]);
    }));

  test.each([
    ['succeeded', 'SUCCESS', 'REFUNDCLOSE'],
    ['closed', 'REFUNDCLOSE', 'SUCCESS'],
  ])('of a refund that has ended as %s asks nothing', (state, word, contrary) =>
    onRefundStage(async (stage) => {
      await underWay(stage);
      await hear(stage, { ...EVENT, refundStatus: word });
      await processInbox(stage.deps, PLENTY);
      await hear(stage, { ...EVENT, refundStatus: contrary }, 'wx_http');
      await processInbox(stage.deps, PLENTY);
      expect(stage.desk.calls).toEqual([]);
      expect((await stage.refund(refundNo(1))).progress.state).toBe(state);
    }),
  );

  test('by a client is refused', () =>
    onRefundStage(async (stage) => {
      expect(await hear(stage, EVENT, 'wx_client')).toMatchObject({ errcode: 40301 });
      expect(await stage.store.inbox.backlog(START)).toMatchObject({ pending: 0, dead: 0 });
    }));
});
