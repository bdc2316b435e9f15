import { isCalm, isStoreCalm } from './named';
import type { Order } from '../../../lib/model/order';
import { numberOf } from '../world/payers';
import type { World } from '../world/world';
import { Violation } from '../world/world';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const CLOCKS_DIFFER_MS = 10 * SECOND;

/**
 * Where nothing goes wrong but deliveries, a payment is known in 60 s by callback and in 10 minutes by question. Of one that goes back
 * meanwhile `queryOrder` no longer says how much was paid, so no question can tell. Throws `Violation`.
 */
export function checkPromptness(world: World): void {
  const { plan, state } = world;
  if (!isCalm(world) || plan.events.some(({ kind }) => kind === 'operator')) return;
  for (const order of plan.orders) {
    const ours = state.orders.get(numberOf(order))?.order;
    if (ours?.payment.state !== 'paid' || order.pay === null || order.pay.late) continue;
    const { knownAt, paidAt } = ours.payment;
    const byCallback = order.pay.lose === 0 ? order.pay.delayMs + MINUTE : Infinity;
    const goesBack = plan.events.some(
      (event) => event.kind === 'back_office_refund' && event.order === order.n,
    );
    const byQuestion = goesBack ? Infinity : 10 * MINUTE;
    const allowed = Math.min(byCallback, byQuestion) + CLOCKS_DIFFER_MS;
    if (knownAt - paidAt > allowed) {
      throw new Violation(
        'known_in_time',
        `${ours.outTradeNo} was known ${(knownAt - paidAt) / SECOND} s after it was paid`,
      );
    }
  }
}

/**
 * Where the store and the machines are there all the time, a genuine notification is decided within 60 s, whatever WeChat Pay's answers
 * take and whatever else is in the inbox. One that came before what it speaks of waits for that, and is left out. Throws `Violation`.
 */
export function checkAppliedInTime(world: World): void {
  if (!isStoreCalm(world)) return;
  for (const { message } of world.state.messages.values()) {
    const { trust, confirmedBy, replays, content, receivedAt, outTradeNo, key } = message;
    if (trust !== 'platform' || confirmedBy[0] !== 'callback' || replays > 0) continue;
    if (message.state === 'pending' || content.kind === 'unusable' || outTradeNo === null) continue;
    const order = world.state.orders.get(outTradeNo)?.order;
    if (order === undefined || order.createdAt > receivedAt) continue;
    if (content.kind === 'refund' && !wasPaidBefore(order, receivedAt)) continue;
    const tookMs = message.finishedAt - receivedAt;
    if (tookMs > MINUTE + CLOCKS_DIFFER_MS) {
      throw new Violation('applied_in_time', `${key} was decided ${tookMs / SECOND} s after it was received`);
    }
  }
}

function wasPaidBefore({ payment }: Order, at: number): boolean {
  return payment.state === 'paid' && payment.knownAt + CLOCKS_DIFFER_MS < at;
}
