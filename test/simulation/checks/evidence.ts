import type { InboxMessage } from '../../../lib/model/message';
import type { Order } from '../../../lib/model/order';
import { dayOf } from '../../../lib/values/day';
import type { OutTradeNo } from '../../../lib/values/ids';
import type { World } from '../world/world';
import { isCalm, lied } from './named';

const MINUTE = 60_000;
const CLOCKS_DIFFER_MS = 10_000;

/**
 * The evidence against fulfilling this order that was known before this instant; null: none. It is
 * a refund message that is believed but not applied, a refund on the books of all the money, WeChat
 * Pay's last answer, or a refund in the bill that made the order paid. Evidence known when an
 * operator released the order no longer counts.
 */
export function evidenceAgainst(world: World, outTradeNo: OutTradeNo, before: number): string | null {
  const order = world.state.orders.get(outTradeNo)?.order;
  if (order === undefined) return null;
  const releasedAt = world.sightings.orders.get(outTradeNo)?.releasedAt ?? null;
  const counts = (at: number): boolean =>
    at < before && (releasedAt === null || at > releasedAt + CLOCKS_DIFFER_MS);
  return (
    openRefund(world, outTradeNo, counts) ??
    allGoesBack(world, order, counts) ??
    saidRefund(world, order, counts) ??
    statedRefund(world, order, before)
  );
}

type Counts = (at: number) => boolean;

function openRefund({ state, sightings }: World, outTradeNo: OutTradeNo, counts: Counts): string | null {
  for (const { message } of state.messages.values()) {
    if (message.outTradeNo !== outTradeNo || !speaksAgainst(message)) continue;
    const recordedAt = sightings.messages.get(message.key)?.recordedAt;
    if (recordedAt !== undefined && counts(recordedAt)) return `${message.key} is ${message.state}`;
  }
  return null;
}

function speaksAgainst(message: InboxMessage): boolean {
  const { content, trust } = message;
  if (content.kind !== 'refund' || trust !== 'platform' || message.state === 'done') return false;
  if (message.state === 'dead' && message.reason === 'operator') return false;
  return content.refund.state !== 'closed' && content.refund.state !== 'declined';
}

/** What an operator knew to be going back may be released; what has gone back may not. */
function allGoesBack({ state }: World, { refunds, total }: Order, counts: Counts): string | null {
  const against = refunds.filter(({ outRefundNo, at }) => {
    const refund = state.refunds.get(outRefundNo)?.refund;
    return refund?.progress.state === 'succeeded' || counts(refund?.createdAt ?? at ?? 0);
  });
  const back = against.reduce((sum, { amount }) => sum + amount, 0);
  return back >= total ? `all of its ${total} fen go back` : null;
}

function saidRefund(world: World, { outTradeNo, refunds }: Order, counts: Counts): string | null {
  if (refunds.length > 0) return null;
  const { orders, saidRefund: answers } = world.sightings;
  const notedAt = orders.get(outTradeNo)?.refundSaidAt ?? null;
  if (notedAt !== null && counts(notedAt)) return 'WeChat Pay said REFUND, and it is noted';
  // Where nothing goes wrong, an answer is noted soon after it has come.
  const saidAt = answers.get(outTradeNo);
  const isNoted = saidAt !== undefined && isCalm(world) && counts(saidAt + MINUTE) && counts(saidAt);
  return isNoted ? 'WeChat Pay said REFUND' : null;
}

/** Longer than this no order waits for the refunds of its statement, in ms. */
const STATEMENT_HOLD_MS = 23 * 60 * MINUTE;

function statedRefund(world: World, { outTradeNo, payment, refunds }: Order, before: number): string | null {
  if (payment.state !== 'paid' || payment.knownBy !== 'statement') return null;
  if (lied(world, null, 'refund_absent', 'damaged', 'no_file', 'unreadable_row')) return null;
  const seen = world.sightings.orders.get(outTradeNo);
  if (seen === undefined || seen.releasedAt !== null) return null;
  if (before - (seen.paidAt ?? 0) > STATEMENT_HOLD_MS) return null;
  const day = dayOf(payment.paidAt);
  const stated = world.wechat
    .describe(outTradeNo)
    ?.refunds.find(
      ({ acceptedAt, changes, asked }) =>
        dayOf(acceptedAt) === day &&
        changes.some(({ state, at }) => state === 'SUCCESS' && dayOf(at) === day) &&
        !refunds.some(({ outRefundNo }) => outRefundNo === asked.outRefundNo),
    );
  return stated === undefined ? null : `its statement has the refund ${stated.asked.outRefundNo}`;
}
