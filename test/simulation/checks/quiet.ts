import type { InboxMessage } from '../../../lib/model/message';
import { dayOf, daysFrom } from '../../../lib/values/day';
import { MERCHANTS } from '../world/merchants';
import type { World } from '../world/world';
import { Violation } from '../world/world';

/** Nothing waits any more, and what is dead is dead for a reason. Throws `Violation`. */
export function checkQuiet(world: World): void {
  const { state, scheduler, plan } = world;
  for (const { message } of state.messages.values()) {
    if (message.state === 'pending')
      throw new Violation('quiet', `${message.key} still waits after ${message.attempts} attempts`);
    if (message.state === 'dead') checkDeath(world, message);
  }
  for (const { order } of state.orders.values()) {
    if (order.fulfilment.state === 'due')
      throw new Violation('quiet', `${order.outTradeNo} still waits for its delivery`);
  }
  const [first] = [...state.orders.values()].map(({ order }) => order.createdAt).sort((a, b) => a - b);
  if (first === undefined) return;
  for (const day of daysFrom(dayOf(first), dayOf(scheduler.now()))) {
    for (const merchant of MERCHANTS.slice(0, plan.merchants)) {
      const run = [...state.runs.values()].find((one) => one.subMchId === merchant && one.day === day);
      if (run?.work.state === 'done') continue;
      const stands = run?.work.state ?? 'not begun';
      throw new Violation('quiet', `the statement of ${merchant} of ${day} is ${stands}`);
    }
  }
}

function checkDeath({ state, wechat }: World, message: Extract<InboxMessage, { state: 'dead' }>): void {
  const { key, reason, trust, outTradeNo, content, lastError } = message;
  const wrong = (why: string): Violation =>
    new Violation('dead_for_a_reason', `${key} (${reason}: ${lastError ?? ''}): ${why}`);
  const order = outTradeNo === null ? undefined : state.orders.get(outTradeNo)?.order;
  switch (reason) {
    case 'operator':
      return;
    case 'not_confirmed_by_query':
      if (trust === 'platform') throw wrong('nobody had to confirm it');
      return;
    case 'order_never_appeared':
      if (order !== undefined) throw wrong('its order is here');
      return;
    case 'mismatch': {
      const paid = outTradeNo === null ? null : (wechat.describe(outTradeNo)?.order.payment ?? null);
      if (content.kind !== 'payment' || content.payment.transactionId !== paid?.transactionId) return;
      if (paid.totalFee === order?.total) throw wrong('the money agrees');
      return;
    }
    case 'too_many_attempts':
      if (trust === 'platform') throw wrong('it was not given enough time');
      return;
    case 'unusable_notification':
      if (content.kind !== 'unusable' && trust === 'platform') throw wrong('it is of use');
      return;
  }
}
