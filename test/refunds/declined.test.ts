import { declinedBefore, TRY_LASTS_MS } from '../../lib/refunds/declined';
import { followRefunds } from '../../lib/refunds/follow';
import { refundOrder } from '../../lib/refunds/request';
import { refundDeclinedKey } from '../../lib/rules/fact-messages';
import { later } from '../../lib/values/instant';
import { PLENTY } from '../inbox/stage';
import { MERCHANT, message, refundNo, START, tradeNo } from '../store/builders';
import type { RefundStage } from './stage';
import { onRefundStage, OPERATOR, requested } from './stage';

const HOUR = 3_600_000;
const events = ({ log }: RefundStage): string[] => log.lines.map((line) => line.event);

describe('a refund that may have been asked for before, and is declined', () => {
  test('is closed when WeChat Pay declines it for good and no earlier try can arrive any more; then its money is free again', () =>
    onRefundStage(async (stage) => {
      await requested(stage);
      stage.desk.mishaps.push({ kind: 'refused', code: 'too_old', detail: 'TRADE_OVERDUE' });
      stage.advance(60_000);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 1, later: 1 });
      expect(await stage.refund(refundNo(1))).toMatchObject({
        progress: { state: 'requested' },
        nextAskAt: later(START, 60_000 + TRY_LASTS_MS),
        lastError: 'too_old',
      });
      stage.advance(TRY_LASTS_MS - 1);
      await followRefunds(stage.deps, PLENTY);
      expect((await stage.order()).refunds).toHaveLength(1);
      stage.advance(1);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 1, changed: 1 });
      const asked = `refund ${refundNo(1)}`;
      const about = `queryRefund ${refundNo(1)}`;
      expect(stage.desk.calls).toEqual([asked, about, about]);
      expect((await stage.refund(refundNo(1))).progress).toMatchObject({
        state: 'closed',
        reason: 'too_old',
      });
      expect((await stage.order()).refunds).toEqual([]);
      expect(events(stage)).toContain('refund_closed');
      stage.advance(10 * HOUR);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 0 });
    }));

  test('whose lost try arrives after a later one was declined goes through under its number, and its money stays set aside', () =>
    onRefundStage(async (stage) => {
      await requested(stage);
      stage.desk.mishaps.push('request_lost', { kind: 'refused', code: 'payer_account', detail: 'no' });
      for (const state of ['transport', 'payer_account']) {
        stage.advance(60_000);
        await followRefunds(stage.deps, PLENTY);
        expect(await stage.refund(refundNo(1))).toMatchObject({ lastError: state });
      }
      // The first request was only slow: WeChat Pay takes it now.
      const { outTradeNo, amount: sum, total } = await stage.refund(refundNo(1));
      await stage.desk.pay.refund({
        subMchId: MERCHANT,
        outTradeNo,
        outRefundNo: refundNo(1),
        total,
        refund: sum,
      });
      expect(
        await refundOrder(stage.deps, { outTradeNo, requestId: 'request-0002', amount: 62 }, OPERATOR),
      ).toMatchObject({
        code: 'REFUND_TOO_LARGE',
      });
      stage.advance(TRY_LASTS_MS);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 1, accepted: 1 });
      expect((await stage.refund(refundNo(1))).progress.state).toBe('processing');
      expect((await stage.order()).refunds).toEqual([{ outRefundNo: refundNo(1), amount: 40 }]);
    }));

  test('is not asked for by a call while its refusal waits to be confirmed, and that call ends it when it is time', () =>
    onRefundStage(async (stage) => {
      await requested(stage);
      stage.desk.mishaps.push({ kind: 'refused', code: 'bad_request', detail: 'no' });
      stage.advance(60_000);
      await followRefunds(stage.deps, PLENTY);
      stage.desk.calls.length = 0;
      const again = () =>
        refundOrder(stage.deps, { outTradeNo: tradeNo(1), outRefundNo: refundNo(1) }, OPERATOR);
      expect(await again()).toMatchObject({ ok: true, refund: { state: 'requested', why: 'bad_request' } });
      expect(stage.desk.calls).toEqual([]);
      stage.advance(TRY_LASTS_MS);
      expect(await again()).toMatchObject({ ok: false, code: 'REFUND_CLOSED' });
      expect(stage.desk.calls).toEqual([`queryRefund ${refundNo(1)}`]);
    }));

  test('is asked for again when WeChat Pay does not say whether it knows it, and waits anew when it is declined again', () =>
    onRefundStage(async (stage) => {
      await requested(stage);
      const refusal = { kind: 'refused', code: 'amount_mismatch', detail: 'ERROR' } as const;
      stage.desk.mishaps.push(refusal, refusal);
      stage.advance(60_000);
      await followRefunds(stage.deps, PLENTY);
      stage.advance(TRY_LASTS_MS);
      stage.desk.calls.length = 0;
      stage.desk.standing = { kind: 'unknown', reason: 'transport', detail: 'no answer' };
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 1, later: 1 });
      const about = `queryRefund ${refundNo(1)}`;
      expect(stage.desk.calls).toEqual([about, `refund ${refundNo(1)}`, about]);
      expect(await stage.refund(refundNo(1))).toMatchObject({ progress: { state: 'requested' } });
      expect((await stage.order()).refunds).toHaveLength(1);
      stage.desk.standing = null;
      stage.advance(24 * HOUR);
      await followRefunds(stage.deps, PLENTY);
      expect((await stage.refund(refundNo(1))).progress.state).toBe('processing');
    }));

  test('is not closed by somebody whose question was answered before another try began', () =>
    onRefundStage(async (stage) => {
      await requested(stage);
      stage.desk.mishaps.push({ kind: 'refused', code: 'payer_account', detail: 'no' });
      stage.advance(60_000);
      await followRefunds(stage.deps, PLENTY);
      stage.advance(TRY_LASTS_MS);
      const { pay } = stage.desk;
      const call = { outTradeNo: tradeNo(1), outRefundNo: refundNo(1) };
      const slow: typeof pay = {
        ...pay,
        // Meanwhile another caller gets no answer to the same request, and retries; that request is
        // slow.
        queryRefund: async () => {
          const unclear: typeof pay = {
            ...pay,
            queryRefund: async () => ({ kind: 'unknown', reason: 'transport', detail: 'no answer' }),
          };
          stage.desk.mishaps.push('request_lost');
          await refundOrder({ ...stage.deps, wechat: unclear }, call, OPERATOR);
          return { kind: 'no_such_refund' };
        },
      };
      expect(await refundOrder({ ...stage.deps, wechat: slow }, call, OPERATOR)).toMatchObject({
        ok: true,
        refund: { state: 'requested' },
      });
      expect((await stage.order()).refunds).toHaveLength(1);
    }));

  test('waits no longer for a refusal that a clock far ahead wrote down than for one of now', () =>
    onRefundStage(async (stage) => {
      const DAY = 24 * HOUR;
      await requested(stage);
      stage.desk.mishaps.push({ kind: 'refused', code: 'too_old', detail: 'TRADE_OVERDUE' });
      stage.advance(30 * DAY);
      await followRefunds(stage.deps, PLENTY);
      stage.advance(-30 * DAY + 60_000);
      const call = { outTradeNo: tradeNo(1), outRefundNo: refundNo(1) };
      expect(await refundOrder(stage.deps, call, OPERATOR)).toMatchObject({
        ok: true,
        refund: { state: 'requested' },
      });
      expect((await stage.refund(refundNo(1))).nextAskAt).toBe(later(START, 60_000 + TRY_LASTS_MS));
      stage.advance(TRY_LASTS_MS);
      expect(await followRefunds(stage.deps, PLENTY)).toMatchObject({ claimed: 1, changed: 1 });
      expect((await stage.refund(refundNo(1))).progress.state).toBe('closed');
    }));
});

test('a refusal that an operator dismissed stays dismissed when the refund is asked for again', () =>
  onRefundStage(async (stage) => {
    await requested(stage);
    stage.desk.mishaps.push({ kind: 'refused', code: 'too_old', detail: 'TRADE_OVERDUE' });
    stage.advance(60_000);
    await followRefunds(stage.deps, PLENTY);
    const refund = await stage.refund(refundNo(1));
    expect(refund.lastError).toBe('too_old');
    const key = refundDeclinedKey(refund);
    const { inbox } = stage.store;
    await inbox.record({ ...message(1), key });
    await inbox.dismiss([key], 'li', 'paid back by hand', START);
    expect(await declinedBefore(stage.deps, refund)).toBe(key);
    expect(await inbox.find(key)).toMatchObject({ state: 'dead', reason: 'operator' });
  }));
