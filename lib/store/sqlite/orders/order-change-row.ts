import type { OrderSettlement } from '../../../model/order';
import type { OutTradeNo, TransactionId } from '../../../values/ids';
import type { Bindable } from '../../rows/columns';
import { line } from '../../rows/columns';
import { fulfilmentValues, otherPaymentsValue, paidAtValue, reservationsValue } from '../../rows/order-rows';

/**
 * A settlement's change of an order, as values to bind. `paid` is nearly every one: the order's
 * first payment makes it paid and due, and nothing else changes. It binds 6 values instead of 17.
 */
export interface OrderChangeRow {
  readonly kind: 'paid' | 'any';
  readonly values: readonly Bindable[];
  /** The transaction it assigns to this order, or null. */
  readonly takes: { readonly transactionId: TransactionId; readonly outTradeNo: OutTradeNo } | null;
}

/** The change as a row. */
export function orderChangeRow(change: OrderSettlement): OrderChangeRow {
  const { outTradeNo, expectedVersion, payment, fulfilment } = change;
  const others = otherPaymentsValue(change.otherPayments);
  const refunds = reservationsValue(change.refunds);
  const fulfilling = fulfilmentValues(fulfilment);
  const [paymentText, entry] = [JSON.stringify(payment), line(change.entry)];
  const takes = change.takes === undefined ? null : { transactionId: change.takes, outTradeNo };
  const nothingBeside = others === null && refunds === null;
  if (nothingBeside && payment.state === 'paid' && fulfilment.state === 'due' && isUntouched(fulfilment)) {
    const values = [outTradeNo, expectedVersion, payment.paidAt, paymentText, entry, fulfilment.dueAt];
    return { kind: 'paid', values, takes };
  }
  const paying = [payment.state, paidAtValue(payment), paymentText, others, refunds, entry];
  return { kind: 'any', values: [outTradeNo, expectedVersion, ...paying, ...fulfilling], takes };
}

function isUntouched({
  attempts,
  lease,
  lastError,
  hold,
  begunAt,
}: Extract<OrderSettlement['fulfilment'], { state: 'due' }>): boolean {
  const isFirst = hold === undefined && begunAt === undefined;
  return attempts === 0 && lease === null && lastError === null && isFirst;
}
