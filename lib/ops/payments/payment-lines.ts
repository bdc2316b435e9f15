import type { InboxMessage } from '../../model/message';
import type { PaymentDetails } from '../../model/facts';
import type { Order } from '../../model/order';
import { notAcceptable, notReturnable } from '../../rules/acceptance';
import { leftOfEach } from '../../rules/refunds/reservation';
import type { SubMchId, TransactionId } from '../../values/ids';
import type { OpsAction } from '../actions';
import type { PaymentLine } from '../api';
import type { WithActions } from '../lists/list-api';
import type { Person } from '../../model/operators/principal';
import { permitted } from '../allowed-actions';

/**
 * The payments of an order: those on its books, the one that paid it first, and dead ones that do
 * not agree with it. Each has the actions the rules allow; they are checked again before an action.
 */
export function paymentLines(
  order: Order,
  messages: readonly InboxMessage[],
  by: Person,
  merchants: readonly SubMchId[],
): readonly WithActions<PaymentLine>[] {
  const heard = new Map(messages.flatMap((message) => rejected(message)));
  const booked = leftOfEach(order).map(({ payment, left }): WithActions<PaymentLine> => {
    const { transactionId, total, as, paidTo = order.subMchId } = payment;
    const details = heard.get(transactionId) ?? { transactionId, total, subMchId: paidTo };
    const noted = order.otherPayments.find((one) => one.transactionId === transactionId);
    const accepted =
      order.payment.state === 'paid' && as === 'payment' ? order.payment.acceptance : undefined;
    return {
      ...named(order, transactionId),
      total,
      as,
      refundable: left,
      acceptance: accepted ?? noted?.acceptance ?? null,
      actions: paymentActions(order, { currency: order.currency, ...details }, by, merchants),
    };
  });
  const known = new Set(booked.map(({ transactionId }) => transactionId));
  const unbooked = [...heard.values()]
    .filter(({ transactionId }) => !known.has(transactionId))
    .map((payment): WithActions<PaymentLine> => ({
      ...named(order, payment.transactionId),
      total: payment.total,
      as: 'mismatch',
      refundable: payment.total,
      acceptance: null,
      actions: paymentActions(order, payment, by, merchants),
    }));
  return [...booked, ...unbooked];
}

function named({ outTradeNo }: Order, transactionId: TransactionId) {
  return { name: `payment:${outTradeNo}:${transactionId}`, transactionId };
}

function rejected(message: InboxMessage): readonly (readonly [TransactionId, PaymentDetails])[] {
  const { content, trust, state } = message;
  if (content.kind !== 'payment' || trust !== 'platform' || state !== 'dead') return [];
  return [[content.payment.transactionId, content.payment]];
}

function paymentActions(
  order: Order,
  payment: Pick<PaymentDetails, 'transactionId' | 'total' | 'subMchId' | 'currency'>,
  by: Person,
  merchants: readonly SubMchId[],
): readonly OpsAction[] {
  const actions: OpsAction[] = [];
  if (notAcceptable(order, payment) === null) actions.push('accept_payment');
  if (notReturnable(order, payment, merchants) === null) actions.push('return_payment');
  return permitted(by, actions);
}
