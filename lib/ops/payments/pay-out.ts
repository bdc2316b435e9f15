import type { Person } from '../../model/operators/principal';
import type { Refund } from '../../model/refund';
import { limitsFor } from '../../refunds/limits';
import { fenToYuan } from '../../values/fen';
import { PAY_OUT_NOT_OFFERED } from '../../wechat/pay-out-not-offered';
import type { PayOutAnswer } from '../../wechat/port';
import type { OpsDeps } from '../deps';

/** Why an abnormal refund was not paid out, as an action answers it. */
export interface NotPaidOut {
  readonly code: string;
  readonly message: string;
}

/**
 * Asks WeChat Pay to pay an abnormal refund out to the merchant's own bank account; null once it
 * has accepted that. Its money was counted and reserved when the refund was requested, so only the
 * limit of a single refund is looked at again. Whatever the answer, the refund's own state changes
 * by WeChat Pay's word alone.
 */
export async function payOut(deps: OpsDeps, by: Person, refund: Refund): Promise<NotPaidOut | null> {
  const over = overSingle(deps, by, refund);
  if (over !== null) return over;
  const { subMchId, outRefundNo, outTradeNo } = refund;
  const answer =
    (await deps.wechat.payOutRefund?.({ subMchId, outRefundNo, outTradeNo })) ?? PAY_OUT_NOT_OFFERED;
  return whyNot(answer);
}

/** Why this person may not move so much at once; null when they may. */
export function overSingle(
  deps: Pick<OpsDeps, 'refundSettings'>,
  by: Person,
  { amount }: Pick<Refund, 'amount'>,
): NotPaidOut | null {
  const { single } = limitsFor(deps.refundSettings, by);
  return single !== null && amount > single
    ? { code: 'REFUND_OVER_SINGLE', message: `${fenToYuan(single)} yuan are allowed for one refund` }
    : null;
}

function whyNot(answer: PayOutAnswer): NotPaidOut | null {
  switch (answer.kind) {
    case 'accepted':
      return null;
    case 'not_abnormal':
      return {
        code: 'NOT_NOW',
        message: `WeChat Pay says that the refund is ${answer.state}: nothing was asked for`,
      };
    case 'no_such_refund':
      return { code: 'NOT_NOW', message: 'WeChat Pay does not know this refund' };
    case 'refused':
      return answer.code === 'not_offered'
        ? { code: 'NOT_OFFERED', message: 'only API v3 has this call: use the merchant platform' }
        : { code: 'WECHAT_PAY_REFUSED', message: `WeChat Pay refuses: ${answer.detail}` };
    case 'unknown':
      return {
        code: 'WECHAT_PAY_UNKNOWN',
        message: `WeChat Pay did not answer (${answer.reason}): try again, it is queried first`,
      };
  }
}
