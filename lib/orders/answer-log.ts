import type { Log } from '../runtime/log';
import type { CloseAnswer, OrderAnswer } from '../wechat/port';
import type { Order } from '../model/order';

type Named = Pick<Order, 'outTradeNo'>;

/**
 * Logs what WeChat Pay answered about an order; as a warning when the answer decides nothing and a
 * person may have to look.
 */
export function logAnswer(log: Log, { outTradeNo }: Named, answer: OrderAnswer): void {
  log.info('order_asked', { outTradeNo, answer: answer.kind });
  if (answer.kind === 'paid_then_refunded' && answer.payment === null) {
    const { transactionId } = answer;
    log.warn('payment_unproven', {
      outTradeNo,
      transactionId,
      detail: 'WeChat Pay has refunded it and no longer says how much was paid: the bill will tell',
    });
  }
  if (answer.kind === 'unknown' || answer.kind === 'refused')
    logNothing(log, outTradeNo, 'queryOrder', answer);
}

/** Logs WeChat Pay's answer to a close request, likewise. "Too early" is normal and not logged. */
export function logCloseAnswer(log: Log, { outTradeNo }: Named, answer: CloseAnswer): void {
  log.info('order_close_asked', { outTradeNo, answer: answer.kind });
  if (answer.kind === 'refused' && answer.code === 'too_early') return;
  if (answer.kind === 'unknown' || answer.kind === 'refused')
    logNothing(log, outTradeNo, 'closeOrder', answer);
}

function logNothing(
  log: Log,
  outTradeNo: Order['outTradeNo'],
  call: 'queryOrder' | 'closeOrder',
  answer: Extract<OrderAnswer | CloseAnswer, { kind: 'unknown' | 'refused' }>,
): void {
  const { detail } = answer;
  if (answer.kind === 'unknown') {
    log.warn('wechat_pay_unknown', { outTradeNo, call, reason: answer.reason, detail });
  } else {
    log.warn('wechat_pay_refused', { outTradeNo, call, code: answer.code, detail });
  }
}
