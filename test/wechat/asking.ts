import { createCloudPay } from '../../lib/wechat/cloudpay/adapter';
import type { TransportResult } from '../../lib/wechat/cloudpay/transport';
import type { WeChatPay } from '../../lib/wechat/port';
import { BILL, ORDER, PREPAY, REFUND, REFUND_QUESTION, SETTINGS } from './samples';

/** The calls that reach WeChat Pay on every channel. */
export type Api = Exclude<keyof WeChatPay, 'prepayBody' | 'payOutRefund'>;

export const APIS: readonly Api[] = [
  'unifiedOrder',
  'queryOrder',
  'closeOrder',
  'refund',
  'queryRefund',
  'downloadBill',
];

/** Asks the sample question of an API over any adapter. */
export function askOf(pay: WeChatPay, api: Api): Promise<{ readonly kind: string }> {
  switch (api) {
    case 'unifiedOrder':
      return pay.unifiedOrder(PREPAY);
    case 'queryOrder':
      return pay.queryOrder(ORDER);
    case 'closeOrder':
      return pay.closeOrder(ORDER);
    case 'refund':
      return pay.refund(REFUND);
    case 'queryRefund':
      return pay.queryRefund(REFUND_QUESTION);
    case 'downloadBill':
      return pay.downloadBill(BILL);
  }
}

/** Asks the sample question of an API, over a transport that brings back `result`. */
export function ask(api: Api, result: TransportResult): Promise<{ readonly kind: string }> {
  return askOf(
    createCloudPay(async () => result, SETTINGS),
    api,
  );
}

/** A body as it comes over the wire: a text as it is, anything else as JSON. */
export function body(value: unknown): TransportResult {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { kind: 'body', bytes: new TextEncoder().encode(text) };
}

/** The call succeeded; of the business nothing is said. */
export const COMMON = {
  return_code: 'SUCCESS',
  return_msg: 'OK',
  mch_id: '1800008281',
  sub_mch_id: '1606704502',
};

/** The call and the business succeeded. */
export const SAID = { ...COMMON, result_code: 'SUCCESS' };

/** The business failed. */
export function fail(err_code?: string, err_code_des?: string): object {
  return { ...COMMON, result_code: 'FAIL', err_code, err_code_des };
}
