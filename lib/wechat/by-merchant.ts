import type { SubMchId } from '../values/ids';
import { PAY_OUT_NOT_OFFERED } from './pay-out-not-offered';
import type { WeChatPay } from './port';

/**
 * One port over several channels: every call goes to the channel of the merchant it names.
 *
 * Failure policy: fail closed. A merchant without a channel, such as one that the configuration no
 * longer lists, is `refused` as `not_authorised`. That ends neither an order nor a refund of its
 * own; both continue once the merchant is listed again.
 */
export function wechatByMerchant(channels: ReadonlyMap<SubMchId, WeChatPay>): WeChatPay {
  function channelOf({ subMchId }: { readonly subMchId: SubMchId }): Calls {
    return channels.get(subMchId) ?? nobody(subMchId);
  }
  return {
    prepayBody: (draft) => channels.get(draft.subMchId)?.prepayBody(draft) ?? null,
    unifiedOrder: (request) => channelOf(request).unifiedOrder(request),
    queryOrder: (question) => channelOf(question).queryOrder(question),
    closeOrder: (question) => channelOf(question).closeOrder(question),
    refund: (request) => channelOf(request).refund(request),
    queryRefund: (question) => channelOf(question).queryRefund(question),
    payOutRefund: async (request) =>
      (await channelOf(request).payOutRefund?.(request)) ?? PAY_OUT_NOT_OFFERED,
    downloadBill: (request) => channelOf(request).downloadBill(request),
  };
}

type Calls = Omit<WeChatPay, 'prepayBody'>;

function nobody(subMchId: SubMchId): Calls {
  const refused = () =>
    Promise.resolve({
      kind: 'refused',
      code: 'not_authorised',
      detail: `merchant ${subMchId} is not among the merchants of config.json`,
    } as const);
  return {
    unifiedOrder: refused,
    queryOrder: refused,
    closeOrder: refused,
    refund: refused,
    queryRefund: refused,
    payOutRefund: refused,
    downloadBill: refused,
  };
}
