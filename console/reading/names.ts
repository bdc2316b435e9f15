import type { DiscrepancyId } from '../../lib/model/discrepancy';
import type { InboxKey } from '../../lib/model/message';
import { isOutTradeNo, type OutTradeNo } from '../../lib/values/ids';

/*
 * Names out of an address, as the API takes them. The server judges them; here they are only kept from being mistaken for one another.
 */

/** An inbox key as an address gave it. */
export function keyNamed(text: string): InboxKey | null {
  return isKey(text) ? text : null;
}

/** An order number as an address gave it. */
export function orderNamed(text: string): OutTradeNo | null {
  return isOutTradeNo(text) ? text : null;
}

/** A discrepancy's id as an address gave it. */
export function discrepancyNamed(text: string): DiscrepancyId | null {
  return isId(text) ? text : null;
}

function isKey(text: string): text is InboxKey {
  return text.includes(':');
}

function isId(text: string): text is DiscrepancyId {
  return text.split(':').length === 3;
}
