import { prepayMeaning } from '../../../lib/wechat/v3/refusals';

/* Codes of https://pay.weixin.qq.com/doc/v3/merchant/4012081717 that no story of a call meets. */
test.each([
  [400, 'MCH_NOT_EXISTS', 'not_authorised'],
  [403, 'ACCOUNT_ERROR', 'other'],
  [403, 'REQUEST_BLOCKED', 'other'],
  [403, 'TRADE_ERROR', 'other'],
  [500, 'BANK_ERROR', 'system'],
])('%d %s means %s', (status, code, meaning) => {
  expect(prepayMeaning({ status, code, text: '', tail: null, signed: true })).toBe(meaning);
});
