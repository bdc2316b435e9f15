import type { DiscrepancyId } from '../../lib/model/discrepancy';
import type { InboxKey } from '../../lib/model/message';
import { isOutRefundNo, isOutTradeNo, type OutRefundNo, type OutTradeNo } from '../../lib/values/ids';

/*
 * Names from an address, as the API takes them. The server validates them; here they only get
 * distinct types.
 */

/** An inbox key from an address. */
export function keyNamed(text: string): InboxKey | null {
  return isKey(text) ? text : null;
}

/** An order number from an address. */
export function orderNamed(text: string): OutTradeNo | null {
  return isOutTradeNo(text) ? text : null;
}

/** A refund number from an address. */
export function refundNamed(text: string): OutRefundNo | null {
  return isOutRefundNo(text) ? text : null;
}

/** A discrepancy id from an address. */
export function discrepancyNamed(text: string): DiscrepancyId | null {
  return isId(text) ? text : null;
}

function isKey(text: string): text is InboxKey {
  return text.includes(':');
}

function isId(text: string): text is DiscrepancyId {
  return text.split(':').length === 3;
}
