import type { FulfilmentKey, OutTradeNo } from '../../../lib/values/ids';
import type { World } from '../world/world';
import { Violation } from '../world/world';

/** Goods leave for money only, once, and under one key of their order. Throws `Violation`. */
export function checkDelivery(world: World, outTradeNo: OutTradeNo, key: FulfilmentKey): void {
  const order = world.wechat.describe(outTradeNo)?.order;
  const ours = world.state.orders.get(outTradeNo)?.order;
  if (order === undefined || ours === undefined) {
    throw new Violation('delivered_for_money', `${outTradeNo} was never made payable`);
  }
  const { payment } = order;
  if (payment === null) throw new Violation('delivered_for_money', `${outTradeNo} is delivered and not paid`);
  if (payment.totalFee !== ours.total) {
    throw new Violation(
      'delivered_for_money',
      `${outTradeNo}: ${payment.totalFee} fen came, ${ours.total} is its price`,
    );
  }
  for (const [other, number] of world.deliveries.parcels) {
    if (number === outTradeNo && other !== key) {
      throw new Violation('one_key', `${outTradeNo} is delivered as ${other} and as ${key}`);
    }
  }
}
