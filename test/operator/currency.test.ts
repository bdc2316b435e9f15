import { orderText } from '../../operator/views/views';
import { WORDS } from '../../operator/words';
import { foreignCashOf } from '../../lib/model/order';
import { fen } from '../../lib/values/fen';
import { order, paidAt, START } from '../store/builders';

const paid = (cashFeeType?: string) =>
  order(1, { payment: { ...paidAt(1, START), ...(cashFeeType === undefined ? {} : { cashFeeType }) } });

/** What `ops show` prints of the order. */
function shown(one: ReturnType<typeof paid>): string {
  const nothing = {
    unreadable: null,
    unreadableRefunds: [],
    messages: [],
    refunds: [],
    discrepancies: [],
    audit: [],
    payments: [],
  };
  const detail = { ...one, prepaidAt: null, actions: [] };
  return orderText(WORDS.en, {
    order: detail,
    refundable: fen(0),
    refunded: fen(0),
    refunding: fen(0),
    ...nothing,
  });
}

test('the currency the payer paid in is shown when it is not CNY, and only then', () => {
  expect(shown(paid('HKD'))).toMatch(/currency paid in\s+HKD/);
  for (const one of [paid('CNY'), paid(), order(1)]) {
    expect(foreignCashOf(one.payment)).toBeNull();
    expect(shown(one)).not.toContain('currency paid in');
  }
});
