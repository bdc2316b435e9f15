import type { StatementMark } from './statement-mark';
import type { Fen } from '../values/fen';
import type { OutTradeNo, SubMchId, TransactionId } from '../values/ids';
import type { LedgerOrder } from './order';

/** A payment as a statement states it: what of its row is compared with its order. */
export interface StatedPayment {
  readonly outTradeNo: OutTradeNo;
  readonly transactionId: TransactionId;
  readonly total: Fen;
}

/** Payments to be compared with their orders, and the mark of those that agree. */
export interface AgreeRequest {
  /** Whose statement it is. */
  readonly subMchId: SubMchId;
  readonly currency: string;
  /** At most 1000, of different orders. */
  readonly payments: readonly StatedPayment[];
  /** The mark that those get which agree. */
  readonly mark: StatementMark;
}

/** What came of it. */
export interface Agreement {
  /** The orders that agree, all of them marked. */
  readonly agreed: ReadonlySet<OutTradeNo>;
  /** What the books hold of those others that exist, in no order. */
  readonly others: readonly LedgerOrder[];
}

/**
 * True for an order of which a stated payment says nothing that anybody has to look at: it is paid by this transaction, in full, to this
 * merchant; we did not hear of it from a statement; there is no other money; and the same statement did not name it before.
 */
export function plainlyAgrees(
  order: LedgerOrder,
  stated: StatedPayment,
  { subMchId, currency, mark }: Pick<AgreeRequest, 'subMchId' | 'currency' | 'mark'>,
): boolean {
  const { payment, statement } = order;
  const namedBefore =
    statement !== null &&
    statement.day === mark.day &&
    statement.round === mark.round &&
    statement.chunk < mark.chunk;
  return (
    payment.state === 'paid' &&
    payment.transactionId === stated.transactionId &&
    payment.knownBy !== 'statement' &&
    order.total === stated.total &&
    order.subMchId === subMchId &&
    order.currency === currency &&
    order.otherPayments.length === 0 &&
    !namedBefore
  );
}

/** Tells the orders that plainly agree from the others. */
export function agreementOf(orders: readonly LedgerOrder[], request: AgreeRequest): Agreement {
  const stated = new Map(request.payments.map((one) => [one.outTradeNo, one]));
  const agreed = new Set<OutTradeNo>();
  const others: LedgerOrder[] = [];
  for (const order of orders) {
    const payment = stated.get(order.outTradeNo);
    if (payment !== undefined && plainlyAgrees(order, payment, request)) agreed.add(order.outTradeNo);
    else others.push(order);
  }
  return { agreed, others };
}
