import { en } from '../../console/language/en';
import { zh } from '../../console/language/zh';
import { promotionText } from '../../console/reading/promotion';
import type { Promotion } from '../../lib/model/facts';
import { fen } from '../../lib/values/fen';
import { orderText } from '../../operator/views/views';
import { WORDS } from '../../operator/words';
import { order, paidAt, START } from '../store/builders';

const COUPON: Promotion = {
  id: '109519',
  name: '满减券',
  scope: 'GLOBAL',
  type: 'NOCASH',
  amount: fen(100),
  borneBy: { wechat: fen(0), merchant: fen(100), other: null },
};

/** What `ops show` prints of the order. */
function shown(promotions?: readonly Promotion[], language: 'en' | 'zh' = 'en'): string {
  const payment = { ...paidAt(1, START), ...(promotions === undefined ? {} : { promotions }) };
  const nothing = {
    unreadable: null,
    unreadableRefunds: [],
    messages: [],
    refunds: [],
    discrepancies: [],
    audit: [],
    payments: [],
  };
  const detail = { ...order(1, { payment }), prepaidAt: null, actions: [] };
  return orderText(WORDS[language], {
    order: detail,
    refundable: fen(0),
    refunded: fen(0),
    refunding: fen(0),
    ...nothing,
  });
}

test('an operator reads what a promotion is, what it does to the money, and who bears it', () => {
  expect(shown([COUPON])).toMatch(/满减券 +¥1\.00 +lowers the settlement amount +¥0\.00 +¥1\.00/);
  expect(shown([COUPON], 'zh')).toContain('优惠金额从应结订单金额中扣减');
  expect(shown()).not.toContain('borne by');
  expect(shown([])).not.toContain('borne by');
});

test('the console says the same in one line, and nothing that is not known', () => {
  expect(promotionText(en, COUPON)).toBe(
    '满减券 ¥1.00 · whole order · lowers the settlement amount · the merchant bears ¥1.00',
  );
  expect(promotionText(zh, COUPON)).toContain('全场优惠 · 优惠金额从应结订单金额中扣减 · 商户出资');
  const unknown = { wechat: null, merchant: null, other: null };
  expect(promotionText(en, { ...COUPON, name: null, scope: null, type: null, borneBy: unknown })).toBe(
    '109519 ¥1.00',
  );
});
