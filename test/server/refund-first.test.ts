import { isOutTradeNo } from '../../lib/values/ids';
import { REFUNDED_IN_FULL } from '../../lib/rules/not-owed';
import { PAYER } from '../store/builders';
import { inFolder, onServer, type Running } from './running';

const TRANSACTION = '4200000000202611300000000001';
const ABOUT = {
  appid: 'wxd2d16a504f24665e',
  mchId: '1800008281',
  nonceStr: '48WQ',
  returnCode: 'SUCCESS',
  subMchId: '1900000109',
  transactionId: TRANSACTION,
  totalFee: 5800,
};

/** Delivers as WeChat Pay does, to the server of a case. */
async function deliver(server: Running, kind: 'pay' | 'refund', event: object): Promise<void> {
  const mark = { 'x-wx-source': 'wx_paycallback' };
  const { body } = await server.send('POST', `/callback/${kind}`, event, mark);
  expect(body).toMatchObject({ errcode: 0 });
}

const payment = (outTradeNo: string) => ({
  ...ABOUT,
  outTradeNo,
  bankType: 'OTHERS',
  cashFee: 5800,
  feeType: 'CNY',
  isSubscribe: 'N',
  openid: 'oPoo44y7xxxxxxxxxxxxxxxxxxxxx',
  resultCode: 'SUCCESS',
  subAppid: 'wx5a1b2c3d4e5f6071',
  subIsSubscribe: 'N',
  subOpenid: PAYER,
  timeEnd: '20261130073000',
  tradeType: 'JSAPI',
});

const refund = (outTradeNo: string) => ({
  ...ABOUT,
  outTradeNo,
  outRefundNo: '50202611300000000001',
  refundId: '50300000002026113000000000001',
  refundFee: 5800,
  settlementTotalFee: 5800,
  settlementRefundFee: 5800,
  refundStatus: 'SUCCESS',
  successTime: '2026-11-30 07:31:00',
  refundRequestSource: 'VENDOR_PLATFORM',
});

test.each(['at the same moment as', 'and was decided before'] as const)(
  'an order whose full refund is reported %s its payment is never fulfilled, and the refund is applied with it',
  (when) =>
    inFolder((folder) =>
      onServer(folder, async (server) => {
        const outTradeNo = await server.order('request-0001');
        if (!isOutTradeNo(outTradeNo)) throw new Error(`not an order number: ${outTradeNo}`);
        await deliver(server, 'refund', refund(outTradeNo));
        if (when === 'and was decided before') await server.settled();
        await deliver(server, 'pay', payment(outTradeNo));
        await server.settled();
        for (const worker of ['processInbox', 'fulfillOrders']) {
          expect((await server.send('POST', `/workers/${worker}`, {})).status).toBe(200);
        }
        await server.settled();
        const [order] = await server.system.store.orders.find([outTradeNo]);
        expect(order).toMatchObject({
          payment: { state: 'paid' },
          fulfilment: { state: 'dead', reason: REFUNDED_IN_FULL },
          refunds: [{ amount: 5800 }],
        });
        expect(order?.history.map(({ event }) => event)).not.toContain('fulfilled');
        const messages = await server.system.store.inbox.ofOrder(outTradeNo);
        expect(messages.map(({ state }) => state)).toEqual(['done', 'done']);
      }),
    ),
);
