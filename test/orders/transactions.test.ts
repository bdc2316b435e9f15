import { keyOf } from '../../lib/model/message';
import { fen } from '../../lib/values/fen';
import { message, order, paymentOf, refundNo, tradeNo, transactionId } from '../store/builders';
import { inShop, refund } from './shop';

describe('a transaction pays one order', () => {
  it(
    'the second order’s notification pays nothing, is dead and named',
    inShop(async ({ hear, inbox, deliver, delivered, open }, stage) => {
      await stage.store.orders.create(order(2));
      await hear(message(1));
      const payment = paymentOf(2, { transactionId: transactionId(1) });
      const content = { kind: 'payment', payment } as const;
      const second = message(2, { content, key: keyOf(content, 'platform') });
      await hear(second);
      await inbox();
      await deliver();
      expect(delivered).toEqual([tradeNo(1)]);
      const [other] = await stage.store.orders.find([tradeNo(2)]);
      expect(other?.payment).toEqual({ state: 'pending' });
      expect(await stage.store.inbox.find(second.key)).toMatchObject({ state: 'dead', reason: 'mismatch' });
      expect(await open()).toEqual(['transaction_reused']);
    }),
  );

  it(
    'a refund of a foreign transaction is not applied, and named',
    inShop(async ({ hear, inbox, minutes, open, order }) => {
      await hear(message(1));
      await inbox();
      await hear(refund(1, { transactionId: transactionId(7) }));
      await inbox();
      await minutes(15);
      expect((await order()).refunds).toEqual([]);
      expect(await open()).toContain('refund_transaction_mismatch');
    }),
  );

  it(
    'of two payments, a refund is taken off the one it names',
    inShop(async ({ hear, inbox, order }) => {
      await hear(message(1));
      const content = {
        kind: 'payment',
        payment: paymentOf(1, { transactionId: transactionId(9) }),
      } as const;
      await hear(message(1, { content, key: keyOf(content, 'platform') }));
      await hear(refund(1, { transactionId: transactionId(9) }));
      await hear(refund(2, { transactionId: transactionId(9), refund: fen(1) }));
      await inbox();
      expect((await order()).refunds).toEqual([
        { outRefundNo: refundNo(1), amount: 101, transactionId: transactionId(9) },
      ]);
    }),
  );
});
