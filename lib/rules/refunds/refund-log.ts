import type { Log } from '../../runtime/log';
import type { OutTradeNo } from '../../values/ids';
import type { RefundSettlement } from '../../model/refund';

/** What an operator must do about an abnormal refund; nothing else ends it. */
const HANDLE_ABNORMAL =
  'the payer’s card or account cannot take the money: handle this refund in the merchant platform (商户平台 → 交易中心 → 退款查询); the callback, the next query or the bill then ends it';

/**
 * Logs what a settled message did to a refund. An abnormal refund is logged as an error with the
 * fix.
 */
export function logRefundSettled(log: Log, settled: RefundSettlement, outTradeNo: OutTradeNo | null): void {
  const created = settled.kind === 'create';
  const { outRefundNo, progress } = created ? settled.refund : settled;
  const about = { outTradeNo: created ? settled.refund.outTradeNo : outTradeNo, outRefundNo };
  if (created) {
    const { amount, origin } = settled.refund;
    if (origin === 'back_office') log.warn('refund_taken_over', { ...about, amount, state: progress.state });
    else log.info('refund_requested', { ...about, amount, origin });
  }
  switch (progress.state) {
    case 'succeeded':
      log.info('refund_succeeded', { ...about, path: progress.knownBy });
      return;
    case 'closed':
      log.warn('refund_closed', { ...about, path: progress.knownBy, reason: progress.reason });
      return;
    case 'abnormal':
      log.error('refund_abnormal', { ...about, path: progress.knownBy, fix: HANDLE_ABNORMAL });
      return;
    case 'requested':
    case 'processing':
      return;
  }
}
