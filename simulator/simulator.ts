import { fen, isPayableFen, type Fen } from '../lib/values/fen';
import { formatBeijing, later, type Clock } from '../lib/values/instant';
import { paymentEvent, type Parties, type PaymentEvent } from './event';
import type { Journal } from './journal';
import { createNotifier, type Deliver, type Schedule } from './notifier';
import { abandon, pay, type Coupon, type SimulatedOrder, type SimulatedPayment, type Step } from './order';
import { openOrderBook } from './order-book';
import { createPayApi, type PayApiAnswer } from './pay-api';
import { digits, hex, type Random } from './randomness';
import { MOST_SENDS } from './retry-schedule';
import { SimulatorError } from './simulator-error';

/** What may go wrong with a payment's notification, on request. */
export interface PaymentFaults {
  /** Deliver again this many times after the ack, one after another. */
  readonly duplicates?: number;
  /** Deliver the first send from this many servers at once. */
  readonly concurrent?: number;
  /** Send for the first time this much later, in ms of the scheduler (not divided by `speed`). */
  readonly delayMs?: number;
  /** Lose the first send, this many sends, or every one: they count for the schedule and never arrive. */
  readonly lose?: 'first' | 'all' | number;
  /** WeChat Pay says, by every path, that this much was paid, in fen, instead of the order's total. */
  readonly wrongAmount?: Fen;
  /** Pay although the order is closed or expired: the payer had confirmed before. */
  readonly payAfterClose?: boolean;
}

/** How an order is paid. */
export interface PaymentWish {
  /** A coupon covers this much of it; the rest is cash. */
  readonly coupon?: Coupon;
  readonly faults?: PaymentFaults;
}

/** A notification nobody's payment stands behind. */
export interface Forgery {
  readonly outTradeNo: string;
  /** What the callee sees as `SOURCE`, `wx_client` unless said otherwise. */
  readonly source?: string;
  /** The function that is called, `payCallback` unless the order is known or this says otherwise. */
  readonly functionName?: string;
  /** Fields to lie about; the rest is taken from the order where it is known. */
  readonly fields?: Partial<PaymentEvent>;
}

/** An order as the simulated WeChat Pay sees it. */
export interface OrderDescription {
  readonly order: SimulatedOrder;
  /** Calls of the callee so far; lost sends are none. */
  readonly deliveries: number;
  /** How many of them it acked. */
  readonly acks: number;
}

/** What a simulator is made of. */
export interface SimulatorParts {
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly deliver: Deliver;
  readonly journal: Journal;
  /** How many times faster than real the retry schedule and the ageing of orders go; more than 0. */
  readonly speed: number;
  readonly random: Random;
  readonly parties?: Parties;
}

/** WeChat Pay, played on this machine. */
export interface Simulator {
  /** Answers a call of the pay gateway as WeChat Pay would, snake_case in and out. Never rejects. */
  payApi(apiName: string, request: Readonly<Record<string, unknown>>): Promise<PayApiAnswer>;
  /** The payer pays: the order is paid at once, its notification follows. Throws `SimulatorError` when it cannot be paid. */
  pay(outTradeNo: string, wish?: PaymentWish): SimulatedPayment;
  /** The payer leaves without paying and does not come back. Throws `SimulatorError` when they have paid. */
  abandon(outTradeNo: string): void;
  /** Calls the callee with an event that looks like a real one. Rejects when the callee does. */
  forge(forgery: Forgery): Promise<{ readonly event: PaymentEvent; readonly answer: unknown }>;
  /** What is known of an order, or null. */
  describe(outTradeNo: string): OrderDescription | null;
  /** Every order, in the order they were made. */
  orders(): readonly OrderDescription[];
  /** Resolves when the order's notification has been acked; rejects when it is given up or the simulator is stopped. */
  whenAcked(outTradeNo: string): Promise<void>;
  /** Resolves when nothing is being delivered or waits to be; rejects when the simulator is stopped. */
  whenQuiet(): Promise<void>;
  /** Delivers nothing more. What is unfinished stays in the journal for the next start. */
  stop(): void;
}

/** Tencent's own service provider, which every payment of cloud development goes through, and a made-up mini program. */
const PARTIES: Parties = { appid: 'wxd2d16a504f24665e', mchId: '1800008281', subAppid: 'wx5a1b2c3d4e5f6071' };

/** Starts WeChat Pay on what the journal remembers: notifications that were not acked go on from where they stood. */
export function createSimulator(parts: SimulatorParts): Simulator {
  if (!(parts.speed > 0)) throw new RangeError('speed: a number above 0 is needed');
  const { clock, random } = parts;
  const parties = parts.parties ?? PARTIES;
  const book = openOrderBook(parts.journal);
  const waiters = new Set<(stopped: boolean) => boolean>();
  let stopped = false;

  const changed = (): void => {
    for (const settle of waiters) if (settle(stopped)) waiters.delete(settle);
  };
  const notifier = createNotifier({ ...parts, parties, book, changed });
  const answerPayApi = createPayApi({ ...parts, parties, book });
  for (const order of book.all()) notifier.resume(order);

  function known(outTradeNo: string): SimulatedOrder {
    const order = book.find(outTradeNo);
    if (order === null) {
      throw new SimulatorError('no_such_order', `no order ${outTradeNo}: ask for it with unifiedOrder first`);
    }
    return order;
  }

  /** Resolves or rejects once `look` sees the end; it is asked again after every change. */
  function wait(look: () => 'wait' | 'done' | SimulatorError): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (isStopped: boolean): boolean => {
        const seen = look();
        if (seen === 'done') resolve();
        else if (seen !== 'wait') reject(seen);
        else if (isStopped)
          reject(new SimulatorError('stopped', 'the simulator was stopped while somebody waited'));
        else return false;
        return true;
      };
      if (!settle(stopped)) waiters.add(settle);
    });
  }

  function transactionId(): string {
    const serial = String(book.paidCount() + 1).padStart(10, '0');
    return `4200${digits(random, 6)}${formatBeijing(clock.now(), 'YYYYMMDD')}${serial}`;
  }

  return {
    payApi: async (apiName, request) => answerPayApi(apiName, request),
    pay(outTradeNo, wish = {}) {
      const order = known(outTradeNo);
      const faults = checkedFaults(wish.faults ?? {});
      const now = clock.now();
      const totalFee = faults.wrongAmount ?? order.asked.totalFee;
      const payment: SimulatedPayment = {
        transactionId: transactionId(),
        paidAt: now,
        totalFee,
        coupon: checkedCoupon(wish.coupon ?? null, totalFee),
      };
      const paid = taken(pay(order, payment, faults.payAfterClose));
      const notified: SimulatedOrder = {
        ...paid,
        notification: {
          nonce: hex(random, 32),
          sends: 0,
          dueAt: later(now, faults.delayMs),
          end: null,
          toLose: faults.toLose,
          atOnce: faults.concurrent,
          duplicatesLeft: faults.duplicates,
          deliveries: [],
        },
      };
      book.put(notified);
      notifier.resume(notified);
      return payment;
    },
    abandon: (outTradeNo) => book.put(taken(abandon(known(outTradeNo)))),
    async forge({ outTradeNo, source = 'wx_client', functionName, fields = {} }) {
      const order = book.find(outTradeNo);
      const asked = order?.asked ?? {
        subMchId: '1600000000',
        outTradeNo,
        totalFee: fen(1),
        feeType: 'CNY',
        body: '',
        attach: null,
        subOpenid: `o${hex(random, 27)}`,
        timeExpire: null,
        expiresAt: null,
        functionName: 'payCallback',
        envId: '',
      };
      const payment: SimulatedPayment = {
        transactionId: `4200${digits(random, 24)}`,
        paidAt: clock.now(),
        totalFee: asked.totalFee,
        coupon: null,
      };
      const event: PaymentEvent = { ...paymentEvent(parties, asked, payment, hex(random, 32)), ...fields };
      const context = { source, functionName: functionName ?? asked.functionName };
      return { event, answer: await parts.deliver(structuredClone(event), context) };
    },
    describe(outTradeNo) {
      const order = book.find(outTradeNo);
      return order && described(order);
    },
    orders: () => book.all().map(described),
    whenAcked: (outTradeNo) =>
      wait(() => {
        const end = book.find(outTradeNo)?.notification?.end;
        if (end === 'acked') return 'done';
        if (end !== 'given_up') return 'wait';
        return new SimulatorError('given_up', `the notification of ${outTradeNo} was never acked`);
      }),
    whenQuiet: () => wait(() => (book.unfinishedCount() > 0 || notifier.isDelivering() ? 'wait' : 'done')),
    stop() {
      stopped = true;
      notifier.stop();
      changed();
    },
  };
}

function described(order: SimulatedOrder): OrderDescription {
  const deliveries = order.notification?.deliveries ?? [];
  return {
    order,
    deliveries: deliveries.filter(({ outcome }) => outcome !== 'lost').length,
    acks: deliveries.filter(({ outcome }) => outcome === 'acked').length,
  };
}

function taken(step: Step): SimulatedOrder {
  if (step.kind === 'moved') return step.order;
  throw new SimulatorError(step.reason, REFUSAL_TEXTS[step.reason]);
}

const REFUSAL_TEXTS = {
  paid: 'the order is paid already: make a new one',
  closed: 'the order is closed: make a new one, or ask for the fault payAfterClose',
  number_used: 'the number was used with other values: use another number',
  too_early: 'the order is not 5 minutes old yet: wait, or raise the speed',
  expired: 'the order has expired: make a new one, or ask for the fault payAfterClose',
  abandoned: 'the payer has left: make a new order',
} as const;

interface CheckedFaults {
  readonly duplicates: number;
  readonly concurrent: number;
  readonly delayMs: number;
  readonly toLose: number;
  readonly wrongAmount: Fen | undefined;
  readonly payAfterClose: boolean;
}

/** More repeats than this are a slip of the pen, not a fault worth playing. */
const MOST_COPIES = 1000;

/** WeChat Pay gives up after two days. */
const LONGEST_DELAY_MS = 2 * 24 * 3600 * 1000;

function checkedFaults(faults: PaymentFaults): CheckedFaults {
  const toLose = faults.lose === 'all' ? MOST_SENDS : faults.lose === 'first' ? 1 : (faults.lose ?? 0);
  return {
    duplicates: whole('duplicates', faults.duplicates ?? 0, 0, MOST_COPIES),
    concurrent: whole('concurrent', faults.concurrent ?? 1, 1, MOST_COPIES),
    delayMs: whole('delayMs', faults.delayMs ?? 0, 0, LONGEST_DELAY_MS),
    toLose: whole('lose', toLose, 0, MOST_SENDS),
    wrongAmount: faults.wrongAmount === undefined ? undefined : payable('wrongAmount', faults.wrongAmount),
    payAfterClose: faults.payAfterClose ?? false,
  };
}

function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new SimulatorError('bad_fault', `${name}: a whole number from ${least} to ${most} is needed`);
}

function payable(name: string, value: Fen): Fen {
  if (isPayableFen(value)) return value;
  throw new SimulatorError('bad_fault', `${name}: a whole number of fen from 1 is needed`);
}

function checkedCoupon(coupon: Coupon | null, total: Fen): Coupon | null {
  if (coupon === null || (isPayableFen(coupon.fee) && coupon.fee <= total)) return coupon;
  throw new SimulatorError('bad_coupon', `a coupon covers 1 to ${total} fen of this order`);
}
