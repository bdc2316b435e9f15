import { refundAnswerMessage, refundDeclinedKey, refundDeclinedMessage } from '../inbox/learn';
import type { InboxKey, InboxMessage, NewMessage } from '../inbox/message';
import { processInbox } from '../inbox/process';
import type { ProcessDeps } from '../inbox/process-deps';
import type { Budget } from '../runtime/budget';
import { later } from '../values/instant';
import type { RefundAnswer, UnknownAnswer, WeChatPay } from '../wechat/port';
import type { Refund, RefundNote } from './refund';
import type { RefundSettings } from './settings';

/** What asking WeChat Pay for refunds needs: all that working off the inbox needs, because what ends a refund goes through the inbox. */
export interface AskRefundDeps extends ProcessDeps {
  readonly wechat: Pick<WeChatPay, 'refund' | 'queryRefund' | 'queryOrder'>;
  readonly refundSettings: RefundSettings;
}

/**
 * What came of asking: WeChat Pay took it, said something that ends it (`key` names the fact in the inbox, still to be worked off), or
 * nothing final; `stop` when no other question will be answered either.
 */
export type Asked =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'recorded'; readonly key: InboxKey }
  | { readonly kind: 'later' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'stop'; readonly because: 'rate_limited' | 'missing_api_token' };

type Refused = Extract<RefundAnswer, { kind: 'refused' }>;

/**
 * Asks WeChat Pay for a refund that is `requested` here, with its own number, as often as it takes: WeChat Pay does one number once.
 *
 *   accepted                             processing
 *   unknown                              stays requested, asked again soon with the same number
 *   not_enough_funds                     stays requested, asked again after `fundsRetryMs`; an alarm says what to do
 *   not_authorised, other                stays requested, asked again in its turn; an alarm
 *   too_old, amount_mismatch, no_such_order, payer_account, bad_request
 *                                        final: the fact `closed` enters the inbox, and settling it gives the money back to the order
 *
 * A final refusal is not proof enough: an earlier try, or one at the same moment, may have been accepted, and an order that was
 * refunded in full declines that very refund when it is asked for again. So it ends the refund only once WeChat Pay also says that it
 * knows no such refund, and nobody has noted anything on it since it was asked for.
 *
 * Failure policy: fail closed. While it is not certain that no money goes, the money stays reserved.
 *
 * Rejects with a `StoreError` when what was learned could not be written; asking again is safe.
 */
export async function askForRefund(deps: AskRefundDeps, refund: Refund): Promise<Asked> {
  const { outTradeNo, outRefundNo, subMchId, total, amount, reason } = refund;
  const declined = await declinedBefore(deps, refund);
  if (declined !== null) return { kind: 'recorded', key: declined };
  const { source } = deps.refundSettings;
  const answer = await deps.wechat.refund({
    subMchId,
    outTradeNo,
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
      return refused(deps, refund, answer);
    case 'unknown':
      return saidNothing(deps, refund, answer);
  }
}

/** A refund that heard nothing is asked for again soon for so long after it was made; later on it keeps to the schedule. */
const SOON_FOR_MS = 86_400_000;

/**
 * Puts one fact into the inbox. A fact that was buried and is heard again is worked off once more, because the cause may be mended; never
 * one that an operator buried: their word stands.
 */
export async function recordFact(deps: AskRefundDeps, message: NewMessage): Promise<InboxKey> {
  if ((await deps.store.inbox.record(message)) === 'repeat') {
    const known = await deps.store.inbox.find(message.key);
    if (known !== null) await bringBack(deps, known);
  }
  return message.key;
}

async function bringBack({ store, clock }: AskRefundDeps, fact: InboxMessage): Promise<void> {
  if (fact.state !== 'dead' || fact.reason === 'operator') return;
  await store.inbox.replay([fact.key], 'heard again', clock.now());
}

/** Works off facts that were put into the inbox. What cannot be finished now is left to the inbox's own worker. */
export async function applyFacts(
  deps: AskRefundDeps,
  budget: Budget,
  keys: readonly InboxKey[],
): Promise<void> {
  if (keys.length > 0) await processInbox(deps, budget, keys);
}

/** Logs that WeChat Pay said nothing to conclude from. */
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

async function refused(deps: AskRefundDeps, refund: Refund, answer: Refused): Promise<Asked> {
  const { outTradeNo, outRefundNo, amount } = refund;
  const { code, detail } = answer;
  const about = { outTradeNo, outRefundNo, amount, code, detail };
  switch (code) {
    case 'not_enough_funds': {
      const mend = 'top up the merchant account, or set refunds.source to the other kind of funds';
      deps.log.error('refund_needs_funds', { ...about, mend });
      const nextAskAt = later(deps.clock.now(), deps.refundSettings.fundsRetryMs);
      await noteRequested(deps, refund, { lastError: code, nextAskAt });
      return { kind: 'later' };
    }
    case 'not_authorised': {
      const mend = 'grant cloud development the right to refund for this merchant number, in its console';
      deps.log.error('refund_not_authorised', { ...about, mend });
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
      return declinedNow(deps, refund, answer);
  }
}

/** Refusals that end a refund. */
type FinalCode = 'too_old' | 'amount_mismatch' | 'no_such_order' | 'payer_account' | 'bad_request';

const FINAL_CODES: ReadonlySet<string | null> = new Set<FinalCode>([
  'too_old',
  'amount_mismatch',
  'no_such_order',
  'payer_account',
  'bad_request',
]);

/**
 * The fact that ends this refund, when a run broke off between recording it and working it off. Then WeChat Pay must not be asked again:
 * it might take the refund by now, and the fact would close it.
 */
async function declinedBefore(deps: AskRefundDeps, refund: Refund): Promise<InboxKey | null> {
  if (!FINAL_CODES.has(refund.lastError)) return null;
  const fact = await deps.store.inbox.find(refundDeclinedKey(refund));
  if (fact === null || fact.state === 'done') return null;
  await bringBack(deps, fact);
  return fact.key;
}

async function declinedNow(deps: AskRefundDeps, refund: Refund, answer: Refused): Promise<Asked> {
  const { outTradeNo, outRefundNo, subMchId } = refund;
  const standing = await deps.wechat.queryRefund({ subMchId, outRefundNo });
  switch (standing.kind) {
    case 'no_such_refund':
      return close(deps, refund, answer);
    case 'refund': {
      if (standing.state === 'processing') return accepted(deps, refund, standing.refundId, 'query');
      const message = refundAnswerMessage(refund, standing, deps.clock.now());
      return { kind: 'recorded', key: await recordFact(deps, message) };
    }
    case 'refused':
    case 'unknown': {
      const mend =
        'it may have been accepted before: look for it in the merchant platform; the callback or the statement tells if it was';
      deps.log.error('refund_unclear', { outTradeNo, outRefundNo, code: answer.code, mend });
      await noteRequested(deps, refund, { lastError: answer.code });
      return { kind: 'later' };
    }
  }
}

/** The reason is noted before the fact that ends it, whose decision reads it there. A refund that somebody else noted on is left for its next turn. */
async function close(deps: AskRefundDeps, refund: Refund, answer: Refused): Promise<Asked> {
  const { outRefundNo, version: expectedVersion } = refund;
  const noted = await deps.store.refunds.note({ outRefundNo, expectedVersion, lastError: answer.code });
  if (!noted) return { kind: 'later' };
  const message = refundDeclinedMessage(refund, answer, deps.clock.now());
  return { kind: 'recorded', key: await recordFact(deps, message) };
}

/** A note goes onto the refund as it is by now, unless that has moved on: then somebody knows better. */
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
