import { queryRefund } from '../../lib/refunds/query';
import { refundOrder } from '../../lib/refunds/request';
import { fen } from '../../lib/values/fen';
import { isPayerId } from '../../lib/values/ids';
import { guarded, order, refundNo, START, tradeNo } from '../store/builders';
import { CLIENT, onRefundStage, OPERATOR, OWN_FUNCTION } from './stage';

/** A text with this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);

const EVENT = { outTradeNo: tradeNo(1) };
const STRANGER = { ...CLIENT, payer: guarded(isPayerId, 'oAnotherPayerAltogether00001') };

describe('who asks how refunds stand', () => {
  test('as the payer sees amount, state and reason, and nothing of who asked for it or why it hangs', () =>
    onRefundStage(async (stage) => {
      stage.desk.mishaps.push({ kind: 'refused', code: 'not_enough_funds', detail: 'no' });
      const part = { ...EVENT, amount: 40, requestId: 'request-0001', reason: '缺货' };
      await refundOrder(stage.deps, part, OPERATOR);
      const reply = await queryRefund(stage.deps, EVENT, CLIENT);
      expect(reply).toEqual({
        ok: true,
        refunds: [
          {
            outRefundNo: containing(tradeNo(1)),
            amount: 40,
            state: 'requested',
            reason: '缺货',
            requestedAt: START,
            succeededAt: null,
          },
        ],
      });
    }));

  test.each([['operator', OPERATOR] as const, ['own function', OWN_FUNCTION] as const])(
    'as %s sees all of it, what is left, and what was never finished',
    (_, caller) =>
      onRefundStage(async (stage) => {
        stage.desk.mishaps.push({ kind: 'refused', code: 'not_enough_funds', detail: 'no' });
        await refundOrder(stage.deps, { ...EVENT, amount: 40, requestId: 'request-0001' }, OWN_FUNCTION);
        const of = await stage.order();
        const unfinished = { outRefundNo: refundNo(9), amount: fen(1) };
        await stage.store.orders.note({
          outTradeNo: of.outTradeNo,
          expectedVersion: of.version,
          refunds: [...of.refunds, unfinished],
        });
        expect(await queryRefund(stage.deps, EVENT, caller)).toMatchObject({
          ok: true,
          left: 60,
          unfinished: [unfinished],
          refunds: [{ amount: 40, origin: 'merchant', requestedBy: 'merchant', why: 'not_enough_funds' }],
        });
      }),
  );

  test('as somebody else learns nothing, not even that the order exists', () =>
    onRefundStage(async (stage) => {
      await stage.store.orders.create(order(2));
      const theirs = await queryRefund(stage.deps, EVENT, STRANGER);
      expect(theirs).toMatchObject({ ok: false, code: 'ORDER_NOT_FOUND' });
      const nothing = await queryRefund(stage.deps, { outTradeNo: tradeNo(9) }, STRANGER);
      expect(nothing).toEqual(theirs);
      expect(await queryRefund(stage.deps, { outTradeNo: tradeNo(9) }, OPERATOR)).toMatchObject({
        code: 'ORDER_NOT_FOUND',
      });
    }));

  test('without an order or a payer is told so', () =>
    onRefundStage(async (stage) => {
      expect(await queryRefund(stage.deps, {}, OPERATOR)).toMatchObject({ code: 'BAD_INPUT' });
      expect(await queryRefund(stage.deps, EVENT, { ...CLIENT, payer: null })).toMatchObject({
        code: 'NO_PAYER',
      });
    }));
});
