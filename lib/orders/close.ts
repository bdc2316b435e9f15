import type { Caller } from '../model/caller';
import type { Refusal, Reply } from '../runtime/reply';
import type { Said } from '../rules/last-answer';
import { saidOf, saidOfClosing } from '../rules/last-answer';
import { refuse, refuseForNow } from '../runtime/reply';
import type { CloseAnswer, WeChatPay } from '../wechat/port';
import { logCloseAnswer } from './answer-log';
import type { AskDeps } from './ask';
import { applyAnswer, orderOfCaller, recordAndApply, reserveQuery } from './ask';
import { concludeClose } from './conclude';
import type { Order } from '../model/order';
import type { OrderView } from './view';
import { viewOf } from './view';

/** What closing needs in addition to querying. */
export interface CloseDeps extends AskDeps {
  readonly wechat: Pick<WeChatPay, 'queryOrder' | 'queryRefund' | 'closeOrder'>;
}

/**
 * Closes the caller's unpaid order. Event: `{outTradeNo}`. The order becomes closed only when
 * WeChat Pay says so, through the inbox. When WeChat Pay says it is paid, the payment is queried
 * and applied instead, and the answer shows it. An order that is not pending is answered as it is.
 * Each call may query WeChat Pay, so it counts as a query on behalf of the payer, like
 * `queryOrder`: ORDER_BUSY within `askAgainMs` of the last one.
 */
export async function closeOrder(
  deps: CloseDeps,
  event: unknown,
  caller: Caller,
): Promise<Reply<{ readonly order: OrderView }>> {
  const found = await orderOfCaller(deps, event, caller.payer);
  if (!found.ok) return found;
  const { order } = found;
  if (order.payment.state === 'pending' && !(await reserveQuery(deps, order))) {
    const seconds = Math.ceil(deps.orderSettings.askAgainMs / 1000);
    return refuseForNow(
      'ORDER_BUSY',
      `WeChat Pay was queried about this order a moment ago: try again in ${seconds} s`,
    );
  }
  const closing = await closeAtWeChatPay(deps, order);
  return closing.ok ? { ok: true, order: viewOf(closing.order) } : closing.refusal;
}

/**
 * What came of a close request: the order as it is then, which may be pending still, or why WeChat
 * Pay did not close it. `said`: what it answered, first to the request, then to a query.
 */
export type Closing = (
  { readonly ok: true; readonly order: Order } | { readonly ok: false; readonly refusal: Refusal }
) & { readonly said: readonly Said[] };

/** Closes an unpaid order on anybody's behalf, in the way of `closeOrder`. */
export async function closeAtWeChatPay(deps: CloseDeps, order: Order): Promise<Closing> {
  if (order.payment.state !== 'pending') return { ok: true, order, said: [] };
  const { outTradeNo, subMchId } = order;
  const answer = await deps.wechat.closeOrder({ subMchId, outTradeNo });
  logCloseAnswer(deps.log, order, answer);
  const said = [saidOfClosing(answer)];
  const conclusion = concludeClose(order, answer, deps.clock.now());
  if (conclusion.kind === 'record') {
    return { ok: true, order: await recordAndApply(deps, order, conclusion.message), said };
  }
  if (answer.kind === 'already_paid') {
    const queried = await deps.wechat.queryOrder({ subMchId, outTradeNo });
    const current = await applyAnswer(deps, order, queried);
    return { ok: true, order: current, said: [...said, saidOf(queried)] };
  }
  return { ok: false, refusal: refusalOf(answer), said };
}

function refusalOf(answer: Exclude<CloseAnswer, { readonly kind: 'already_paid' }>): Refusal {
  switch (answer.kind) {
    case 'closed': // Always recorded.
    case 'no_such_order':
      return refuseForNow(
        'TOO_EARLY_TO_CLOSE',
        'WeChat Pay does not know this order yet: try again in 5 minutes',
      );
    case 'refused':
      return answer.code === 'too_early'
        ? refuseForNow('TOO_EARLY_TO_CLOSE', 'an order can be closed 5 minutes after it was made')
        : refuse('WECHAT_PAY_REFUSED', `WeChat Pay declined to close the order (${answer.code})`);
    case 'unknown':
      return refuseForNow('WECHAT_PAY_UNKNOWN', 'WeChat Pay did not answer: try again');
  }
}
