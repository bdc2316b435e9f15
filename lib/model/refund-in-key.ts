import { isOutRefundNo, type OutRefundNo } from '../values/ids';
import type { InboxKey } from './message';

/** The refund that the key of a refund's message names; null for any other key. */
export function refundNoIn(key: InboxKey): OutRefundNo | null {
  const [, named] = /^refund:([^:]+):/.exec(key) ?? [];
  return isOutRefundNo(named) ? named : null;
}
