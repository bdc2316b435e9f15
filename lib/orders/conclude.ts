import { answerMessage, closureMessage } from '../rules/fact-messages';
import type { NewMessage } from '../model/message';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import type { CloseAnswer, OrderAnswer, UnknownAnswer } from '../wechat/port';
import type { Order } from '../model/order';

/** The fields of an order that decide what an answer means. */
type AskedOrder = Pick<Order, 'outTradeNo' | 'subMchId' | 'createdAt' | 'expiresAt'>;

/**
 * When to query again. `scheduled`: at the order's next scheduled time. `soon`: after the
 * schedule's shortest gap. `in_moments`: within seconds.
 */
export type AskAgain = 'scheduled' | 'soon' | 'in_moments';

/**
 * What an answer of WeChat Pay means for an order that is pending here.
 *
 * `record`: a fact for the inbox, whose worker decides what it changes. `ask_again`: nothing may be
 * concluded yet; `unknown` when WeChat Pay did not answer. `stop`: further queries would get no
 * answer either.
 */
export type Conclusion =
  | { readonly kind: 'record'; readonly as: 'paid' | 'closed' | 'failed'; readonly message: NewMessage }
  | { readonly kind: 'ask_again'; readonly as: 'later' | 'unknown'; readonly when: AskAgain }
  | { readonly kind: 'stop'; readonly because: 'rate_limited' | 'missing_api_token' };

/**
 * `close`: the order should no longer be paid, so WeChat Pay is asked to close it. Only the answer
 * to that may end the order, `as` closed, or as failed when WeChat Pay said before that the last
 * payment attempt failed.
 */
export type AnswerConclusion = Conclusion | { readonly kind: 'close'; readonly as: 'closed' | 'failed' };

/**
 * How long after an order's payment deadline its state at WeChat Pay is final. A prepay order has
 * the same deadline and none is created in the last minute (`createOrder`), so no earlier request
 * can still arrive. An hour leaves room for differing clocks, hanging requests, and replication
 * inside WeChat Pay.
 */
const SETTLED_AFTER_MS = 3_600_000;

/**
 * How long after its creation an order may be queried outside the schedule, in ms. Anything odd for
 * longer is left to the schedule.
 */
const OUT_OF_TURN_MS = 86_400_000;

/**
 * What an answer to `queryOrder` means. Pure.
 *
 *                                  payable        deadline passed       an hour later
 *   paid, closed                   record         record                record
 *   paid_then_refunded, amount     record         record                record
 *   not_paid, failed               scheduled      close                 close
 *   paying                         scheduled      scheduled             close
 *   no_such_order                  scheduled      scheduled             closed: never payable
 *   the same without its amount    scheduled      scheduled             scheduled
 *   refused                        scheduled      scheduled             scheduled
 *   unknown                        soon, for a day; then scheduled; never ends an order
 *   unknown: rate_limited, missing_api_token      stop
 */
export function concludeAnswer(order: AskedOrder, answer: OrderAnswer, now: Instant): AnswerConclusion {
  switch (answer.kind) {
    case 'paid':
      return { kind: 'record', as: 'paid', message: answerMessage(answer.payment, now) };
    case 'closed':
      return ended(order, 'closed', 'query', now);
    case 'failed':
    // Failure policy: fail closed. One attempt failed, and the prepay order accepts the next until
    // it is closed: ending the order here would turn that payment into `paid_after_close`.
    case 'not_paid':
      return now > order.expiresAt
        ? { kind: 'close', as: answer.kind === 'failed' ? 'failed' : 'closed' }
        : inTurn;
    case 'paying':
      // Failure policy: fail closed. Closing while the payer is paying would turn the payment into
      // `paid_after_close`.
      return isSettled(order, now) ? { kind: 'close', as: 'closed' } : inTurn;
    case 'no_such_order':
      return neverPayable(order, 'query', now);
    case 'paid_then_refunded':
      // With its amount it is a payment. Whether goods may go out is another question: the order
      // remembers that money went back (`rememberRefundSaid`, before this is recorded). Without,
      // neither paid nor closed may be concluded: the bill has the amount.
      return answer.payment === null
        ? inTurn
        : { kind: 'record', as: 'paid', message: answerMessage(answer.payment, now) };
    case 'refused':
      return inTurn;
    case 'unknown':
      return concludeNothing(order, answer, now);
  }
}

/**
 * What an answer to `closeOrder` means. Pure. `already_paid` does not prove the amount: the order
 * is queried within seconds, and that answer is recorded. `too_early`: the prepay order is younger
 * than the order, so closing is tried again soon. `as`: the state of the order once it is closed.
 */
export function concludeClose(
  order: AskedOrder,
  answer: CloseAnswer,
  now: Instant,
  as: 'closed' | 'failed' = 'closed',
): Conclusion {
  switch (answer.kind) {
    case 'closed':
      return ended(order, as, 'close', now);
    case 'already_paid':
      return { kind: 'ask_again', as: 'later', when: outOfTurn(order, 'in_moments', now) };
    case 'no_such_order':
      return neverPayable(order, 'close', now);
    case 'refused':
      return answer.code === 'too_early'
        ? { kind: 'ask_again', as: 'later', when: outOfTurn(order, 'soon', now) }
        : inTurn;
    case 'unknown':
      return concludeNothing(order, answer, now);
  }
}

const inTurn = { kind: 'ask_again', as: 'later', when: 'scheduled' } as const satisfies Conclusion;

function ended(
  order: AskedOrder,
  as: 'closed' | 'failed',
  path: 'query' | 'close',
  now: Instant,
): Conclusion {
  return { kind: 'record', as, message: closureMessage(order.outTradeNo, order.subMchId, as, path, now) };
}

/**
 * Failure policy: fail closed. While an order can be paid, and for an hour after, its prepay order
 * may be on its way to WeChat Pay or not be visible there yet. Only then does "no such order" prove
 * that nobody can pay it.
 */
function neverPayable(order: AskedOrder, path: 'query' | 'close', now: Instant): Conclusion {
  return isSettled(order, now) ? ended(order, 'closed', path, now) : inTurn;
}

function concludeNothing(order: AskedOrder, { reason }: UnknownAnswer, now: Instant): Conclusion {
  switch (reason) {
    case 'rate_limited':
    case 'missing_api_token':
      return { kind: 'stop', because: reason };
    case 'transport':
    case 'gateway':
    case 'system':
    case 'unreadable':
    case 'unverified':
    case 'clock':
      return { kind: 'ask_again', as: 'unknown', when: outOfTurn(order, 'soon', now) };
  }
}

function isSettled(order: AskedOrder, now: Instant): boolean {
  return now > later(order.expiresAt, SETTLED_AFTER_MS);
}

function outOfTurn(order: AskedOrder, when: AskAgain, now: Instant): AskAgain {
  return now - order.createdAt < OUT_OF_TURN_MS ? when : 'scheduled';
}
