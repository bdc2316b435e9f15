import type { RefundDetails } from '../model/facts';

/**
 * WeChat Pay's word for how a refund stands (`refundStatus` of notifications and queryRefund, 退款状态 of statements), in ours.
 * `CHANGE`: the payer's card or account takes no money; it must be handled in the merchant platform. `FAIL` stands in statements only.
 * Anything else, or nothing, is `unknown`.
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
