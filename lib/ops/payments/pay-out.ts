import type { Person } from '../../model/operators/principal';
import type { PayOutTry, Refund } from '../../model/refund';
import { limitsFor } from '../../refunds/limits';
import { PAY_OUT_LASTS_MS, payOutUnderWay } from '../../rules/refunds/pay-out-try';
import { errorText } from '../../runtime/error-text';
import { fenToYuan } from '../../values/fen';
import { formatBeijing, later } from '../../values/instant';
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
 * by WeChat Pay's word alone, and it is due to be queried at once.
 *
 *   claim: a conditional write ──▶ query ──▶ request ──▶ accepted, or no answer: the claim stands
 *     │                              │          └──▶ refused: the claim is taken back
 *     └── another one stands, or     └──▶ not abnormal, or no answer: the claim is taken back
 *         the refund changed: nothing is asked
 *
 * Of several at once one is sent: the claim is written before anything is asked, and it stands for
 * `PAY_OUT_LASTS_MS`, also when its run ends here. Rejects with a `StoreError` when the claim could
 * not be written; then nothing was asked.
 */
export async function payOut(deps: OpsDeps, by: Person, refund: Refund): Promise<NotPaidOut | null> {
  const over = overSingle(deps, by, refund);
  if (over !== null) return over;
  const { subMchId, outRefundNo, outTradeNo, progress, version } = refund;
  const at = deps.clock.now();
  const earlier = payOutUnderWay(refund, at);
  if (earlier !== null) return underWay(earlier);
  if (progress.state !== 'abnormal') return CHANGED;
  const isClaimed = await deps.store.refunds.note({
    outRefundNo,
    expectedVersion: version,
    progress: { ...progress, payOut: { at, by: by.name } },
    entry: { at, event: 'refund_pay_out_requested', path: 'call', actor: 'operator', evidence: by.name },
  });
  if (!isClaimed) return CHANGED;
  const answer =
    (await deps.wechat.payOutRefund?.({ subMchId, outRefundNo, outTradeNo })) ?? PAY_OUT_NOT_OFFERED;
  const { reason, knownAt, knownBy, evidence } = progress;
  const unclaimed = { state: 'abnormal', reason, knownAt, knownBy, evidence } as const;
  const nextAskAt = deps.clock.now();
  const ended = { outRefundNo, expectedVersion: version + 1, nextAskAt };
  try {
    await deps.store.refunds.note(mayBeUnderWay(answer) ? ended : { ...ended, progress: unclaimed });
  } catch (error) {
    // Failure policy: fail closed. The claim stands until its time is up, and WeChat Pay's answer
    // is worth more to the operator than this.
    deps.log.error('ops_failed', { outTradeNo, action: 'pay_out_refund', error: errorText(error) });
  }
  return whyNot(answer);
}

const CHANGED: NotPaidOut = {
  code: 'NOT_NOW',
  message: 'the refund changed meanwhile: nothing was asked for. Look at it again',
};

/** The merchant's channel has no such call. */
export const NOT_OFFERED: NotPaidOut = {
  code: 'NOT_OFFERED',
  message: 'only API v3 has this call: use the merchant platform',
};

function underWay({ at, by }: PayOutTry): NotPaidOut {
  const [since, until] = [at, later(at, PAY_OUT_LASTS_MS)].map((time) => formatBeijing(time, 'HH:mm'));
  return {
    code: 'PAY_OUT_UNDER_WAY',
    message: `${by} asked for it at ${since}: nothing was asked for. Ask again after ${until} (Beijing)`,
  };
}

/** Whether WeChat Pay may have received the request and not refused it. */
function mayBeUnderWay({ kind }: PayOutAnswer): boolean {
  switch (kind) {
    case 'accepted':
    case 'unknown':
      return true;
    case 'not_abnormal':
    case 'no_such_refund':
    case 'not_asked':
    case 'refused':
      return false;
  }
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
        ? NOT_OFFERED
        : { code: 'WECHAT_PAY_REFUSED', message: `WeChat Pay refuses: ${answer.detail}` };
    case 'not_asked':
      return {
        code: 'WECHAT_PAY_UNKNOWN',
        message: `WeChat Pay does not say how the refund stands (${answer.reason}): try again`,
      };
    case 'unknown':
      return {
        code: 'PAY_OUT_UNKNOWN',
        message: `WeChat Pay did not answer (${answer.reason}) and may pay it out: look at it in 10 minutes`,
      };
  }
}
