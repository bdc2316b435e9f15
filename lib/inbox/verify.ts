import { mapConcurrently } from '../runtime/concurrency';
import type { OrderAnswer, RefundStatusAnswer } from '../wechat/port';
import type { PaymentDetails } from '../model/facts';
import { answerMessage, refundAnswerMessage } from '../rules/fact-messages';
import type { Known } from './lookup';
import type { ClaimedMessage } from '../model/message';
import type { ProcessDeps } from './process-deps';
import type { Turn } from './turn';
import { ending, tryAgain } from './turn';

/** What verifying a message needs to know beside it. */
interface Asking {
  readonly deps: ProcessDeps;
  readonly message: ClaimedMessage;
  readonly known: Known;
  readonly chance: number;
}

/**
 * Finds out about claimed messages that nobody vouches for: asks WeChat Pay about the order or refund each names. Where it
 * says paid, or how the refund stands, *its* answer enters the inbox as a fact of its own and the claim is done with; the
 * unverified text is never believed, whatever it says (G7). Answers the turns, and whether anything new is in the inbox.
 *
 * Failure policy: fail closed. No answer, or one that proves nothing, is asked for again with backoff.
 */
export async function verify(
  deps: ProcessDeps,
  messages: readonly ClaimedMessage[],
  knownOf: (message: ClaimedMessage) => Known,
  chance: number,
): Promise<{ readonly turns: readonly Turn[]; readonly learned: boolean }> {
  const turns = await mapConcurrently(messages, deps.settings.queryConcurrency, (message) =>
    verifyOne({ deps, message, known: knownOf(message), chance }),
  );
  const learned = turns.some(
    ({ settlement: { finish } }) => finish.kind === 'done' && finish.outcome === 'confirmed_by_query',
  );
  return { turns, learned };
}

async function verifyOne(asking: Asking): Promise<Turn> {
  const { content } = asking.message;
  switch (content.kind) {
    case 'payment':
      return verifyPayment(asking, content.payment);
    case 'refund':
      return verifyRefund(asking);
    case 'closure':
    case 'unusable':
      return unusable(asking);
  }
}

async function verifyPayment(asking: Asking, claimed: PaymentDetails): Promise<Turn> {
  const { deps, message, known } = asking;
  const subMchId = known.order?.subMchId ?? claimed.subMchId;
  if (!deps.settings.merchants.includes(subMchId)) {
    return notConfirmed(asking, 'the merchant number is not ours');
  }
  const answer = await deps.wechat.queryOrder({ subMchId, outTradeNo: claimed.outTradeNo });
  logAsked(asking, answer.kind);
  if (answer.kind === 'paid') {
    await deps.store.inbox.record(answerMessage(answer.payment, deps.clock.now()));
    return ending(message, { kind: 'done', outcome: 'confirmed_by_query' });
  }
  if (provesOtherwise(answer)) return notConfirmed(asking, `WeChat Pay says: ${answer.kind}`);
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
async function verifyRefund(asking: Asking): Promise<Turn> {
  const { deps, message, known } = asking;
  const { refund } = known;
  if (refund === null) return notConfirmed(asking, 'no such refund here: the statement will tell of it');
  const { state } = refund.progress;
  if (state === 'succeeded' || state === 'closed') {
    return ending(message, { kind: 'done', outcome: 'superseded' });
  }
  const { subMchId, outRefundNo } = refund;
  const answer = await deps.wechat.queryRefund({ subMchId, outRefundNo });
  logAsked(asking, answer.kind);
  switch (answer.kind) {
    case 'refund':
      await deps.store.inbox.record(refundAnswerMessage(refund, answer, deps.clock.now()));
      return ending(message, { kind: 'done', outcome: 'confirmed_by_query' });
    case 'no_such_refund':
      return notConfirmed(asking, 'WeChat Pay says: no such refund');
    case 'refused':
      return againLater(asking, answer);
    case 'unknown':
      return answer.reason === 'unreadable'
        ? ending(message, { kind: 'done', outcome: 'noted' })
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

function againLater({ deps, message, chance }: Asking, answer: OrderAnswer | RefundStatusAnswer): Turn {
  return tryAgain(deps.settings, message, deps.clock.now(), chance, `WeChat Pay says: ${sayOf(answer)}`);
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
