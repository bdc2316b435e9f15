import type { HoldReason, Order } from '../../model/order';
import type { Fen } from '../../values/fen';
import type { OutTradeNo, SubMchId, TransactionId } from '../../values/ids';
import type { Instant } from '../../values/instant';

/** An order as a list shows it. */
export interface OrderLine {
  readonly outTradeNo: OutTradeNo;
  readonly payer: string;
  readonly total: Fen;
  readonly body: string;
  readonly createdAt: Instant;
  readonly payment: Order['payment']['state'];
  readonly paidAt: Instant | null;
  readonly transactionId: TransactionId | null;
  readonly subMchId: SubMchId;
  readonly fulfilment: Order['fulfilment']['state'];
  /** What has gone back: only refunds that succeeded count. */
  readonly refunded: Fen;
  /** What is reserved for refunds that have not succeeded: requested, processing or abnormal. */
  readonly refunding: Fen;
}

/** What releasing one order would do. The codes are those of `ActResult`. */
export type ReleasePreview =
  | {
      readonly name: string;
      readonly ok: true;
      readonly order: OrderLine;
      readonly hold: { readonly reason: HoldReason; readonly heldAt: Instant };
    }
  | {
      readonly name: string;
      readonly ok: false;
      readonly code: 'NOT_NOW' | 'NOT_FOUND' | 'ITEM_UNREADABLE';
    };
