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
  // What was being delivered when the refund was learned of is not seen here: its begun turn names the version.
  const { fulfilment } = ours;
  const begunAt = fulfilment.state === 'due' ? (fulfilment.begunAt ?? null) : null;
  for (const { message } of world.state.messages.values()) {
    const { content, trust, receivedAt } = message;
    if (message.outTradeNo !== outTradeNo || content.kind !== 'refund' || trust !== 'platform') continue;
    if (message.state === 'done' || content.refund.state !== 'succeeded') continue;
    if (begunAt !== null && receivedAt < begunAt) {
      throw new Violation(
        'known_evidence',
        `${outTradeNo} is delivered while ${message.key} is ${message.state}`,
      );
    }
  }
  for (const [other, number] of world.deliveries.parcels) {
    if (number === outTradeNo && other !== key) {
      throw new Violation('one_key', `${outTradeNo} is delivered as ${other} and as ${key}`);
    }
  }
}
