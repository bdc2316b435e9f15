import type { StatementMark } from './statement/statement-mark';
import type { Fen } from '../values/fen';
import type { OutTradeNo, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { LedgerOrder } from './order';

/** A payment as a bill states it: the part of its row that is compared with the order. */
export interface StatedPayment {
  readonly outTradeNo: OutTradeNo;
  readonly transactionId: TransactionId;
  readonly total: Fen;
}

/** Payments to compare with their orders, and the mark for those that agree. */
export interface AgreeRequest {
  /** The merchant of the bill. */
  readonly subMchId: SubMchId;
  readonly currency: string;
  /** When our books must have them paid: in `[from, to)`. */
  readonly paidIn: { readonly from: Instant; readonly to: Instant };
  /** At most 1000, each of a different order. */
  readonly payments: readonly StatedPayment[];
  /** Set on every order that agrees. */
  readonly mark: StatementMark;
}

/** The outcome of a comparison. */
export interface Agreement {
  /** The orders that agree. All of them are marked. */
  readonly agreed: ReadonlySet<OutTradeNo>;
  /** Our books' side of the orders that exist but do not agree, in no particular order. */
  readonly others: readonly LedgerOrder[];
}

/**
 * True when nobody has to look at this payment: its order is paid by the same transaction, in full,
 * to this merchant, on the same day; we did not learn of it from a bill; there is no other money;
 * and the same bill did not name the order before.
 */
export function plainlyAgrees(
  order: LedgerOrder,
  stated: StatedPayment,
  { subMchId, currency, paidIn, mark }: Omit<AgreeRequest, 'payments'>,
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
    payment.paidAt >= paidIn.from &&
    payment.paidAt < paidIn.to &&
    order.total === stated.total &&
    order.subMchId === subMchId &&
    order.currency === currency &&
    order.otherPayments.length === 0 &&
    !namedBefore
  );
}

/** Separates the orders that plainly agree from the others. */
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
