import type { FulfilmentKey, OutTradeNo } from '../../../lib/values/ids';
import type { Group } from '../scheduler';
import { turnName } from '../world/sightings';
import type { World } from '../world/world';
import { Violation } from '../world/world';
import { evidenceAgainst } from './evidence';

/** Goods leave for money only, once, and under one key of their order. Throws `Violation`. */
export function checkDelivery(world: World, group: Group, outTradeNo: OutTradeNo, key: FulfilmentKey): void {
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
  // Evidence learned after fulfilment started comes too late; a fulfilment that never started knows
  // everything.
  const begun = world.sightings.turns.get(turnName(group, outTradeNo))?.begun ?? null;
  const against = begun === null ? evidenceAgainst(world, outTradeNo, world.scheduler.now()) : begun.against;
  if (against !== null) throw new Violation('known_evidence', `${outTradeNo} is handed over: ${against}`);
  for (const [other, number] of world.deliveries.parcels) {
    if (number === outTradeNo && other !== key) {
      throw new Violation('one_key', `${outTradeNo} is delivered as ${other} and as ${key}`);
    }
  }
}
