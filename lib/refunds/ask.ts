import { refundAnswerMessage, refundDeclinedKey, refundDeclinedMessage } from '../rules/fact-messages';
import type { HistoryEntry, InboxKey, InboxMessage, NewMessage } from '../model/message';
import { hear } from '../inbox/hear';
import { processInbox } from '../inbox/process';
import type { ProcessDeps } from '../inbox/process-deps';
import type { Budget } from '../runtime/budget';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import type { RefundAnswer, UnknownAnswer, WeChatPay } from '../wechat/port';
import type { Store } from '../store/port';
import type { Refund, RefundNote } from '../model/refund';
import type { RefundSettings } from './settings';

/** What asking WeChat Pay for refunds needs: all that working off the inbox needs, because what ends a refund goes through the inbox. */
export interface AskRefundDeps extends ProcessDeps {
  readonly store: Pick<Store, 'inbox' | 'orders' | 'refunds' | 'paces' | 'refundCounts'>;
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
 *                                        final: once it is certain, the fact `declined` enters the inbox, and settling it gives the
 *                                        money back to the order
 *
 * A final refusal is not proof enough: an earlier try, or one at the same moment, may have been accepted or may still arrive, and an
 * order that was refunded in full declines that very refund when it is asked for again. So it ends the refund only once WeChat Pay
 * also says that it knows no such refund, and every try there ever was has ended (`declinedNow`). `which` says whether this is the one
 * of the call that made the refund; every other try is written down before it is made, so that whoever closes the refund knows of it.
 *
 * Failure policy: fail closed. While it is not certain that no money goes, the money stays reserved.
 *
 * Rejects with a `StoreError` when what was learned could not be written; asking again is safe.
 */
export async function askForRefund(deps: AskRefundDeps, refund: Refund, which: Try): Promise<Asked> {
  if (which === 'first') return put(deps, refund, which);
  const fact = await declinedBefore(deps, refund);
  if (fact !== null) return { kind: 'recorded', key: fact };
  const standing = refusalOf(refund);
  if (standing !== null) {
    const confirmed = await confirm(deps, refund, standing);
    if (confirmed !== null) return confirmed;
  }
  const begun = await begin(deps, refund, standing);
  return begun === null ? { kind: 'later' } : put(deps, begun, which);
}

/** Puts the question to WeChat Pay. */
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

/** A refund that heard nothing is asked for again soon for so long after it was made; later on it keeps to the schedule. */
const SOON_FOR_MS = 86_400_000;

/**
 * Puts one fact into the inbox. A fact that was buried and is heard again is worked off once more, because the cause may be fixed; never
 * one that an operator buried: their word stands.
 */
export async function recordFact(deps: AskRefundDeps, message: NewMessage): Promise<InboxKey> {
  return (await hear(deps, message)).key;
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
      const fix = 'grant cloud development the right to refund for this merchant number, in its console';
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
      return declinedNow(deps, refund, answer, which);
  }
}

/** `first`: by the call that has just made the refund · `again`: by anybody else, or later. */
export type Try = 'first' | 'again';

/** Refusals that end a refund. */
type FinalCode = 'too_old' | 'amount_mismatch' | 'no_such_order' | 'payer_account' | 'bad_request';

const FINAL_CODES: readonly FinalCode[] = [
  'too_old',
  'amount_mismatch',
  'no_such_order',
  'payer_account',
  'bad_request',
];

function isFinal(code: string | null | undefined): code is FinalCode {
  return FINAL_CODES.some((final) => final === code);
}

/**
 * The fact that ends this refund, when a run broke off between recording it and working it off. Then WeChat Pay must not be asked again:
 * it might take the refund by now, and the fact would close it.
 */
async function declinedBefore(deps: AskRefundDeps, refund: Refund): Promise<InboxKey | null> {
  if (!isFinal(refund.lastError)) return null;
  const fact = await deps.store.inbox.find(refundDeclinedKey(refund));
  if (fact === null || fact.state === 'done') return null;
  await bringBack(deps, fact);
  return fact.key;
}

/**
 * A try may be under way for so long, counted from when it was written down: the longest that a function runs, the time its request
 * waits for an answer, and as much again on the way to WeChat Pay after nobody waits for it any more. No page says how long the last
 * may be; functions run for 60 s at most.
 */
export const TRY_LASTS_MS = 600_000;

/** A final refusal that waits for every other try to have ended. */
interface Refusal {
  readonly at: Instant;
  readonly answer: Refused;
}

const DECLINED = 'refund_declined';
const ASKED_AGAIN = 'refund_asked_again';

/** The final refusal that a refund was last left with, or null. From then on nobody begins a try, until WeChat Pay was asked about it. */
function refusalOf({ history }: Refund): Refusal | null {
  const last = history.filter(({ event }) => event === DECLINED || event === ASKED_AGAIN).at(-1);
  if (last?.event !== DECLINED || last.evidence === null) return null;
  const [, code, detail = ''] = /^([a-z_]+): (.*)$/s.exec(last.evidence) ?? [];
  return isFinal(code) ? { at: last.at, answer: { kind: 'refused', code, detail } } : null;
}

function declinedEntry(deps: AskRefundDeps, { code, detail }: Refused): HistoryEntry {
  return { at: deps.clock.now(), event: DECLINED, path: 'refund', evidence: `${code}: ${detail}` };
}

/**
 * Writes down that a try begins, on the very refund that was read: a refund that somebody has noted on since is left for its next turn.
 * Answers the refund as it is then, or null.
 */
async function begin(
  { store, clock }: AskRefundDeps,
  refund: Refund,
  after: Refusal | null,
): Promise<Refund | null> {
  const { outRefundNo, version: expectedVersion, lastError } = refund;
  const entry: HistoryEntry = { at: clock.now(), event: ASKED_AGAIN, path: 'refund', evidence: lastError };
  const noted = await store.refunds.note({
    outRefundNo,
    expectedVersion,
    lastError,
    ...(after === null ? {} : { entry }),
  });
  return noted ? { ...refund, version: expectedVersion + 1 } : null;
}

/**
 * Every try that began before a final refusal was noted has ended `TRY_LASTS_MS` later, and none began since: what WeChat Pay does not
 * know then, it will never know. Null when it does not say: then asking again tells more. A refusal whose time lies in the future is
 * taken as one of now.
 */
async function confirm(deps: AskRefundDeps, refund: Refund, { at, answer }: Refusal): Promise<Asked | null> {
  const now = deps.clock.now();
  if (at > now) {
    // A clock that was ahead wrote it. Its refusal was before now, and waiting for that clock's time could take days.
    const entry = declinedEntry(deps, answer);
    await noteRequested(deps, refund, { nextAskAt: later(entry.at, TRY_LASTS_MS), entry });
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
 * WeChat Pay has refused for good. It closes the refund at once when there was no try but this one, the first: the refund still has the
 * version it was made with. Otherwise another try may still be under way, and the refusal waits to be confirmed.
 */
async function declinedNow(deps: AskRefundDeps, refund: Refund, answer: Refused, which: Try): Promise<Asked> {
  const standing = await askHowItStands(deps, refund, answer);
  switch (standing) {
    case 'no_such_refund': {
      if (which === 'first') return close(deps, refund, answer);
      const entry = declinedEntry(deps, answer);
      const nextAskAt = later(entry.at, TRY_LASTS_MS);
      await noteRequested(deps, refund, { lastError: answer.code, nextAskAt, entry });
      return { kind: 'later' };
    }
    case 'unclear':
      await noteRequested(deps, refund, { lastError: answer.code });
      return { kind: 'later' };
    default:
      return standing;
  }
}

/** Asks WeChat Pay how a refund stands that it has refused. */
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
        'it may have been accepted before: look for it in the merchant platform; the callback or the statement tells if it was';
      deps.log.error('refund_unclear', { outTradeNo, outRefundNo, code, fix });
      return 'unclear';
    }
  }
}

/**
 * The reason is noted before the fact that ends it, whose decision reads it there, and so that nobody begins a try in between. A refund
 * that somebody else noted on is left for its next turn.
 */
async function close(deps: AskRefundDeps, refund: Refund, answer: Refused): Promise<Asked> {
  const { outRefundNo, version: expectedVersion } = refund;
  const entry = declinedEntry(deps, answer);
  const noted = await deps.store.refunds.note({
    outRefundNo,
    expectedVersion,
    lastError: answer.code,
    entry,
  });
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
