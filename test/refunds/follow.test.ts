import { keyOf } from '../../lib/model/message';
import { processInbox } from '../../lib/inbox/process';
import { followRefunds } from '../../lib/refunds/follow';
import { refundOrder } from '../../lib/refunds/request';
import { StoreError } from '../../lib/store/errors';
import { fen } from '../../lib/values/fen';
import { later } from '../../lib/values/instant';
import type { RefundStatusAnswer } from '../../lib/wechat/port';
import { PLENTY } from '../inbox/stage';
import {
  order,
  paidAt,
  refund,
  refundMessage,
  refundNo,
  refundOf,
  settlement,
  START,
  tradeNo,
  transactionId,
} from '../store/builders';
import type { RefundStage } from './stage';
import { onRefundStage, OPERATOR, requested } from './stage';

const HOUR = 3_600_000;

async function processing(stage: RefundStage, n = 1, amount = 40): Promise<void> {
  await requested(stage, n, amount);
  stage.advance(60_000);
  await followRefunds(stage.deps, PLENTY);
  stage.desk.calls.length = 0;
  stage.advance(60_000);
}

const standing = (
  state: 'succeeded' | 'processing' | 'closed' | 'abnormal',
  amount = 40,
): RefundStatusAnswer => ({
  kind: 'refund',
  state,
  refundId: '50',
  refund: fen(amount),
  settled: null,
  succeededAt: state === 'succeeded' ? START : null,
});
const events = ({ log }: RefundStage): string[] => log.lines.map((line) => line.event);

describe('a refund WeChat Pay has not taken yet', () => {
  test('is asked for when it is due, with its own number, and not before', () =>
    onRefundStage(async (stage) => {
      await requested(stage);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
      stage.advance(60_000);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({
        claimed: 1,
        accepted: 1,
        stopped: null,
      });
      expect(stage.desk.refunds.get(refundNo(1))).toMatchObject({ amount: 40, times: 1 });
      expect(await stage.refund(refundNo(1))).toMatchObject({
        progress: { state: 'processing', refundId: `50-${refundNo(1)}` },
        nextAskAt: later(START, 120_000),
        lastError: null,
      });
    }));

  test('is asked for once by two workers at once, or twice with the same number', () =>
    onRefundStage(async (stage) => {
      for (const n of [1, 2]) await requested(stage, n);
      stage.advance(60_000);
      const reports = await Promise.all([1, 2].map(() => followRefunds(stage.deps, PLENTY)));
      expect(reports.reduce((sum, report) => sum + report.accepted, 0)).toBe(2);
      expect(stage.desk.refunds.size).toBe(2);
    }));

  test('is asked for again after a lost answer, and there is one refund', () =>
    onRefundStage(async (stage) => {
      await requested(stage);
      stage.desk.mishaps.push('answer_lost', 'answer_lost');
      for (let turn = 0; turn < 3; turn += 1) {
        stage.advance(60_000);
        await followRefunds(stage.deps, PLENTY);
      }
      expect(stage.desk.refunds.get(refundNo(1))).toMatchObject({ amount: 40, times: 3 });
      expect((await stage.refund(refundNo(1))).progress.state).toBe('processing');
    }));

  test('is not asked for when its money is back with the order: somebody is just closing it', () =>
    onRefundStage(async (stage) => {
      await stage.store.refunds.create(refund(1));
      stage.advance(60_000);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 1, later: 1 });
      expect(stage.desk.calls).toEqual([]);
    }));

  test('comes sooner than its schedule says while nothing is heard, for a day', () =>
    onRefundStage(async (stage) => {
      await requested(stage);
      stage.desk.mishaps.push('request_lost', 'request_lost');
      stage.advance(23 * HOUR);
      await followRefunds(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).nextAskAt).toBe(later(START, 23 * HOUR + 60_000));
      stage.advance(HOUR);
      await followRefunds(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).nextAskAt).toBeGreaterThan(later(START, 24 * HOUR + 60_000));
    }));

  test('WeChat Pay’s other funds are taken when the settings say so', () =>
    onRefundStage(async (stage) => {
      const sources: unknown[] = [];
      const { wechat, refundSettings } = stage.deps;
      const deps = {
        ...stage.deps,
        refundSettings: { ...refundSettings, source: 'available' as const },
        wechat: {
          ...wechat,
          refund: (request: Parameters<typeof wechat.refund>[0]) => {
            sources.push(request.source);
            return wechat.refund(request);
          },
        },
      };
      await requested(stage);
      stage.advance(60_000);
      await followRefunds(deps, PLENTY);
      expect(sources).toEqual(['available']);
    }));
});

describe('a refund WeChat Pay has taken', () => {
  test.each([
    ['succeeded', 1],
    ['closed', 0],
    ['abnormal', 1],
  ] as const)('is %s when queryRefund says so, through the inbox', (state, reservations) =>
    onRefundStage(async (stage) => {
      await processing(stage);
      stage.desk.standing = standing(state);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 1, changed: 1 });
      const { progress } = await stage.refund(refundNo(1));
      expect(progress).toMatchObject({ state, knownBy: 'query', evidence: `refund:${refundNo(1)}:${state}` });
      expect((await stage.order()).refunds).toHaveLength(reservations);
      expect(events(stage)).toContain(`refund_${state}`);
      const [alarm] = stage.log.lines.filter((line) => line.event === 'refund_abnormal');
      expect(alarm === undefined).toBe(state !== 'abnormal');
      if (alarm) expect(alarm.fields['fix']).toContain('merchant platform');
    }),
  );

  test('that is abnormal is asked about until somebody has dealt with it', () =>
    onRefundStage(async (stage) => {
      await processing(stage);
      stage.desk.standing = standing('abnormal');
      await followRefunds(stage.deps, PLENTY);
      stage.advance(24 * HOUR);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 1, later: 1 });
      stage.desk.standing = null;
      stage.advance(24 * HOUR);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 1, unknown: 1 });
      expect(stage.desk.calls.filter((call) => call.startsWith('queryOrder'))).toEqual([]);
      const told = await stage.store.inbox.find(
        keyOf({ kind: 'refund', refund: refundOf(1, { state: 'abnormal' }) }, 'platform'),
      );
      expect(told).toMatchObject({ deliveries: 1 });
      stage.desk.standing = standing('succeeded');
      stage.advance(24 * HOUR);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ changed: 1 });
      expect((await stage.refund(refundNo(1))).progress.state).toBe('succeeded');
      stage.advance(24 * HOUR);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
    }));

  test('stays processing when queryRefund says so, or says nothing', () =>
    onRefundStage(async (stage) => {
      await processing(stage);
      stage.desk.standing = standing('processing');
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ later: 1 });
      stage.advance(10 * HOUR);
      stage.desk.standing = { kind: 'unknown', reason: 'transport', detail: '' };
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ unknown: 1 });
      expect((await stage.refund(refundNo(1))).progress.state).toBe('processing');
    }));

  test('is not believed to have succeeded by empty lists and an order that moved to refund: that is kept as evidence', () =>
    onRefundStage(async (stage) => {
      await processing(stage, 1, 101);
      stage.desk.order = { kind: 'paid_then_refunded', transactionId: null, payment: null };
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ later: 1 });
      expect(stage.desk.calls).toEqual([`queryRefund ${refundNo(1)}`, `queryOrder ${tradeNo(1)}`]);
      await processInbox(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe('processing');
      const [evidence] = await stage.store.inbox.ofOrder(tradeNo(1));
      expect(evidence).toMatchObject({
        key: `refund:${refundNo(1)}:unknown`,
        state: 'done',
        outcome: 'noted',
      });
    }));

  test('is not asked about by its order when the order has several: it could be any of them', () =>
    onRefundStage(async (stage) => {
      await requested(stage, 2, 10);
      await processing(stage);
      await followRefunds(stage.deps, PLENTY);
      expect(stage.desk.calls.filter((call) => call.startsWith('queryOrder'))).toEqual([]);
    }));

  test('that WeChat Pay does not know is an alarm and ends nothing', () =>
    onRefundStage(async (stage) => {
      await processing(stage);
      stage.desk.standing = { kind: 'no_such_refund' };
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ later: 1 });
      expect(events(stage)).toContain('refund_unclear');
      expect((await stage.refund(refundNo(1))).progress.state).toBe('processing');
      expect((await stage.order()).refunds).toHaveLength(1);
    }));

  test('and that does not end for a week is an alarm at every question', () =>
    onRefundStage(async (stage) => {
      await processing(stage);
      stage.advance(6 * 24 * HOUR);
      await followRefunds(stage.deps, PLENTY);
      expect(events(stage)).not.toContain('refund_overdue');
      stage.advance(24 * HOUR);
      await followRefunds(stage.deps, PLENTY);
      const [alarm] = stage.log.lines.filter((line) => line.event === 'refund_overdue');
      expect(alarm?.fields).toMatchObject({ state: 'processing', days: 7, outRefundNo: refundNo(1) });
    }));

  test.each([
    ['succeeded', 40, 101, 'succeeded'],
    ['abnormal', 40, 101, 'abnormal'],
    // It would release the money, and the goods with it, that somebody may have given back by hand.
    ['closed', 40, 101, 'processing'],
    // It is another refund's.
    ['succeeded', 39, 101, 'processing'],
    ['succeeded', 40, 102, 'processing'],
  ] as const)('whose end %s of %i fen of %i an operator dismissed is then %s', (state, amount, total, then) =>
    onRefundStage(async (stage) => {
      await processing(stage);
      const told = { outTradeNo: tradeNo(1), state, refund: fen(amount), total: fen(total) };
      const early = refundMessage(1, told);
      const { inbox } = stage.store;
      await inbox.record(early);
      await inbox.dismiss([early.key], 'li', 'looks stuck', stage.deps.clock.now());
      stage.desk.standing = standing(state, amount);
      await followRefunds(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe(then);
      const isOver = then !== 'processing';
      expect(await inbox.find(early.key)).toMatchObject(
        isOver ? { state: 'done' } : { state: 'dead', reason: 'operator' },
      );
      expect((await stage.order()).refunds).toHaveLength(1);
    }),
  );

  test.each([
    ['of the order', transactionId(1), 'succeeded'],
    ['of another order', transactionId(9), 'processing'],
  ] as const)(
    'of no named payment, whose end was dismissed and names a transaction %s, is then %s, once for all',
    (_, named, then) =>
      onRefundStage(async (stage) => {
        await processing(stage);
        const told = { outTradeNo: tradeNo(1), refund: fen(40), total: fen(101), transactionId: named };
        const early = refundMessage(1, told);
        const { inbox } = stage.store;
        await inbox.record(early);
        await inbox.dismiss([early.key], 'li', 'looks stuck', stage.deps.clock.now());
        stage.desk.standing = standing('succeeded', 40);
        for (let turn = 0; turn < 3; turn += 1) {
          stage.advance(24 * HOUR);
          await followRefunds(stage.deps, PLENTY);
        }
        expect((await stage.refund(refundNo(1))).progress.state).toBe(then);
        const kept = await inbox.find(early.key);
        expect(kept).toMatchObject(
          then === 'succeeded' ? { state: 'done', replays: 1 } : { state: 'dead', replays: 0 },
        );
      }),
  );

  test('whose message was dead is processed once more when the fact is received again', () =>
    onRefundStage(async (stage) => {
      await processing(stage);
      const early = refundMessage(1, { outTradeNo: tradeNo(1), refund: fen(40), total: fen(101) });
      await stage.store.inbox.record(early);
      const { inbox } = stage.store;
      const [now, token] = [stage.deps.clock.now(), stage.deps.newToken()];
      await inbox.claim({ token, now, leaseUntil: later(now, 60_000), limit: 1 });
      const end = { kind: 'dead', reason: 'too_many_attempts', error: 'a bug that is fixed by now' } as const;
      await inbox.settle(token, now, [settlement(early, end)]);
      expect(await inbox.find(early.key)).toMatchObject({ state: 'dead', reason: 'too_many_attempts' });
      stage.desk.standing = standing('succeeded');
      stage.advance(10 * HOUR);
      await followRefunds(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe('succeeded');
    }));
});

describe('a run', () => {
  test('processes everything due, batch by batch, and reports what it did', () =>
    onRefundStage(async (stage) => {
      for (let n = 1; n <= 5; n += 1) await requested(stage, n, 10);
      stage.advance(60_000);
      const deps = { ...stage.deps, refundSettings: { ...stage.deps.refundSettings, batch: 2 } };
      expect(await followRefunds(deps, PLENTY)).toEqual({
        claimed: 5,
        accepted: 5,
        changed: 0,
        unchanged: 0,
        later: 0,
        unknown: 0,
        returned: 0,
        stopped: null,
      });
      expect(events(stage).filter((event) => event === 'refund_run')).toHaveLength(1);
    }));

  test('without a token asks once, says so once with the fix, and everything is asked for as soon as there is one', () =>
    onRefundStage(async (stage) => {
      for (let n = 1; n <= 4; n += 1) await requested(stage, n, 10);
      const nothing = { kind: 'unknown', reason: 'missing_api_token', detail: 'no' } as const;
      const deps = { ...stage.deps, refundSettings: { ...stage.deps.refundSettings, concurrency: 1 } };
      // An hour of runs without a token counts many questions, and uses up no schedule.
      for (let run = 0; run < 60; run += 1) {
        stage.desk.mishaps.splice(0, 4, nothing, nothing, nothing, nothing);
        stage.advance(60_000);
        await followRefunds(deps, PLENTY);
      }
      const runs = stage.log.lines.filter((line) => line.event === 'refund_run').length;
      expect(stage.desk.calls).toHaveLength(runs);
      expect(events(stage).filter((event) => event === 'api_token_missing')).toHaveLength(runs);
      stage.desk.mishaps.length = 0;
      stage.advance(1_800_000);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ accepted: 4, stopped: null });
    }));

  test('that asks too often ends, and gives back what it did not ask for, for soon', () =>
    onRefundStage(async (stage) => {
      for (let n = 1; n <= 4; n += 1) await requested(stage, n, 10);
      stage.desk.mishaps.push({ kind: 'unknown', reason: 'rate_limited', detail: 'no' });
      stage.advance(60_000);
      const deps = { ...stage.deps, refundSettings: { ...stage.deps.refundSettings, concurrency: 1 } };
      expect(await followRefunds(deps, PLENTY)).toMatchObject({
        claimed: 4,
        returned: 4,
        stopped: 'rate_limited',
      });
      expect(stage.desk.calls).toHaveLength(1);
      expect(events(stage)).not.toContain('api_token_missing');
      stage.advance(300_000);
      await followRefunds(stage.deps, PLENTY);
      expect(stage.desk.refunds.size).toBe(4);
    }));

  test('without time asks nothing', () =>
    onRefundStage(async (stage) => {
      await requested(stage);
      stage.advance(60_000);
      const short = { remaining: () => 10_000, stopping: false };
      expect(await followRefunds(stage.deps, short)).toMatchObject({ claimed: 0, stopped: 'time' });
      const stopping = { remaining: () => 60_000, stopping: true };
      expect(await followRefunds(stage.deps, stopping)).toMatchObject({ claimed: 0, stopped: 'time' });
    }));

  test('whose store fails for one refund goes on with the others', () =>
    onRefundStage(async (stage) => {
      for (const n of [1, 2]) await requested(stage, n);
      const { refunds } = stage.store;
      const note: typeof refunds.note = (of) =>
        of.outRefundNo === refundNo(1)
          ? Promise.reject(new StoreError('unavailable', 'broken off'))
          : refunds.note(of);
      const broken = { ...stage.deps, store: { ...stage.store, refunds: { ...refunds, note } } };
      stage.advance(60_000);
      expect(await followRefunds(broken, PLENTY)).toMatchObject({ claimed: 2, accepted: 1, unknown: 1 });
      expect(events(stage)).toContain('answer_not_recorded');
      stage.advance(HOUR);
      await followRefunds(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe('processing');
      expect(stage.desk.refunds.get(refundNo(1))).toMatchObject({ amount: 40 });
    }));
});

test('a refund that one call left with no token is asked for by the worker', () =>
  onRefundStage(async (stage) => {
    await stage.store.orders.create(order(2, { payment: paidAt(2, START) }));
    stage.desk.mishaps.push({ kind: 'unknown', reason: 'missing_api_token', detail: 'no token' });
    const reply = await refundOrder(stage.deps, { outTradeNo: tradeNo(1) }, OPERATOR);
    expect(reply).toMatchObject({ ok: true, refund: { state: 'requested', why: 'missing_api_token' } });
    stage.advance(60_000);
    await stage.work();
    expect(await refundOrder(stage.deps, { outTradeNo: tradeNo(1) }, OPERATOR)).toMatchObject({
      refund: { state: 'processing' },
    });
  }));
