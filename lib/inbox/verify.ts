import type { OrderAnswer, RefundStatusAnswer } from '../wechat/port';
import type { PaymentDetails } from '../model/facts';
import { answerMessage, refundAnswerMessage } from '../rules/fact-messages';
import { hear } from './hear';
import type { Known } from './lookup';
import { rememberRefundSaid } from './refund-said';
import type { ClaimedMessage } from '../model/message';
import type { ProcessDeps } from './process-deps';
import type { Turn } from './turn';
import { ending, tryAgain, waitOn } from './turn';

/** What verifying a message needs to know beside it. */
interface Asking {
  readonly deps: ProcessDeps;
  readonly message: ClaimedMessage;
  readonly known: Known;
  readonly chance: number;
}

/** What came of asking about one message: its turn, and whether anything new is in the inbox; or no more questions are taken. */
export type Verified =
  | { readonly kind: 'turn'; readonly turn: Turn; readonly learned: boolean }
  | { readonly kind: 'stop'; readonly because: 'rate_limited' | 'missing_api_token' };

/**
 * Finds out about a claimed message that nobody vouches for: asks WeChat Pay about the order or refund it names. Where it
 * says paid, or how the refund stands, *its* answer enters the inbox as a fact of its own and the claim is done with; the
 * unverified text is never believed, whatever it says (G7). Rejects with a `StoreError` when that fact could not be recorded.
 *
 * Failure policy: fail closed. No answer, or one that proves nothing, is asked for again with backoff. Only what WeChat Pay says about
 * this very message spends an attempt; an age after which nothing is asked any more ends the others.
 */
export async function verifyOne(asking: Asking): Promise<Verified> {
  const { deps, message } = asking;
  if (deps.clock.now() - message.receivedAt >= deps.settings.unverifiedMs) {
    return turn(
      notConfirmed(asking, 'WeChat Pay did not confirm it in the time that unverified messages are kept'),
    );
  }
  const { content } = message;
  switch (content.kind) {
    case 'payment':
      return verifyPayment(asking, content.payment);
    case 'refund':
      return verifyRefund(asking);
    case 'closure':
    case 'unusable':
      return turn(unusable(asking));
  }
}

async function verifyPayment(asking: Asking, claimed: PaymentDetails): Promise<Verified> {
  const { deps, message, known } = asking;
  const subMchId = known.order?.subMchId ?? claimed.subMchId;
  if (!deps.settings.merchants.includes(subMchId)) {
    return turn(notConfirmed(asking, 'the merchant number is not ours'));
  }
  const answer = await deps.wechat.queryOrder({ subMchId, outTradeNo: claimed.outTradeNo });
  logAsked(asking, answer.kind);
  if (known.order !== null)
    await rememberRefundSaid(deps.store.orders, known.order, answer, deps.clock.now());
  if (answer.kind === 'paid') {
    await hear(deps, answerMessage(answer.payment, deps.clock.now()));
    return confirmed(message);
  }
  if (provesOtherwise(answer)) return turn(notConfirmed(asking, `WeChat Pay says: ${answer.kind}`));
  return againLater(asking, answer);
}

/**
 * Only a refund that is here can be asked about to any purpose: queryRefund does not say which order a number belongs to, and the text
 * that does is not to be believed. A refund from the merchant platform is therefore left to the statement.
 *
 * queryOrder is not asked: its `REFUND` is entered when WeChat Pay accepts a refund of the order, any refund, so it proves
 * neither which one nor that it went through, not even for an order with one full refund.
 *
 * When WeChat Pay answers without the status, which is all that cloud development is known to do, asking again brings the same:
 * the hint is kept, and the refund is followed by its schedule and the statement.
 */
async function verifyRefund(asking: Asking): Promise<Verified> {
  const { deps, message, known } = asking;
  const { refund } = known;
  if (refund === null) {
    return turn(notConfirmed(asking, 'no such refund here: the statement will show it'));
  }
  const { state } = refund.progress;
  if (state === 'succeeded' || state === 'closed') {
    return turn(ending(message, { kind: 'done', outcome: 'superseded' }));
  }
  const { subMchId, outRefundNo } = refund;
  const answer = await deps.wechat.queryRefund({ subMchId, outRefundNo });
  logAsked(asking, answer.kind);
  switch (answer.kind) {
    case 'refund':
      await hear(deps, refundAnswerMessage(refund, answer, deps.clock.now()));
      return confirmed(message);
    case 'no_such_refund':
      return turn(notConfirmed(asking, 'WeChat Pay says: no such refund'));
    case 'refused':
      return againLater(asking, answer);
    case 'unknown':
      return answer.reason === 'unreadable'
        ? turn(ending(message, { kind: 'done', outcome: 'noted' }))
        : againLater(asking, answer);
  }
}

function unusable({ message }: Asking): Turn {
  const error = 'only payments and refunds can be verified';
  return ending(message, { kind: 'dead', reason: 'unusable_notification', error });
}

function notConfirmed({ message }: Asking, error: string): Turn {
  return ending(message, { kind: 'dead', reason: 'not_confirmed_by_query', error });
}

function turn(of: Turn): Verified {
  return { kind: 'turn', turn: of, learned: false };
}

function confirmed(message: ClaimedMessage): Verified {
  const end = ending(message, { kind: 'done', outcome: 'confirmed_by_query' });
  return { kind: 'turn', turn: end, learned: true };
}

function againLater({ deps, message, chance }: Asking, answer: OrderAnswer | RefundStatusAnswer): Verified {
  const now = deps.clock.now();
  const text = `WeChat Pay says: ${sayOf(answer)}`;
  if (
    answer.kind === 'unknown' &&
    (answer.reason === 'rate_limited' || answer.reason === 'missing_api_token')
  ) {
    return { kind: 'stop', because: answer.reason };
  }
  const saidNothing = answer.kind === 'unknown' || answer.kind === 'refused';
  return turn((saidNothing ? waitOn : tryAgain)(deps.settings, message, now, chance, text));
}

function logAsked({ deps, message }: Asking, answer: string): void {
  const { outTradeNo, key } = message;
  deps.log.info('verification_asked', { outTradeNo, key, answer });
}

/** Unpaid, failed or unknown to WeChat Pay is not yet a contradiction: the query may be a moment behind the payment. */
function provesOtherwise(answer: OrderAnswer): boolean {
  return answer.kind === 'closed';
}

function sayOf(answer: OrderAnswer | RefundStatusAnswer): string {
  if (answer.kind === 'unknown') return `nothing (${answer.reason})`;
  if (answer.kind === 'refused') return `refused (${answer.code})`;
  return answer.kind;
}
