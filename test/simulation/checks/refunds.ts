import type { Order } from '../../../lib/model/order';
import type { RefundState } from '../../../lib/model/refund';
import type { SimulatedRefund } from '../../../simulator/refund/refund';
import { dayOf } from '../../../lib/values/day';
import { partOf } from '../world/events';
import type { World } from '../world/world';
import { Violation } from '../world/world';
import { hadNoFile, isCalm, isUnread, lied, namedAbout } from './named';
import { isUntold } from './untold';

/** How a refund of each state there may stand here. */
const HERE: Readonly<Record<SimulatedRefund['state'], readonly RefundState[]>> = {
  PROCESSING: ['requested', 'processing'],
  SUCCESS: ['succeeded'],
  REFUNDCLOSE: ['closed'],
  CHANGE: ['abnormal'],
};

/** What every refund rule looks at. Throws `Violation`. */
export function checkRefunds(world: World): void {
  checkBothSides(world);
  checkReservations(world);
  checkRequests(world);
}

/**
 * Each refund has the same state on both sides, or a discrepancy says that it does not. Throws
 * `Violation`.
 */
function checkBothSides(world: World): void {
  const there = new Map(world.wechat.refunds().map((refund) => [refund.asked.outRefundNo, refund]));
  for (const { asked, state, acceptedAt } of there.values()) {
    const { outTradeNo, outRefundNo, refundFee } = asked;
    const ours = [...world.state.refunds.values()].find(
      ({ refund }) => refund.outRefundNo === outRefundNo,
    )?.refund;
    const here = ours?.progress.state ?? 'absent';
    const same = ours !== undefined && ours.amount === refundFee && HERE[state].includes(ours.progress.state);
    if (same) continue;
    // Without a notification, only the bill of its day could tell.
    const day = dayOf(acceptedAt);
    const isInNoBill =
      isUnread(world, day) || hadNoFile(world, day) || lied(world, outTradeNo, 'refund_absent');
    if (ours === undefined && isInNoBill) continue;
    if (ours?.amount === refundFee && isUntold(world, ours)) continue;
    const named = namedAbout(world, outTradeNo).some(
      (one) =>
        one.class.startsWith('refund_') &&
        one.subject.kind === 'refund' &&
        one.subject.outRefundNo === outRefundNo,
    );
    // A refund in the merchant platform that moved no money is nothing to us.
    const moved = state !== 'REFUNDCLOSE' || ours !== undefined;
    if (!named && moved) {
      throw new Violation(
        'refunds_agree',
        `${outRefundNo} is ${state} there and ${here} here, and nothing says so`,
      );
    }
  }
  for (const { refund } of world.state.refunds.values()) {
    const { outRefundNo, progress, origin } = refund;
    if (origin === 'back_office' && progress.state !== 'closed') {
      const isNamed = namedAbout(world, refund.outTradeNo).some(
        (one) =>
          one.class === 'refund_missing_here' &&
          one.subject.kind === 'refund' &&
          one.subject.outRefundNo === outRefundNo,
      );
      if (!isNamed) throw new Violation('taken_over_is_named', `${outRefundNo} was made by nobody here`);
    }
    if (there.has(outRefundNo)) continue;
    if (progress.state !== 'closed') {
      throw new Violation('refunds_agree', `${outRefundNo} is ${progress.state} here and unknown there`);
    }
    if (origin === 'policy' && world.plan.lateMoney !== 'refund') {
      throw new Violation('late_money', `${outRefundNo} was made against the policy`);
    }
  }
}

/** What is promised to refunds is what refunds hold. */
function checkReservations(world: World): void {
  const refunds = [...world.state.refunds.values()].map(({ refund }) => refund);
  for (const { order } of world.state.orders.values()) {
    for (const { outRefundNo, amount } of order.refunds) {
      const refund = refunds.find((one) => one.outRefundNo === outRefundNo);
      // A crash between the two left money reserved, which operators see and a repeated call
      // finishes.
      if (refund === undefined && !isCalm(world) && !isFinishedByItself(world, order, outRefundNo)) continue;
      if (refund?.amount !== amount || refund.progress.state === 'closed') {
        throw new Violation(
          'reserved_is_refunded',
          `${order.outTradeNo} keeps ${amount} fen for ${outRefundNo}`,
        );
      }
    }
  }
  for (const { outTradeNo, outRefundNo, amount, progress } of refunds) {
    if (progress.state === 'closed') continue;
    const order = [...world.state.orders.values()].find((one) => one.order.outTradeNo === outTradeNo)?.order;
    if (order?.refunds.some((one) => one.outRefundNo === outRefundNo && one.amount === amount) !== true) {
      throw new Violation(
        'reserved_is_refunded',
        `${outRefundNo} is ${progress.state}, and nothing is set aside for it`,
      );
    }
  }
}

/**
 * The refund of a late payment is decided again until both are written, unless an operator
 * dismisses the message.
 */
function isFinishedByItself({ state }: World, { outTradeNo }: Order, outRefundNo: string): boolean {
  if (!outRefundNo.startsWith(`${outTradeNo}@late`)) return false;
  return [...state.messages.values()].every(
    ({ message }) =>
      message.outTradeNo !== outTradeNo || message.state !== 'dead' || message.reason !== 'operator',
  );
}

/** The same request, however often it is made, is one refund. */
function checkRequests({ wechat }: World): void {
  for (const { order, refunds } of wechat.orders()) {
    const parts = refunds.filter(
      ({ asked }) => asked.requestedIn === 'API' && asked.refundFee === partOf(asked.totalFee),
    );
    if (parts.length > 1) {
      throw new Violation(
        'one_refund_per_request',
        `${order.asked.outTradeNo}: one request came to ${parts.length} refunds`,
      );
    }
  }
}
