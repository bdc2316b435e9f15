import type { InboxKey, NewMessage, Trust } from '../../model/message';
import { isVouchedFor, merchantOf } from '../../model/message';
import type { OutTradeNo, SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import { bitOf, firstBits } from './message-rows';

/** A new message as it is stored. */
export interface MessageRow {
  readonly key: InboxKey;
  readonly outTradeNo: OutTradeNo | null;
  readonly trust: Trust;
  readonly receivedAt: Instant;
  /** The sources of a new row, and what a repeat adds. */
  readonly firstBits: number;
  readonly repeatBit: number;
  /** The merchant an unverified message names, if any; null for believed messages. */
  readonly namedMerchant: SubMchId | null;
  readonly believedPayment: 0 | 1;
  /** An unverified message that no stranger can have written. */
  readonly vouchedFor: 0 | 1;
  /** JSON text; null where it came in no envelope. */
  readonly envelope: string | null;
  /** A believed callback's repeat is kept for `redelivered`. Others must not fill the disk. */
  readonly keepsRepeat: boolean;
  /** JSON text. */
  readonly content: string;
  /**
   * JSON text of the text: SQLite's driver cuts bare text at a NUL, and undecodable text must come
   * back unchanged.
   */
  readonly raw: string;
}

/** A new message as a row. */
export function messageRow({
  key,
  content,
  outTradeNo,
  trust,
  raw,
  envelope,
  path,
  receivedAt,
}: NewMessage): MessageRow {
  return {
    key,
    outTradeNo,
    trust,
    receivedAt,
    firstBits: firstBits(path),
    repeatBit: bitOf(path),
    keepsRepeat: trust === 'platform' && path === 'callback',
    namedMerchant: trust === 'unverified' ? merchantOf(content) : null,
    believedPayment: trust === 'platform' && content.kind === 'payment' ? 1 : 0,
    vouchedFor: isVouchedFor(trust, envelope ?? null) ? 1 : 0,
    envelope: envelope === undefined ? null : JSON.stringify(envelope),
    content: JSON.stringify(content),
    raw: JSON.stringify(raw),
  };
}
