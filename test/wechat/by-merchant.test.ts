import { isSubMchId } from '../../lib/values/ids';
import { wechatByMerchant } from '../../lib/wechat/by-merchant';
import type { WeChatPay } from '../../lib/wechat/port';
import { guarded } from '../store/builders';
import type { Api } from './asking';
import { APIS, askOf } from './asking';
import { ORDER, PREPAY } from './samples';

/** A channel that notes what it is asked and does not answer. */
function noted(): { readonly calls: Api[]; readonly pay: WeChatPay } {
  const calls: Api[] = [];
  const call = (api: Api) => () => {
    calls.push(api);
    return Promise.resolve({ kind: 'unknown', reason: 'transport', detail: '' } as const);
  };
  return {
    calls,
    pay: {
      prepayBody: ({ outTradeNo }) => `body of ${outTradeNo}`,
      unifiedOrder: call('unifiedOrder'),
      queryOrder: call('queryOrder'),
      closeOrder: call('closeOrder'),
      refund: call('refund'),
      queryRefund: call('queryRefund'),
      downloadBill: call('downloadBill'),
    },
  };
}

const OTHER = guarded(isSubMchId, '1900000888');

test('every call goes to the channel of the merchant it names, and to no other', async () => {
  const [own, other] = [noted(), noted()];
  const pay = wechatByMerchant(
    new Map([
      [ORDER.subMchId, own.pay],
      [OTHER, other.pay],
    ]),
  );
  for (const api of APIS) await askOf(pay, api);
  expect(own.calls).toEqual(APIS);
  expect(other.calls).toEqual([]);
  expect(pay.prepayBody(PREPAY)).toBe(`body of ${PREPAY.outTradeNo}`);
});

test('a merchant that the configuration does not list is refused, which ends nothing', async () => {
  const pay = wechatByMerchant(new Map([[OTHER, noted().pay]]));
  for (const api of APIS) {
    expect(await askOf(pay, api)).toMatchObject({ kind: 'refused', code: 'not_authorised' });
  }
  expect(pay.prepayBody(PREPAY)).toBeNull();
});
