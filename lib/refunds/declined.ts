import { refundAnswerMessage, refundDeclinedKey, refundDeclinedMessage } from '../rules/fact-messages';
import type { InboxKey, InboxMessage } from '../model/message';
import type { FinalRefusal, Refund, RefundNote, RefundRefusal } from '../model/refund';
import { FINAL_REFUSALS } from '../model/refund';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import type { RefundAnswer } from '../wechat/port';
import type { AskRefundDeps, Asked, Try } from './outcome';
import { accepted, noteRequested, recordFact } from './outcome';

/*
 * How a refund ends that WeChat Pay refuses for good. Nothing here requests the refund: it queries
 * how the refund stands, and closes it only once it is certain that no money goes back.
 */

/** A response that refuses a refund for good. */
export type Declined = Extract<RefundAnswer, { kind: 'refused' }> & { readonly code: FinalRefusal };

function isFinal(code: string | null): code is FinalRefusal {
  return FINAL_REFUSALS.some((final) => final === code);
}

/**
 * How long a request may be in flight after its record, in ms. WeChat does not document it. Ample
 * for a function (60 s at most), its wait for an answer, and a request that outlives that wait.
 */
export const TRY_LASTS_MS = 600_000;

/**
 * The fact that ends this refund, when a run broke off between recording and processing it. WeChat
 * Pay must not get the request again then: it might accept the refund now, and the fact would close
 * it.
 */
export async function declinedBefore(deps: AskRefundDeps, refund: Refund): Promise<InboxKey | null> {
  if (!isFinal(refund.lastError)) return null;
  const fact = await deps.store.inbox.find(refundDeclinedKey(refund));
  if (fact === null || fact.state === 'done') return null;
  await bringBack(deps, fact);
  return fact.key;
}

async function bringBack({ store, clock }: AskRefundDeps, fact: InboxMessage): Promise<void> {
  if (fact.state !== 'dead' || fact.reason === 'operator') return;
  await store.inbox.replay([fact.key], 'heard again', clock.now());
}

/** Notes a final refusal: the field that later requests are decided by, and its history line. */
function declinedNote(now: Instant, { code, detail }: Declined): Pick<RefundNote, 'refusal' | 'entry'> {
  return {
    refusal: { at: now, code, detail },
    entry: { at: now, event: 'refund_declined', path: 'refund', evidence: `${code}: ${detail}` },
  };
}

/**
 * Every request that started before a final refusal was recorded has ended `TRY_LASTS_MS` later,
 * and none started since: a refund that WeChat Pay does not know then, it never will. Null when its
 * answer does not say: then a new request tells more. A refusal dated in the future counts as made
 * now.
 */
export async function confirm(
  deps: AskRefundDeps,
  refund: Refund,
  refusal: RefundRefusal,
): Promise<Asked | null> {
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
export async function declinedNow(
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
  { code }: Declined,
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
