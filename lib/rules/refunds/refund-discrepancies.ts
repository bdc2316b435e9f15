import type { Discrepancy, DiscrepancyClass } from '../../model/discrepancy';
import { newDiscrepancy } from '../../model/discrepancy';
import type { Refund, RefundProgress } from '../../model/refund';
import type { OutTradeNo } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { Json } from '../../values/json';
import type { RefundFact } from '../decision';

/** Our state and the fact's contradict each other. Pure. */
export function stateMismatch(
  { outTradeNo, progress }: Refund,
  fact: RefundFact,
  now: Instant,
  ours: RefundProgress['state'] = progress.state,
): Discrepancy {
  return refundDiscrepancy('refund_state_mismatch', outTradeNo, fact, now, ours, fact.content.refund.state);
}

/** A discrepancy about the fact's refund, of an order. Pure. */
export function refundDiscrepancy(
  discrepancyClass: DiscrepancyClass,
  outTradeNo: OutTradeNo,
  fact: RefundFact,
  now: Instant,
  ours: Json,
  theirs: Json,
): Discrepancy {
  const { outRefundNo } = fact.content.refund;
  const subject = { kind: 'refund', outTradeNo, outRefundNo } as const;
  return newDiscrepancy({ class: discrepancyClass, subject, ours, theirs, path: fact.path }, now);
}

/** WeChat Pay has a refund that nobody requested here. Pure. */
export function missingHere(outTradeNo: OutTradeNo, fact: RefundFact, now: Instant): Discrepancy {
  const { state, refund } = fact.content.refund;
  return refundDiscrepancy('refund_missing_here', outTradeNo, fact, now, null, { state, refund });
}
