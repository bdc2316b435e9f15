import type { Refund } from '../../../lib/model/refund';
import { dayOf } from '../../../lib/values/day';
import type { World } from '../world/world';
import { hadNoFile, isUnread, lied } from './named';

/**
 * Whether nothing that counts told us how an accepted refund ended. Queries of this history never
 * give a refund's state, and the bill of its day was unreadable or denied, or was made without its
 * row. What remains is a notification without the platform's mark. It must not end a refund,
 * because a stranger can send one. A believed message of the end excuses nothing.
 *
 * Waiting is right: the refund stays processing, its money stays set aside and is not refunded
 * twice, and goods that it holds stay held. `refund_overdue` names it after `overdueDays`, and the
 * bill ends it once it can be read.
 */
export function isUntold(world: World, ours: Refund): boolean {
  const { plan, state, wechat } = world;
  const { outRefundNo, outTradeNo, subMchId } = ours;
  if (plan.refundQueries !== 'totals' || ours.progress.state !== 'processing') return false;
  const there = wechat.refunds().find(({ asked }) => asked.outRefundNo === outRefundNo);
  if (there === undefined) return false;
  const day = dayOf(there.acceptedAt);
  const isInNoBill =
    isUnread(world, day, subMchId) ||
    hadNoFile(world, day, subMchId) ||
    lied(world, outTradeNo, 'refund_absent');
  if (!isInNoBill) return false;
  return [...state.messages.values()].every(
    ({ message: { content, trust } }) =>
      content.kind !== 'refund' ||
      content.refund.outRefundNo !== outRefundNo ||
      trust === 'unverified' ||
      content.refund.state === 'unknown',
  );
}
