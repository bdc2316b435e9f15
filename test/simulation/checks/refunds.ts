import type { RefundState } from '../../../lib/refunds/refund';
import type { SimulatedRefund } from '../../../simulator/refund/refund';
import type { World } from '../world/world';
import { Violation } from '../world/world';
import { lied, namedAbout } from './named';

/** How a refund of each state there may stand here. */
const HERE: Readonly<Record<SimulatedRefund['state'], readonly RefundState[]>> = {
  PROCESSING: ['requested', 'processing'],
  SUCCESS: ['succeeded'],
  REFUNDCLOSE: ['closed'],
  CHANGE: ['abnormal'],
};

/** Each refund stands the same on both sides, or something says that it does not. Throws `Violation`. */
export function checkRefunds(world: World): void {
  const there = new Map(world.wechat.refunds().map((refund) => [refund.asked.outRefundNo, refund]));
  for (const { asked, state } of there.values()) {
    const { outTradeNo, outRefundNo, refundFee } = asked;
    const ours = [...world.state.refunds.values()].find(
      ({ refund }) => refund.outRefundNo === outRefundNo,
    )?.refund;
    const here = ours?.progress.state ?? 'absent';
    const same = ours !== undefined && ours.amount === refundFee && HERE[state].includes(ours.progress.state);
    if (same || lied(world, null, 'refund_absent')) continue;
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
    if (there.has(outRefundNo)) continue;
    if (progress.state !== 'closed') {
      throw new Violation('refunds_agree', `${outRefundNo} is ${progress.state} here and unknown there`);
    }
    if (origin === 'policy' && world.plan.lateMoney !== 'refund') {
      throw new Violation('late_money', `${outRefundNo} was made against the policy`);
    }
  }
}
