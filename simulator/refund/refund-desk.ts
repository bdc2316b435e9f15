import { fen, isPayableFen, type Fen } from '../../lib/values/fen';
import { formatBeijing, type Clock } from '../../lib/values/instant';
import type { Parties } from '../event';
import { isAck, type Deliver, type Notice, type Notifier, type Schedule } from '../notifier';
import type { OrderBook } from '../order-book';
import { digits, hex, type Random } from '../randomness';
import { SimulatorError } from '../simulator-error';
import { refundNotice, type NoticesV3 } from '../v3/notices';
import { refundEvent } from './event';
import {
  accept,
  moved,
  scriptedEnd,
  type AskedRefund,
  type SimulatedRefusal,
  type SimulatedRefundState,
  type RefundStep,
  type SimulatedRefund,
} from './refund';
import type { RefundBook } from './refund-book';
import { settledScript, type RefundScript } from './script';

/**
 * The dependencies of a refund desk. `speed` divides the time a refund takes, unless its requested
 * outcome sets it.
 */
export interface RefundDeskParts {
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly speed: number;
  readonly random: Random;
  readonly parties: Parties;
  /** Calls the callee of an order through cloud development. */
  readonly deliver: Deliver;
  /** Delivers those of orders through API v3; null where no merchant uses it. */
  readonly noticesV3: NoticesV3 | null;
  /** Called after every change that a caller may be waiting for. */
  readonly changed: () => void;
}

/** A refund made in the merchant platform, without the merchant's functions. */
export interface BackOfficeRefund {
  readonly outTradeNo: string;
  /** In fen; default: the whole remaining amount. */
  readonly refundFee?: Fen | undefined;
  /** The refund number; by default the merchant platform generates one. */
  readonly outRefundNo?: string | undefined;
  /**
   * The function that receives its notification; default: none. For an order through API v3 any
   * name stands for the address set in the merchant platform: that of payments, with `refund` for
   * `pay`.
   */
  readonly callback?: string | undefined;
  readonly script?: RefundScript | undefined;
}

/** Accepts refunds and brings each to its end. */
export interface RefundDesk {
  /** Accepts a refund, or returns why not. A repeated request returns the existing refund. */
  ask(asked: AskedRefund, script?: RefundScript): RefundStep;
  /** Refunds in the merchant platform. Throws `SimulatorError` when WeChat Pay would refuse. */
  backOffice(refund: BackOfficeRefund): SimulatedRefund;
  /**
   * Resolves an abnormal refund in the merchant platform. Throws `SimulatorError` for any other.
   */
  resolve(outRefundNo: string, as: 'SUCCESS' | 'REFUNDCLOSE'): SimulatedRefund;
  /** Resumes unfinished refunds and notifications after a restart. */
  resume(): void;
  /** Stops. Pending refunds stay in the journal for the next start. */
  stop(): void;
}

/** Creates a refund desk. Nothing happens until `ask` or `resume`. */
export function createRefundDesk(parts: RefundDeskParts): RefundDesk {
  const { orders, refunds, notifier, clock, random } = parts;
  const timers = new Set<() => void>();
  let stopped = false;

  function current(refund: SimulatedRefund): SimulatedRefund {
    return refunds.get(refund.asked.subMchId, refund.asked.outRefundNo) ?? refund;
  }

  function known(outRefundNo: string): SimulatedRefund {
    const refund = refunds.find(outRefundNo);
    if (refund !== null) return refund;
    throw new SimulatorError('no_such_refund', `no refund ${outRefundNo}: request it with refund first`);
  }

  function refundId(): string {
    const serial = String(refunds.all().length + 1).padStart(10, '0');
    return `50300${digits(random, 6)}${formatBeijing(clock.now(), 'YYYYMMDD')}${serial}`;
  }

  function ask(asked: AskedRefund, script: RefundScript = refunds.scriptFor(asked.outRefundNo)): RefundStep {
    const { subMchId, outTradeNo, outRefundNo } = asked;
    const step = accept(
      orders.get(subMchId, outTradeNo),
      refunds.ofOrder(subMchId, outTradeNo),
      refunds.get(subMchId, outRefundNo),
      asked,
      { refundId: refundId(), now: clock.now(), script: settledScript(script, parts.speed) },
    );
    if (step.kind === 'refused' || !step.isNew) return step;
    refunds.put(step.refund);
    awaitEnd(step.refund);
    return step;
  }

  function awaitEnd(refund: SimulatedRefund): void {
    if (stopped || refund.endsAt === null) return;
    if (refund.script.notify === 'before_answer') {
      end(refund);
      return;
    }
    const cancel = parts.schedule(Math.max(0, refund.endsAt - clock.now()), () => {
      timers.delete(cancel);
      end(current(refund));
    });
    timers.add(cancel);
  }

  function end(refund: SimulatedRefund): void {
    const state = scriptedEnd(refund);
    if (state !== null) move(refund, state);
  }

  function move(before: SimulatedRefund, state: SimulatedRefundState): SimulatedRefund {
    const after = moved(before, state, clock.now(), () => hex(random, 32));
    refunds.put(after);
    after.notifications.forEach((_, index) => {
      if (index >= before.notifications.length) notifier.resume(noticeOf(after, index));
    });
    parts.changed();
    return after;
  }

  function noticeOf(refund: SimulatedRefund, index: number): Notice {
    const notified = () => {
      const found = current(refund).notifications[index];
      if (found === undefined) throw new RangeError('a refund lost a notification');
      return found;
    };
    const orderOf = () => {
      const { subMchId, outTradeNo } = refund.asked;
      const order = orders.get(subMchId, outTradeNo);
      if (order === null) throw new RangeError('a refund lost its order');
      return order;
    };
    return {
      async deliver(probe) {
        const order = orderOf();
        const { v3 } = order.asked;
        const { functionName, notifyUrl } = refund.asked;
        if (v3 !== null) {
          const content = refundNotice(order, v3, current(refund), notified(), notifyUrl ?? v3.notifyUrl);
          return (await parts.noticesV3?.deliver(content, probe)) ?? false;
        }
        const event = refundEvent(parts.parties, order, current(refund), notified());
        const context = { source: refund.script.source, functionName: functionName ?? '' };
        return isAck(await parts.deliver(event, context));
      },
      state: () => notified().notification,
      keep(notification) {
        const now = current(refund);
        const notifications = now.notifications.map((one, at) =>
          at === index ? { ...one, notification } : one,
        );
        refunds.put({ ...now, notifications });
      },
    };
  }

  return {
    ask,
    backOffice({ outTradeNo, refundFee, outRefundNo, callback, script }) {
      const order = orders.find(outTradeNo);
      const payment = order?.payment ?? null;
      if (order === null || payment === null) throw declined(order === null ? 'no_such_order' : 'not_paid');
      const { subMchId } = order.asked;
      const refunded = refunds
        .ofOrder(subMchId, outTradeNo)
        .filter(({ transactionId }) => transactionId === payment.transactionId)
        .reduce((sum, one) => sum + (one.state === 'REFUNDCLOSE' ? 0 : one.asked.refundFee), 0);
      const all = payment.totalFee - refunded;
      if (refundFee === undefined && !isPayableFen(all)) throw declined('all_refunded');
      const step = ask(
        {
          subMchId,
          outTradeNo,
          transactionId: payment.transactionId,
          outRefundNo: outRefundNo ?? `50${formatBeijing(clock.now(), 'YYYYMMDD')}${digits(random, 18)}`,
          totalFee: payment.totalFee,
          refundFee: refundFee ?? fen(all),
          desc: null,
          account: 'REFUND_SOURCE_UNSETTLED_FUNDS',
          requestedIn: 'VENDOR_PLATFORM',
          ...(order.asked.v3 === null
            ? { functionName: callback ?? null, notifyUrl: null }
            : {
                functionName: null,
                notifyUrl:
                  callback === undefined
                    ? null
                    : order.asked.v3.notifyUrl.replace(/\/pay(?=\/|$)/, '/refund'),
              }),
        },
        script,
      );
      if (step.kind === 'refused') throw declined(step.reason);
      return step.refund;
    },
    resolve(outRefundNo, as) {
      const refund = known(outRefundNo);
      if (refund.state !== 'CHANGE') {
        throw new SimulatorError('not_abnormal', `refund ${outRefundNo} is ${refund.state}, not abnormal`);
      }
      return move(refund, as);
    },
    resume() {
      for (const refund of refunds.all()) {
        refund.notifications.forEach((_, index) => notifier.resume(noticeOf(refund, index)));
        awaitEnd(refund);
      }
    },
    stop() {
      stopped = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}

function declined(reason: SimulatedRefusal): SimulatorError {
  return new SimulatorError(reason, REFUSAL_TEXTS[reason]);
}

const REFUSAL_TEXTS: Readonly<Record<SimulatedRefusal, string>> = {
  no_such_order: 'no order of this number: create it with unifiedOrder first',
  not_paid: 'the order is not paid: there is nothing to refund',
  overdue: 'the payment is more than a year old',
  values_differ: 'the refund was requested with other amounts, or the order amount differs',
  number_used: 'the refund number belongs to another order: use another number',
  bad_refund: 'a refund must not exceed the order amount',
  all_refunded: 'the order is fully refunded',
  too_much: 'the order’s refunds would exceed what was paid',
  too_many: 'an order can have at most 50 refunds',
};
