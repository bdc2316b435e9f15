import { closureMessage } from '../inbox/learn';
import type { Caller } from '../runtime/caller';
import type { Reply } from '../runtime/reply';
import { refuse, refuseForNow } from '../runtime/reply';
import type { WeChatPay } from '../wechat/port';
import type { AskDeps } from './ask';
import { applyAnswer, orderOfCaller, recordAndApply, reread } from './ask';
import type { OrderView } from './view';
import { viewOf } from './view';

/** What closing needs beside what asking needs. */
export interface CloseDeps extends AskDeps {
  readonly wechat: Pick<WeChatPay, 'queryOrder' | 'closeOrder'>;
}

/**
 * Closes the caller's unpaid order. Event: `{outTradeNo}`. The order becomes closed only on WeChat Pay's word, which enters
 * the inbox like any other; if WeChat Pay says it is paid, the payment is fetched and applied instead, and the answer shows it.
 * An order that is not pending is answered as it is.
 */
export async function closeOrder(
  deps: CloseDeps,
  event: unknown,
  caller: Caller,
): Promise<Reply<{ readonly order: OrderView }>> {
  const found = await orderOfCaller(deps, event, caller.payer);
  if (!found.ok) return found;
  const { order } = found;
  if (order.payment.state !== 'pending') return { ok: true, order: viewOf(order) };
  const { outTradeNo, subMchId } = order;
  const answer = await deps.wechat.closeOrder({ subMchId, outTradeNo });
  deps.log.info('order_close_asked', { outTradeNo, answer: answer.kind });
  switch (answer.kind) {
    case 'closed':
      await recordAndApply(deps, closureMessage(outTradeNo, subMchId, 'closed', 'close', deps.clock.now()));
      return { ok: true, order: viewOf(await reread(deps, order)) };
    case 'already_paid':
      await applyAnswer(deps, order, await deps.wechat.queryOrder({ subMchId, outTradeNo }));
      return { ok: true, order: viewOf(await reread(deps, order)) };
    case 'no_such_order':
      // Failure policy: fail closed. A prepay order may be on its way to WeChat Pay at this moment, and would then be payable.
      return refuseForNow(
        'TOO_EARLY_TO_CLOSE',
        'WeChat Pay does not know this order yet: try again in 5 minutes',
      );
    case 'refused':
      if (answer.code === 'too_early') {
        return refuseForNow('TOO_EARLY_TO_CLOSE', 'an order can be closed 5 minutes after it was made');
      }
      deps.log.warn('wechat_pay_refused', {
        outTradeNo,
        call: 'closeOrder',
        code: answer.code,
        detail: answer.detail,
      });
      return refuse('WECHAT_PAY_REFUSED', `WeChat Pay declined to close the order (${answer.code})`);
    case 'unknown':
      deps.log.warn('wechat_pay_unknown', {
        outTradeNo,
        call: 'closeOrder',
        reason: answer.reason,
        detail: answer.detail,
      });
      return refuseForNow('WECHAT_PAY_UNKNOWN', 'WeChat Pay did not answer: try again');
  }
}
