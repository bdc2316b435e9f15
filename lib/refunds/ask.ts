import type { Refund } from '../model/refund';
import { later } from '../values/instant';
import type { RefundAnswer, UnknownAnswer } from '../wechat/port';
import type { AskRefundDeps, Asked, Try } from './outcome';
import { accepted, logUnknown, noteRequested } from './outcome';
import { confirm, declinedBefore, declinedNow } from './declined';

type Refused = Extract<RefundAnswer, { kind: 'refused' }>;

/**
 * Requests a refund that is `requested` here, with its own number, as often as needed: WeChat Pay
 * executes each number once.
 *
 *   accepted                             processing
 *   unknown                              stays requested, requested again soon, same number
 *   not_enough_funds                     stays requested, again after `fundsRetryMs`; logged
 *   not_authorised, other                stays requested, again by schedule; logged
 *   too_old, amount_mismatch, no_such_order, payer_account, bad_request
 *                                        final: once certain, the fact `declined` enters the inbox,
 *                                        and settling it returns the money to the order
 *
 * A final refusal alone proves too little: an earlier or concurrent request may have been accepted
 * or may still arrive, and an order that is refunded in full declines that same refund when it is
 * requested again. So it ends the refund only once WeChat Pay also answers that it knows no such
 * refund, and every request ever made has ended (`declinedNow`). `which` tells whether this request
 * is made by the call that created the refund. Every other request is recorded before it is made,
 * so that closing the refund takes it into account.
 *
 * Failure policy: fail closed. Money stays reserved until it is certain that none goes back.
 *
 * Rejects with a `StoreError` when a result could not be written; requesting again is safe.
 */
export async function askForRefund(deps: AskRefundDeps, refund: Refund, which: Try): Promise<Asked> {
  if (which === 'first') return put(deps, refund, which);
  const fact = await declinedBefore(deps, refund);
  if (fact !== null) return { kind: 'recorded', key: fact };
  // While a refusal stands, no request starts until WeChat Pay was queried about the refund.
  if (refund.refusal !== undefined) {
    const confirmed = await confirm(deps, refund, refund.refusal);
    if (confirmed !== null) return confirmed;
  }
  const begun = await begin(deps, refund);
  return begun === null ? { kind: 'later' } : put(deps, begun, which);
}

/** Sends the request to WeChat Pay. */
async function put(deps: AskRefundDeps, refund: Refund, which: Try): Promise<Asked> {
  const { outTradeNo, outRefundNo, subMchId, transactionId, total, amount, reason } = refund;
  const { source } = deps.refundSettings;
  const answer = await deps.wechat.refund({
    subMchId,
    outTradeNo,
    ...(transactionId === null ? {} : { transactionId }),
    outRefundNo,
    total,
    refund: amount,
    ...(reason === null ? {} : { reason }),
    ...(source === 'available' ? { source } : {}),
  });
  deps.log.info('refund_asked', { outTradeNo, outRefundNo, answer: answer.kind });
  switch (answer.kind) {
    case 'accepted':
      return accepted(deps, refund, answer.refundId, 'refund');
    case 'refused':
      return refused(deps, refund, answer, which);
    case 'unknown':
      return saidNothing(deps, refund, answer);
  }
}

/**
 * Records that a request starts, conditional on the refund as it was read. A refund that changed
 * meanwhile waits for its next run. Returns the refund with the record, or null.
 */
async function begin({ store, clock }: AskRefundDeps, refund: Refund): Promise<Refund | null> {
  const { refusal, ...rest } = refund;
  const { outRefundNo, version: expectedVersion, lastError } = refund;
  const again = {
    refusal: null,
    entry: { at: clock.now(), event: 'refund_asked_again', path: 'refund', evidence: lastError },
  } as const;
  const noted = await store.refunds.note({
    outRefundNo,
    expectedVersion,
    lastError,
    ...(refusal === undefined ? {} : again),
  });
  return noted ? { ...rest, version: expectedVersion + 1 } : null;
}

async function refused(deps: AskRefundDeps, refund: Refund, answer: Refused, which: Try): Promise<Asked> {
  const { outTradeNo, outRefundNo, amount } = refund;
  const { code, detail } = answer;
  const about = { outTradeNo, outRefundNo, amount, code, detail };
  switch (code) {
    case 'not_enough_funds': {
      const fix = 'top up the merchant account, or set refunds.source to the other kind of funds';
      deps.log.error('refund_needs_funds', { ...about, fix });
      const nextAskAt = later(deps.clock.now(), deps.refundSettings.fundsRetryMs);
      await noteRequested(deps, refund, { lastError: code, nextAskAt });
      return { kind: 'later' };
    }
    case 'not_authorised': {
      const fix =
        'grant the right to refund for this merchant number: to CloudBase in the cloud console, to an API in the merchant platform';
      deps.log.error('refund_not_authorised', { ...about, fix });
      await noteRequested(deps, refund, { lastError: code });
      return { kind: 'later' };
    }
    case 'other':
      deps.log.error('wechat_pay_refused', { ...about, call: 'refund' });
      await noteRequested(deps, refund, { lastError: code });
      return { kind: 'later' };
    case 'too_old':
    case 'amount_mismatch':
    case 'no_such_order':
    case 'payer_account':
    case 'bad_request':
      deps.log.warn('wechat_pay_refused', { ...about, call: 'refund' });
      return declinedNow(deps, refund, { ...answer, code }, which);
  }
}

/**
 * For this long after a refund was made, one without an answer is requested again soon; later it
 * keeps to the schedule.
 */
const SOON_FOR_MS = 86_400_000;

async function saidNothing(deps: AskRefundDeps, refund: Refund, answer: UnknownAnswer): Promise<Asked> {
  logUnknown(deps, refund, 'refund', answer);
  const now = deps.clock.now();
  // Without a token, soon is no better than later.
  const soon = answer.reason !== 'missing_api_token' && now - refund.createdAt < SOON_FOR_MS;
  await noteRequested(deps, refund, {
    lastError: answer.reason,
    ...(soon ? { nextAskAt: later(now, deps.refundSettings.askAfterMs[0]) } : {}),
  });
  return answer.reason === 'rate_limited' || answer.reason === 'missing_api_token'
    ? { kind: 'stop', because: answer.reason }
    : { kind: 'unknown' };
}
