import { isCalm } from './named';
import { numberOf } from '../world/payers';
import type { MessageSighting, Span } from '../world/sightings';
import type { World } from '../world/world';
import { Violation } from '../world/world';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const CLOCKS_DIFFER_MS = 10 * SECOND;

/**
 * When only deliveries go wrong, a payment is known in 60 s by callback and in 10 minutes by query.
 * For one that is refunded meanwhile, `queryOrder` no longer gives the amount, so no query can
 * tell. Throws `Violation`.
 */
export function checkPromptness(world: World): void {
  const { plan, state } = world;
  if (!isCalm(world) || plan.events.some(({ kind }) => kind === 'operator')) return;
  for (const order of plan.orders) {
    const ours = state.orders.get(numberOf(order))?.order;
    if (ours?.payment.state !== 'paid' || order.pay === null || order.pay.late) continue;
    const { knownAt, paidAt } = ours.payment;
    const byCallback = order.pay.lose === 0 ? order.pay.delayMs + MINUTE : Infinity;
    const goesBack =
      order.pay.givenBack !== null ||
      plan.events.some((event) => event.kind === 'back_office_refund' && event.order === order.n);
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

/** How long a claim outlives its worker, in ms; the next timer fires soon after. */
const CLAIM_MS = 60 * SECOND + CLOCKS_DIFFER_MS;

/**
 * A genuine notification is decided within 60 s in which the store and the machines work, however
 * long WeChat Pay takes to answer and whatever else is in the inbox. A message claimed when
 * something went wrong is due again when its lease ends. A message that precedes its order or
 * payment counts from when that is known here. Throws `Violation`.
 */
export function checkAppliedInTime(world: World): void {
  const { sightings, plan, scheduler } = world;
  if (plan.events.some(({ kind }) => kind === 'clock')) return;
  for (const { message } of world.state.messages.values()) {
    const { trust, confirmedBy, replays, content, outTradeNo, key } = message;
    const seen = sightings.messages.get(key);
    const order = outTradeNo === null ? undefined : sightings.orders.get(outTradeNo);
    if (trust !== 'platform' || confirmedBy[0] !== 'callback' || replays > 0) continue;
    if (content.kind === 'unusable' || seen === undefined || order === undefined) continue;
    // A message that waits for money, or for another order's payment, has no end in time.
    if (content.kind === 'refund' && (message.state === 'dead' || waitsForMoney(seen))) continue;
    const known = content.kind === 'refund' ? order.paidAt : order.createdAt;
    if (known === null) continue;
    const from = Math.max(seen.recordedAt, known);
    const tookMs = (seen.decidedAt ?? scheduler.now()) - from;
    const goodMs = tookMs - troubledMs(sightings.troubles, { from, to: from + tookMs });
    if (goodMs > MINUTE + CLOCKS_DIFFER_MS) {
      const detail = `${key} was decided ${tookMs / SECOND} s after it could be, ${goodMs / SECOND} s of them good`;
      throw new Violation('applied_in_time', detail);
    }
  }
}

/** By our books the order lacks the money, and not only because its payment is still to come. */
function waitsForMoney({ waitedFor }: MessageSighting): boolean {
  return waitedFor?.startsWith('the order has no such money') === true && !waitedFor.includes('nothing_paid');
}

/** For how much of a span something was wrong, or a claim may have outlived its cause. */
function troubledMs(troubles: readonly Span[], { from, to }: Span): number {
  let covered = 0;
  let at = from;
  const held = troubles.map((one) => ({ from: one.from, to: one.to + CLAIM_MS }));
  for (const one of held.sort((a, b) => a.from - b.from)) {
    const begin = Math.max(at, one.from);
    const end = Math.min(to, one.to);
    if (end <= begin) continue;
    covered += end - begin;
    at = end;
  }
  return covered;
}
