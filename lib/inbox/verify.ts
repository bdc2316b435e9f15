import type { Order } from '../orders/order';
import { mapConcurrently } from '../runtime/concurrency';
import type { OutTradeNo } from '../values/ids';
import type { OrderAnswer, PaymentDetails } from '../wechat/port';
import type { ClaimedMessage } from './message';
import { answerMessage } from './learn';
import type { ProcessDeps } from './process-deps';
import type { Turn } from './turn';
import { ending, tryAgain } from './turn';

/**
 * Finds out about claimed messages that nobody vouches for: asks WeChat Pay about the order each names. Where it
 * says paid, *its* answer enters the inbox as a fact of its own and the claim is done with; the unverified text is never believed,
 * whatever it says. Answers the turns, and whether anything new is in the inbox.
 *
 * Failure policy: fail closed. No answer, or one that proves nothing, is asked for again with backoff.
 */
export async function verify(
  deps: ProcessDeps,
  messages: readonly ClaimedMessage[],
  orders: ReadonlyMap<OutTradeNo, Order>,
  chance: number,
): Promise<{ readonly turns: readonly Turn[]; readonly learned: boolean }> {
  const turns = await mapConcurrently(messages, deps.settings.queryConcurrency, (message) =>
    verifyOne(deps, message, orders, chance),
  );
  const learned = turns.some(
    ({ settlement: { finish } }) => finish.kind === 'done' && finish.outcome === 'confirmed_by_query',
  );
  return { turns, learned };
}

async function verifyOne(
  deps: ProcessDeps,
  message: ClaimedMessage,
  orders: ReadonlyMap<OutTradeNo, Order>,
  chance: number,
): Promise<Turn> {
  if (message.content.kind !== 'payment') {
    return ending(message, {
      kind: 'dead',
      reason: 'unusable_notification',
      error: 'only payments can be verified',
    });
  }
  const claimed: PaymentDetails = message.content.payment;
  const subMchId = orders.get(claimed.outTradeNo)?.subMchId ?? claimed.subMchId;
  if (!deps.settings.merchants.includes(subMchId)) {
    return ending(message, {
      kind: 'dead',
      reason: 'not_confirmed_by_query',
      error: 'the merchant number is not ours',
    });
  }
  const answer = await deps.wechat.queryOrder({ subMchId, outTradeNo: claimed.outTradeNo });
  deps.log.info('verification_asked', {
    outTradeNo: claimed.outTradeNo,
    key: message.key,
    answer: answer.kind,
  });
  if (answer.kind === 'paid') {
    await deps.store.inbox.record(answerMessage(answer.payment, deps.clock.now()));
    return ending(message, { kind: 'done', outcome: 'confirmed_by_query' });
  }
  if (provesOtherwise(answer)) {
    const error = `WeChat Pay says: ${answer.kind}`;
    return ending(message, { kind: 'dead', reason: 'not_confirmed_by_query', error });
  }
  return tryAgain(deps.settings, message, deps.clock.now(), chance, `WeChat Pay says: ${sayOf(answer)}`);
}

/** Unpaid or unknown to WeChat Pay is not yet a contradiction: the query may be a moment behind the payment. */
function provesOtherwise(answer: OrderAnswer): boolean {
  return answer.kind === 'closed' || answer.kind === 'failed';
}

function sayOf(answer: OrderAnswer): string {
  if (answer.kind === 'unknown') return `nothing (${answer.reason})`;
  if (answer.kind === 'refused') return `refused (${answer.code})`;
  return answer.kind;
}
