import type { Order } from '../../lib/model/order';

/** The event that CloudBase passes to the callback function when this order was paid. */
export function notificationFor(order: Order): Record<string, unknown> {
  return {
    appid: 'wxd2d16a504f24665e',
    attach: 'shop 7',
    bankType: 'OTHERS',
    cashFee: order.total,
    feeType: 'CNY',
    isSubscribe: 'N',
    mchId: '1800008281',
    nonceStr: '48WQRbLbVfe1wwe0',
    openid: 'oPoo44y7aaaaaaaaaaaaaaaaaaaa',
    outTradeNo: order.outTradeNo,
    resultCode: 'SUCCESS',
    returnCode: 'SUCCESS',
    subAppid: 'wx5a1b2c3d4e5f6071',
    subIsSubscribe: 'N',
    subMchId: order.subMchId,
    subOpenid: order.payer,
    timeEnd: '20260301115955',
    totalFee: order.total,
    tradeType: 'JSAPI',
    transactionId: '4200000883202603011151153100',
    userInfo: { appId: 'wx5a1b2c3d4e5f6071', openId: order.payer },
  };
}
