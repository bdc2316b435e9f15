import type { Discrepancy, DiscrepancyClass } from '../../../lib/model/discrepancy';
import { orderOfDiscrepancy } from '../../../lib/model/discrepancy';
import type { Order } from '../../../lib/model/order';
import { dayOf } from '../../../lib/values/day';
import type { OrderDescription } from '../../../simulator/simulator';
import { numberOf } from '../world/payers';
import type { World } from '../world/world';
import { Violation } from '../world/world';
import { checkQuiet } from './quiet';
import { hadNoFile, isUnread, lied, namedAbout } from './named';
import { checkRefunds } from './refunds';
import { isUntold } from './untold';
import { checkPaths } from './paths';
import { checkAppliedInTime, checkPromptness } from './prompt';

/**
 * How the books of both sides must stand in the end, order by order: money in is fulfilled,
 * refunded, held or has an open discrepancy, and nothing right is called wrong. Throws `Violation`.
 */
export function checkBooks(world: World): void {
  checkQuiet(world);
  const numbers = new Set<string>([
    ...[...world.state.orders.keys()],
    ...world.wechat.orders().map(({ order }) => order.asked.outTradeNo),
  ]);
  for (const number of numbers) {
    const ours = [...world.state.orders.values()].find(({ order }) => order.outTradeNo === number)?.order;
    checkMoney(world, number, world.wechat.describe(number), ours ?? null);
  }
  checkRefunds(world);
  for (const found of world.state.discrepancies.values()) checkTrue(world, found);
  checkPromptness(world);
  checkAppliedInTime(world);
  checkPaths(world);
}

function checkMoney(world: World, number: string, truth: OrderDescription | null, ours: Order | null): void {
  const paid = truth?.order.payment ?? null;
  if (paid === null) {
    if (ours === null) return;
    if (ours.payment.state === 'pending')
      throw new Violation('every_order_ends', `${number} is still pending`);
    const there = truth?.order.state ?? 'absent';
    if (there === 'NOTPAY')
      throw new Violation('closed_there_too', `${number} is ${ours.payment.state} here, payable there`);
    return;
  }
  const { transactionId, totalFee } = paid;
  const covered = (...classes: readonly DiscrepancyClass[]): boolean =>
    namedAbout(world, number).some(
      (one) =>
        classes.includes(one.class) &&
        (one.resolution === null || one.resolution.by === 'operator') &&
        (one.subject.kind !== 'payment' || one.subject.transactionId === transactionId),
    );
  const names = (of: DiscrepancyClass): boolean => namedAbout(world, number).some((one) => one.class === of);
  const unread = (): boolean => isUnread(world, dayOf(paid.paidAt));
  const lost = (why: string): Violation =>
    new Violation('no_money_is_lost', `${number}, paid ${totalFee} fen: ${why}`);
  if (ours === null) {
    if (!covered('missing_order')) throw lost('it is unknown here, and nothing says so');
    return;
  }
  // A closed order is not queried: without a callback, only the bill of its day could tell.
  const ended = ours.payment.state === 'closed' || ours.payment.state === 'failed';
  const silent = lied(world, number, 'payment_absent') || unread() || hadNoFile(world, dayOf(paid.paidAt));
  if (ended && truth?.deliveries === 0 && silent) return;
  if (totalFee !== ours.total) {
    if (ours.payment.state === 'paid') throw lost('it counts although the amount differs');
    if (covered('amount_mismatch')) return;
    // It went back before anything that arrived said how much it was: no notification came, queries
    // say only that it was refunded, and no bill has its row. The refund, or the bill that nobody
    // could read, is what can be named.
    const isUnsaid = truth?.deliveries === 0 && !world.saidPaid.has(number) && goneBack(truth) > 0 && silent;
    if (ours.payment.state === 'pending' && isUnsaid && (covered('refund_missing_here') || unread())) return;
    throw lost('the amount differs, and nothing says so');
  }
  switch (ours.payment.state) {
    case 'paid': {
      const { state } = ours.fulfilment;
      // Nobody says how much went back, or a refund could not be applied: an operator is asked.
      const isNamed = state === 'held' && names('fulfilment_held');
      if (state !== 'done' && state !== 'dead' && !isNamed) throw lost(`its delivery is ${state}`);
      const hasGoneBack = goneBack(truth) >= ours.total;
      if (state === 'dead' && !mayBeUndeliverable(world, number) && !hasGoneBack) {
        throw lost('its delivery was given up');
      }
      checkUnfinished(world, ours, hasGoneBack);
      if (ours.statement === null && !names('missing_payment') && !unread()) {
        throw new Violation('in_a_statement', `${number} is paid, in no statement, and nothing says so`);
      }
      return;
    }
    case 'pending':
      // For a payment that went back before it was known, the bill may only have the refund.
      if (!covered('unpaid_order', 'amount_mismatch', 'refund_missing_here') && !unread())
        throw lost('it is pending here, and nothing says so');
      return;
    case 'closed':
    case 'failed': {
      if (covered('amount_mismatch') || unread()) return;
      if (!ours.otherPayments.some((one) => one.transactionId === transactionId)) {
        if (wasDismissed(world, transactionId) && covered('paid_after_close')) return;
        throw lost('it came late and is not held');
      }
      if (goneBack(truth) !== totalFee && !covered('paid_after_close'))
        throw lost('it came late, and nothing says so');
      return;
    }
  }
}

/** Whether an operator said that nothing is to be done about the message of this payment. */
function wasDismissed({ state }: World, transactionId: string): boolean {
  return [...state.messages.values()].some(
    ({ message }) =>
      message.state === 'dead' &&
      message.reason === 'operator' &&
      message.content.kind === 'payment' &&
      message.content.payment.transactionId === transactionId,
  );
}

/** A merchant's hook that says it is of no use, or that fails every time, ends with an operator. */
function mayBeUndeliverable({ plan }: World, number: string): boolean {
  return plan.orders.some((order) => numberOf(order) === number && order.hook.includes('permanent'));
}

/** What WeChat Pay paid back of an order, in fen. */
function goneBack(truth: OrderDescription | null): number {
  const back = truth?.refunds.filter(({ state }) => state === 'SUCCESS') ?? [];
  return back.reduce((sum, { asked }) => sum + asked.refundFee, 0);
}

/**
 * An order waits for its refunds only while they are to take all its money, and have not, or while
 * one of them ended untold. Its goods are held until a person looks, which is right: to deliver
 * would be wrong, and only the end of the refund shows that nothing is left to do.
 */
function checkUnfinished(world: World, order: Order, hasGoneBack: boolean): void {
  const { outTradeNo, total, fulfilment, refunds } = order;
  if (fulfilment.state !== 'held' || fulfilment.reason !== 'refund_unfinished') return;
  const reserved = refunds.reduce((sum, { amount }) => sum + amount, 0);
  const isOneUntold = refunds.some(({ outRefundNo }) => {
    const refund = ordersRefund(world, outRefundNo);
    return refund !== undefined && isUntold(world, refund);
  });
  if ((hasGoneBack && !isOneUntold) || reserved < total)
    throw new Violation('held_for_a_reason', `${outTradeNo} still waits for refunds, which have ended`);
}

/** A discrepancy must have a cause, and one that ended by itself an explanation. */
function checkTrue(world: World, found: Discrepancy): void {
  const { subject, resolution } = found;
  const number = orderOfDiscrepancy(found);
  const truth = number === null ? null : world.wechat.describe(number);
  const ours = number === null ? null : (ordersByNumber(world).get(number) ?? null);
  const explained = resolution?.by === 'auto';
  if (resolution === null && found.opensAt > world.scheduler.now()) {
    throw new Violation('opens_in_time', `${found.id} is still carried over`);
  }
  const wrong = (why: string): Violation => new Violation('no_false_alarm', `${found.id}: ${why}`);
  const unexplained = (): Violation =>
    new Violation('no_false_peace', `${found.id} was ended by ${resolution?.who ?? ''}`);
  switch (found.class) {
    case 'missing_order':
      if (ours !== null) throw wrong('the order is here');
      if (explained) throw unexplained();
      return;
    case 'amount_mismatch': {
      const differs = truth?.order.payment?.totalFee !== ours?.total;
      if (!differs && !lied(world, number, 'wrong_amount')) throw wrong('the amounts agree');
      if (differs && explained) throw unexplained();
      return;
    }
    case 'unpaid_order':
      if (explained && ours?.payment.state === 'pending') throw unexplained();
      return;
    case 'paid_after_close': {
      if (ours === null || !wasEverClosed(ours)) throw wrong('the order was never closed');
      const paidAfterAll = ours.payment.state === 'paid';
      const back = truth?.refunds.some(({ state }) => state === 'SUCCESS') === true;
      if (explained && !paidAfterAll && !back) throw unexplained();
      return;
    }
    case 'missing_payment':
      if (!lied(world, number, 'payment_absent', 'no_file', 'damaged', 'unreadable_row'))
        throw wrong('no statement lacks it');
      return;
    case 'refund_missing_there':
      if (!lied(world, null, 'refund_absent', 'no_file', 'damaged')) throw wrong('no statement lacks it');
      return;
    case 'refund_missing_here': {
      const known = subject.kind === 'refund' ? ordersRefund(world, subject.outRefundNo) : undefined;
      if (known !== undefined && known.origin !== 'back_office') throw wrong('it was asked for here');
      return;
    }
    case 'statement_corrupt':
      if (!lied(world, null, 'damaged', 'unreadable_row')) throw wrong('no statement is damaged');
      return;
    // Of two rows about one payment the second is set aside, and said to be.
    case 'excluded_rows':
      if (!lied(world, null, 'damaged', 'unreadable_row', 'duplicate_row'))
        throw wrong('no statement has a row to set aside');
      return;
    case 'books_incomplete':
      throw wrong('a run leaves nothing of ours out');
    // Cloud development has no fund-flow bills.
    case 'cash_mismatch':
    case 'cash_missing':
    case 'cash_unexplained':
    case 'balance_gap':
    case 'fund_flow_missing':
    case 'fund_flow_invalid':
      throw wrong('no account is looked at');
    case 'refund_state_mismatch':
    case 'refund_amount_mismatch':
    // That a hold has its reason, and ends, is checked of the order.
    case 'fulfilment_held':
      return;
    case 'refund_transaction_mismatch':
      if (!isToldOfAnother(world, number, 'foreign_refund'))
        throw wrong('no refund of another payment was reported');
      if (explained) throw unexplained();
      return;
    case 'transaction_reused':
      if (!isToldOfAnother(world, number, 'reused_transaction'))
        throw wrong('no payment was reported of two orders');
      if (explained) throw unexplained();
      return;
    case 'currency_mismatch':
    case 'merchant_mismatch':
    case 'payer_mismatch':
    case 'duplicate_payment':
    case 'fee_mismatch':
      throw wrong('nobody ever differed in this');
  }
}

/** Whether WeChat Pay was made to tell of this order what is another's. */
function isToldOfAnother(
  { plan }: World,
  number: string | null,
  kind: 'foreign_refund' | 'reused_transaction',
): boolean {
  return plan.events.some((event) => event.kind === kind && numberOf({ n: event.order }) === number);
}

function ordersByNumber({ state }: World): ReadonlyMap<string, Order> {
  return new Map([...state.orders.values()].map(({ order }) => [order.outTradeNo, order]));
}

function ordersRefund({ state }: World, outRefundNo: string) {
  return [...state.refunds.values()].find(({ refund }) => refund.outRefundNo === outRefundNo)?.refund;
}

function wasEverClosed({ history }: Order): boolean {
  return history.some(({ event }) => event === 'closed' || event === 'failed');
}
