import { refundAnswerMessage, refundDeclinedKey, refundDeclinedMessage } from '../rules/fact-messages';
import type { InboxKey, InboxMessage, NewMessage } from '../model/message';
import { hear } from '../inbox/hear';
import { processInbox } from '../inbox/process';
import type { ProcessDeps } from '../inbox/process-deps';
import type { Budget } from '../runtime/budget';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import type { RefundAnswer, UnknownAnswer, WeChatPay } from '../wechat/port';
import type { Store } from '../store/port';
import type { FinalRefusal, Refund, RefundNote, RefundRefusal } from '../model/refund';
import { FINAL_REFUSALS } from '../model/refund';
import type { RefundSettings } from './settings';

/**
 * What requesting refunds needs: everything that processing the inbox needs, because the final
 * facts go through the inbox.
 */
export interface AskRefundDeps extends ProcessDeps {
  readonly store: Pick<Store, 'inbox' | 'orders' | 'refunds' | 'paces' | 'refundCounts'>;
  readonly wechat: Pick<WeChatPay, 'refund' | 'queryRefund' | 'queryOrder'>;
  readonly refundSettings: RefundSettings;
}

/**
 * The result of a call: WeChat Pay accepted, its answer is final (`key` names the fact in the
 * inbox, not processed yet), or nothing is final; `stop` when further calls would get no answer
 * either.
 */
export type Asked =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'recorded'; readonly key: InboxKey }
  | { readonly kind: 'later' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'stop'; readonly because: 'rate_limited' | 'missing_api_token' };

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
 * For this long after a refund was made, one without an answer is requested again soon; later it
 * keeps to the schedule.
 */
const SOON_FOR_MS = 86_400_000;

/**
 * Records one fact. A fact whose message is dead is processed once more, because the cause may be
 * fixed, unless an operator dismissed it.
 */
export async function recordFact(deps: AskRefundDeps, message: NewMessage): Promise<InboxKey> {
  return (await hear(deps, message)).key;
}

async function bringBack({ store, clock }: AskRefundDeps, fact: InboxMessage): Promise<void> {
  if (fact.state !== 'dead' || fact.reason === 'operator') return;
  await store.inbox.replay([fact.key], 'heard again', clock.now());
}

/** Processes facts that were recorded. The inbox worker finishes what does not complete now. */
export async function applyFacts(
  deps: AskRefundDeps,
  budget: Budget,
  keys: readonly InboxKey[],
): Promise<void> {
  if (keys.length > 0) await processInbox(deps, budget, keys);
}

/** Logs that WeChat Pay's answer decides nothing. */
export function logUnknown(
  { log }: Pick<AskRefundDeps, 'log'>,
  { outTradeNo, outRefundNo }: Refund,
  call: 'refund' | 'queryRefund',
  { reason, detail }: UnknownAnswer,
): void {
  log.warn('wechat_pay_unknown', { outTradeNo, outRefundNo, call, reason, detail });
}

async function accepted(
  deps: AskRefundDeps,
  refund: Refund,
  refundId: string | null,
  path: 'refund' | 'query',
): Promise<Asked> {
  const { outTradeNo, outRefundNo } = refund;
  const now = deps.clock.now();
  deps.log.info('refund_accepted', { outTradeNo, outRefundNo, refundId });
  await noteRequested(deps, refund, {
    progress: { state: 'processing', refundId, acceptedAt: now },
    nextAskAt: later(now, deps.refundSettings.askAfterMs[0]),
    lastError: null,
    entry: { at: now, event: 'refund_accepted', path, evidence: refundId },
  });
  return { kind: 'accepted' };
}

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
      const fix = 'grant CloudBase the right to refund for this merchant number, in the cloud console';
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

/** `first`: by the call that just created the refund. `again`: any other. */
export type Try = 'first' | 'again';

/** A response that refuses a refund for good. */
type Declined = Refused & { readonly code: FinalRefusal };

function isFinal(code: string | null): code is FinalRefusal {
  return FINAL_REFUSALS.some((final) => final === code);
}

/**
 * The fact that ends this refund, when a run broke off between recording and processing it. WeChat
 * Pay must not get the request again then: it might accept the refund now, and the fact would close
 * it.
 */
async function declinedBefore(deps: AskRefundDeps, refund: Refund): Promise<InboxKey | null> {
  if (!isFinal(refund.lastError)) return null;
  const fact = await deps.store.inbox.find(refundDeclinedKey(refund));
  if (fact === null || fact.state === 'done') return null;
  await bringBack(deps, fact);
  return fact.key;
}

/**
 * How long a request may be in flight after its record, in ms. WeChat does not document it. Ample
 * for a function (60 s at most), its wait for an answer, and a request that outlives that wait.
 */
export const TRY_LASTS_MS = 600_000;

/** Notes a final refusal: the field that later requests are decided by, and its history line. */
function declinedNote(now: Instant, { code, detail }: Declined): Pick<RefundNote, 'refusal' | 'entry'> {
  return {
    refusal: { at: now, code, detail },
    entry: { at: now, event: 'refund_declined', path: 'refund', evidence: `${code}: ${detail}` },
  };
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

/**
 * Every request that started before a final refusal was recorded has ended `TRY_LASTS_MS` later,
 * and none started since: a refund that WeChat Pay does not know then, it never will. Null when its
 * answer does not say: then a new request tells more. A refusal dated in the future counts as made
 * now.
 */
async function confirm(deps: AskRefundDeps, refund: Refund, refusal: RefundRefusal): Promise<Asked | null> {
  const { at, code, detail } = refusal;
  const answer: Declined = { kind: 'refused', code, detail };
  const now = deps.clock.now();
  if (at > now) {
    // A clock that was ahead wrote it. The refusal was earlier than now, and waiting for that
    // clock's time could take days.
    const nextAskAt = later(now, TRY_LASTS_MS);
    await noteRequested(deps, refund, { nextAskAt, ...declinedNote(now, answer) });
    return { kind: 'later' };
  }
  const ended = later(at, TRY_LASTS_MS);
  if (now < ended) {
    if (refund.nextAskAt !== ended) await noteRequested(deps, refund, { nextAskAt: ended });
    return { kind: 'later' };
  }
  const standing = await askHowItStands(deps, refund, answer);
  switch (standing) {
    case 'no_such_refund':
      return close(deps, refund, answer);
    case 'unclear':
      return null;
    default:
      return standing;
  }
}

/**
 * WeChat Pay has refused finally. That closes the refund at once when this first request was the
 * only one: the refund still has the version it was created with. Otherwise another request may be
 * in flight, and the refusal waits to be confirmed.
 */
async function declinedNow(
  deps: AskRefundDeps,
  refund: Refund,
  answer: Declined,
  which: Try,
): Promise<Asked> {
  const standing = await askHowItStands(deps, refund, answer);
  switch (standing) {
    case 'no_such_refund': {
      if (which === 'first') return close(deps, refund, answer);
      const now = deps.clock.now();
      const nextAskAt = later(now, TRY_LASTS_MS);
      await noteRequested(deps, refund, {
        lastError: answer.code,
        nextAskAt,
        ...declinedNote(now, answer),
      });
      return { kind: 'later' };
    }
    case 'unclear':
      await noteRequested(deps, refund, { lastError: answer.code });
      return { kind: 'later' };
    default:
      return standing;
  }
}

/** Queries the state of a refund that WeChat Pay refused. */
async function askHowItStands(
  deps: AskRefundDeps,
  refund: Refund,
  { code }: Refused,
): Promise<Asked | 'no_such_refund' | 'unclear'> {
  const { outTradeNo, outRefundNo, subMchId } = refund;
  const standing = await deps.wechat.queryRefund({ subMchId, outRefundNo });
  switch (standing.kind) {
    case 'no_such_refund':
      return 'no_such_refund';
    case 'refund': {
      if (standing.state === 'processing') return accepted(deps, refund, standing.refundId, 'query');
      const message = refundAnswerMessage(refund, standing, deps.clock.now());
      return { kind: 'recorded', key: await recordFact(deps, message) };
    }
    case 'refused':
    case 'unknown': {
      const fix =
        'it may have been accepted before: look for it in the merchant platform; the callback or the bill shows whether it was';
      deps.log.error('refund_unclear', { outTradeNo, outRefundNo, code, fix });
      return 'unclear';
    }
  }
}

/**
 * Notes the reason before recording the fact that ends the refund: the fact's decision reads it,
 * and it keeps other requests from starting in between. A refund that changed meanwhile waits for
 * its next run.
 */
async function close(deps: AskRefundDeps, refund: Refund, answer: Declined): Promise<Asked> {
  const { outRefundNo, version: expectedVersion } = refund;
  const noted = await deps.store.refunds.note({
    outRefundNo,
    expectedVersion,
    lastError: answer.code,
    ...declinedNote(deps.clock.now(), answer),
  });
  if (!noted) return { kind: 'later' };
  const message = refundDeclinedMessage(refund, answer, deps.clock.now());
  return { kind: 'recorded', key: await recordFact(deps, message) };
}

/**
 * How often a note is retried on a refund that changed meanwhile. One that moved on does not need
 * it.
 */
const NOTE_TRIES = 3;

async function noteRequested(
  deps: AskRefundDeps,
  refund: Refund,
  note: Omit<RefundNote, 'outRefundNo' | 'expectedVersion'>,
): Promise<void> {
  const { outRefundNo } = refund;
  let current: Refund | undefined = refund;
  for (let tries = 1; current?.progress.state === 'requested'; tries += 1) {
    const { version: expectedVersion } = current;
    if (await deps.store.refunds.note({ outRefundNo, expectedVersion, ...note })) return;
    if (tries === NOTE_TRIES) return;
    [current] = await deps.store.refunds.find([outRefundNo]);
  }
}
