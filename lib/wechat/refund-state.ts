import type { RefundDetails } from '../model/facts';

/**
 * Translates WeChat Pay's refund status (`refundStatus` of notifications and queryRefund, 退款状态 of
 * bills). `CHANGE`: the payer's card or account cannot take the money, which must be handled in the
 * merchant platform. `FAIL` appears in bills only. Anything else is `unknown`.
 */
export function refundStateOf(status: unknown): RefundDetails['state'] {
  switch (status) {
    case 'SUCCESS':
      return 'succeeded';
    case 'PROCESSING':
      return 'processing';
    case 'REFUNDCLOSE':
    case 'FAIL':
      return 'closed';
    case 'CHANGE':
      return 'abnormal';
    default:
      return 'unknown';
  }
}
