import type { Decision } from './decision';
import { done } from './decision';
import { draftRefund } from './refunds/draft-refund';
import type { Refund } from '../model/refund';
import { refundNoOfLateMoney, reservationOf, reserve } from './refunds/reservation';
import type { Order } from '../model/order';
import type { ReceivedPayment } from './payment-change';
import { discrepancy, heldNames, notedBeside, otherMoney, paidBy } from './payment-change';
import type { LateMoneyPolicy } from '../model/order';

/** The policy for a payment for a closed order, and what was already done about this one. */
export interface LateMoney {
  readonly policy: LateMoneyPolicy;
  /** The refund that returns this payment, if it exists. Only used under the policy `refund`. */
  readonly refund: Refund | null;
}

/** What the payer of a late payment reads in WeChat next to the refund. */
const REASON = '订单已关闭，款项原路退回';

/**
 * A payment for an order that is closed or has failed. Whatever the policy, it opens the
 * discrepancy `paid_after_close`. Pure.
 *
 * - `hold`: it is noted on the order and waits for an operator.
 * - `fulfil`: it pays the order after all, and the order is fulfilled; the policy explains the
 *   discrepancy. A payment that is already being refunded stays held.
 * - `refund`: the same decision notes it, reserves it and creates its refund, whose number is
 *   derived from the transaction. After a crash between the writes of the order and the refund,
 *   deciding again finds the first and makes the second. The completed refund explains the
 *   discrepancy.
 */
export function decideLateMoney(order: Order, received: ReceivedPayment, late: LateMoney): Decision {
  const named = discrepancy('paid_after_close', received, { ...order.payment }, received.payment.total);
  switch (late.policy) {
    case 'hold':
      return held(order, received, named);
    case 'fulfil': {
      const returning = otherMoney(order, received, 'paid_after_close') === null && order.refunds.length > 0;
      if (returning) return held(order, received, named);
      const reason = 'orders.lateMoney is "fulfil": the payment counts and the order is fulfilled';
      const change = paidBy(order, received, 'paid_after_close');
      return done('applied', {
        change,
        discrepancies: [named, ...heldNames(order, change, received.now)],
        explains: { ids: [named.id], reason },
      });
    }
    case 'refund':
      return late.refund === null ? givenBack(order, received, named) : held(order, received, named);
  }
}

type Named = ReturnType<typeof discrepancy>;

function held(order: Order, received: ReceivedPayment, named: Named): Decision {
  const other = otherMoney(order, received, 'paid_after_close');
  return other === null
    ? done('repeat', { discrepancies: [named] })
    : done('applied', { change: notedBeside(order, received, other), discrepancies: [named] });
}

function givenBack(order: Order, received: ReceivedPayment, named: Named): Decision {
  const { payment, fact, now } = received;
  const outRefundNo = refundNoOfLateMoney(order.outTradeNo, payment.transactionId);
  const entry = {
    at: now,
    event: 'refund_by_policy',
    path: fact.path,
    actor: 'policy',
    evidence: fact.evidence,
  } as const;
  const request = {
    outRefundNo,
    amount: payment.total,
    reason: REASON,
    origin: 'policy',
    requestedBy: 'orders.lateMoney',
  } as const;
  const refund = { kind: 'create', refund: draftRefund(order, payment, request, now, entry) } as const;
  if (reservationOf(order, outRefundNo) !== null) return done('applied', { refund, discrepancies: [named] });

  const other = otherMoney(order, received, 'paid_after_close');
  const otherPayments = other === null ? order.otherPayments : [...order.otherPayments, other];
  const reserving = reserve({ ...order, otherPayments }, outRefundNo, payment.total, payment.transactionId);
  // An operator may have refunded it by hand before the policy was set.
  if (reserving.kind === 'refused') return held(order, received, named);
  return done('applied', {
    change: {
      outTradeNo: order.outTradeNo,
      expectedVersion: order.version,
      payment: order.payment,
      fulfilment: order.fulfilment,
      otherPayments,
      refunds: reserving.refunds,
      takes: payment.transactionId,
      entry,
    },
    refund,
    discrepancies: [named],
  });
}
