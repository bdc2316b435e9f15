import { answerMessage, closureMessage } from '../rules/fact-messages';
import type { NewMessage } from '../model/message';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import type { CloseAnswer, OrderAnswer, UnknownAnswer } from '../wechat/port';
import type { Order } from '../model/order';

/** What of an order decides what an answer means. */
type AskedOrder = Pick<Order, 'outTradeNo' | 'subMchId' | 'createdAt' | 'expiresAt'>;

/**
 * When to ask again: `scheduled` at the order's next turn; `soon` after the shortest gap of the schedule; `in_moments`
 * within seconds.
 */
export type AskAgain = 'scheduled' | 'soon' | 'in_moments';

/**
 * What an answer of WeChat Pay means for an order that is pending here.
 *
 * `record`: a fact that goes into the inbox, whose worker decides what it changes. `ask_again`: nothing may be concluded yet;
 * `unknown` when that is because WeChat Pay said nothing. `stop`: no other question will be answered either.
 */
export type Conclusion =
  | { readonly kind: 'record'; readonly as: 'paid' | 'closed' | 'failed'; readonly message: NewMessage }
  | { readonly kind: 'ask_again'; readonly as: 'later' | 'unknown'; readonly when: AskAgain }
  | { readonly kind: 'stop'; readonly because: 'rate_limited' | 'missing_api_token' };

/**
 * `close`: it should no longer be paid, so WeChat Pay is asked to close it. Only its answer to that may end the order, `as` closed, or
 * as failed where WeChat Pay said before that its last try failed.
 */
export type AnswerConclusion = Conclusion | { readonly kind: 'close'; readonly as: 'closed' | 'failed' };

/**
 * How long after its end an order counts as settled at WeChat Pay's side. A prepay order is made with the order's own end, and
 * none is made in its last minute (`createOrder`), so nothing that was under way then can still arrive: an hour is room
 * for clocks that disagree, for requests that hang and for a WeChat Pay whose parts learn of each other late.
 */
const SETTLED_AFTER_MS = 3_600_000;

/** An order is asked about out of turn for so long after its creation; what is odd for longer than that keeps to the schedule. */
const OUT_OF_TURN_MS = 86_400_000;

/**
 * What an answer to `queryOrder` means. Pure.
 *
 *                                  payable        its end passed        an hour after its end
 *   paid, closed                   record         record                record
 *   not_paid, failed               scheduled      close                 close
 *   paying                         scheduled      scheduled             close
 *   no_such_order                  scheduled      scheduled             record closed: it was never payable
 *   refused, paid_then_refunded    scheduled      scheduled             scheduled
 *   unknown                        soon, for a day; then scheduled; it never ends an order
 *   unknown: rate_limited, missing_api_token      stop
 */
export function concludeAnswer(order: AskedOrder, answer: OrderAnswer, now: Instant): AnswerConclusion {
  switch (answer.kind) {
    case 'paid':
      return { kind: 'record', as: 'paid', message: answerMessage(answer.payment, now) };
    case 'closed':
      return ended(order, 'closed', 'query', now);
    case 'failed':
    // Failure policy: fail closed. One try failed, and the prepay order takes the next one until it is closed: an order that ended
    // here would turn that money into `paid_after_close`.
    case 'not_paid':
      return now > order.expiresAt
        ? { kind: 'close', as: answer.kind === 'failed' ? 'failed' : 'closed' }
        : inTurn;
    case 'paying':
      // Failure policy: fail closed. Closing under the payer's hands would turn their money into `paid_after_close`.
      return isSettled(order, now) ? { kind: 'close', as: 'closed' } : inTurn;
    case 'no_such_order':
      return neverPayable(order, 'query', now);
    case 'paid_then_refunded':
    // It was paid, and nobody says how much: neither paid nor closed may be concluded. The statement tells the amount.
    case 'refused':
      return inTurn;
    case 'unknown':
      return concludeNothing(order, answer, now);
  }
}

/**
 * What an answer to `closeOrder` means. Pure. `already_paid` is no proof of the amount: the order is asked about in moments, and
 * that answer is recorded. `too_early`: its prepay order is younger than the order, so it is tried again soon. `as`: what the order
 * becomes once it is closed.
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
 * Failure policy: fail closed. While an order can be paid, and for an hour after, its prepay order may be on its way to WeChat
 * Pay or just not be seen there; only then does "no such order" say that nobody can pay it any more.
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
      return { kind: 'ask_again', as: 'unknown', when: outOfTurn(order, 'soon', now) };
  }
}

function isSettled(order: AskedOrder, now: Instant): boolean {
  return now > later(order.expiresAt, SETTLED_AFTER_MS);
}

function outOfTurn(order: AskedOrder, when: AskAgain, now: Instant): AskAgain {
  return now - order.createdAt < OUT_OF_TURN_MS ? when : 'scheduled';
}
