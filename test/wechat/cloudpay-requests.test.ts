import { isRecord } from '../../lib/values/json';
import { createCloudPay } from '../../lib/wechat/cloudpay/adapter';
import { refundRequest } from '../../lib/wechat/cloudpay/requests';
import type { PayApiRequest } from '../../lib/wechat/cloudpay/transport';
import { APIS, askOf } from './asking';
import { BILL, ORDER, PREPAY, REFUND, REFUND_QUESTION, SETTINGS } from './samples';
import type { WeChatPay } from '../../lib/wechat/port';

async function sentBy(ask: (pay: WeChatPay) => Promise<unknown>): Promise<[string, PayApiRequest]> {
  const sent: [string, PayApiRequest][] = [];
  const pay = createCloudPay(async (apiName, request) => {
    sent.push([apiName, request]);
    return { kind: 'body', bytes: new Uint8Array() };
  }, SETTINGS);
  await ask(pay);
  const [only] = sent;
  if (!only || sent.length !== 1) throw new Error(`one call expected, ${sent.length} made`);
  return only;
}

test.each<[string, (pay: WeChatPay) => Promise<unknown>, object]>([
  [
    'unifiedOrder',
    (pay) => pay.unifiedOrder({ ...PREPAY, attach: 'table 5' }),
    {
      function_name: 'payCallback',
      env_id: 'shop-8gxvz0f70375accc',
      sub_mch_id: '1606704502',
      nonce_str: 'a-nonce',
      body: '一杯茶',
      attach: 'table 5',
      out_trade_no: 'T1',
      fee_type: 'CNY',
      total_fee: 100,
      spbill_create_ip: '203.0.113.7',
      time_expire: '20210224233000',
      trade_type: 'JSAPI',
      sub_openid: 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb',
    },
  ],
  [
    'queryOrder',
    (pay) => pay.queryOrder(ORDER),
    { sub_mch_id: '1606704502', nonce_str: 'a-nonce', out_trade_no: 'T1' },
  ],
  [
    'closeOrder',
    (pay) => pay.closeOrder(ORDER),
    { sub_mch_id: '1606704502', nonce_str: 'a-nonce', out_trade_no: 'T1' },
  ],
  [
    'refund',
    (pay) => pay.refund({ ...REFUND, reason: '缺货', source: 'available' }),
    {
      function_name: 'refundCallback',
      env_id: 'shop-8gxvz0f70375accc',
      sub_mch_id: '1606704502',
      nonce_str: 'a-nonce',
      out_trade_no: 'T1',
      out_refund_no: 'R1',
      total_fee: 100,
      refund_fee: 40,
      refund_fee_type: 'CNY',
      refund_desc: '缺货',
      refund_account: 'REFUND_SOURCE_RECHARGE_FUNDS',
    },
  ],
  [
    'queryRefund',
    (pay) => pay.queryRefund(REFUND_QUESTION),
    { sub_mch_id: '1606704502', nonce_str: 'a-nonce', out_refund_no: 'R1' },
  ],
  [
    'downloadBill',
    (pay) => pay.downloadBill({ ...BILL, gzip: true }),
    {
      sub_mch_id: '1606704502',
      nonce_str: 'a-nonce',
      bill_date: '20210224',
      bill_type: 'ALL',
      tar_type: 'GZIP',
    },
  ],
])('%s sends exactly what is documented', async (apiName, ask, request) => {
  expect(await sentBy(ask)).toEqual([apiName, request]);
});

function keysInJson(value: unknown): string[] {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  return isRecord(copy) ? Object.keys(copy) : [];
}

test('what was not given is not sent', async () => {
  for (const api of APIS) {
    const [, request] = await sentBy((pay) => askOf(pay, api));
    // An undefined field would be dropped on the wire, and is a mistake before it.
    expect(Object.keys(request)).toEqual(keysInJson(request));
    for (const name of ['attach', 'refund_desc', 'refund_account', 'tar_type']) {
      expect(request).not.toHaveProperty(name);
    }
  }
});

test('an order asked for twice is asked for with the same values, so the second try is safe', async () => {
  const ask = (pay: WeChatPay): Promise<unknown> => pay.unifiedOrder(PREPAY);
  expect(await sentBy(ask)).toEqual(await sentBy(ask));
});

test.each([
  ['缺'.repeat(200), '缺'.repeat(26)],
  [`a${'😀'.repeat(100)}`, `a${'😀'.repeat(19)}`],
  ['b'.repeat(80), 'b'.repeat(80)],
])('a refund’s reason is cut between characters to what WeChat Pay takes', (reason, sent) => {
  expect(refundRequest(SETTINGS, { ...REFUND, reason })).toMatchObject({ refund_desc: sent });
});
