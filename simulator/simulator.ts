import { fen, isPayableFen, type Fen } from '../lib/values/fen';
import { formatBeijing, type Clock } from '../lib/values/instant';
import { answerWriter, type PayApiAnswer } from './api-answer';
import { apiFaults, type ApiFaultWish } from './api-faults';
import { createBillApi, type BillQuestion } from './bill/bill-api';
import type { Plant, PlantWish } from './bill/plant';
import { openPlantBook } from './bill/plant-book';
import { V2_FORM, type BillForm } from './bill/write';
import { paymentEvent, type Parties, type PaymentEvent } from './event';
import { DEFAULT_FEE_RATE, isFeeRate, type FeeRate } from './fee';
import type { Journal } from './journal';
import { newNotification, type DeliveryFaults } from './notification';
import { createNotifier, type Deliver, type Notice, type Schedule } from './notifier';
import {
  abandon,
  pay,
  payAgain,
  type Coupon,
  type SimulatedOrder,
  type SimulatedPayment,
  type Step,
} from './order';
import { createOrderApi } from './order-api';
import { openOrderBook } from './order-book';
import { createPayApi } from './pay-api';
import { digits, hex, type Random } from './randomness';
import { createQueryRefundApi, type RefundQueryManner } from './refund/query-refund-api';
import type { SimulatedRefund } from './refund/refund';
import { createRefundApi } from './refund/refund-api';
import { openRefundBook } from './refund/refund-book';
import { createRefundDesk, type BackOfficeRefund } from './refund/refund-desk';
import { settledWish, type RefundWish } from './refund/wish';
import { SimulatorError } from './simulator-error';
import { tradeState, type TradeState } from './trade-state';
import { createWaiting } from './waiting';

/** What may go wrong with a payment, on request. */
export interface PaymentFaults extends DeliveryFaults {
  /**
   * WeChat Pay says, by every path, that this much was paid, in fen, instead of the order's total.
   */
  readonly wrongAmount?: Fen;
  /** Pay although the order is closed or expired: the payer had confirmed before. */
  readonly payAfterClose?: boolean;
  /** Pay once more what is paid already: two payments of one order. */
  readonly again?: boolean;
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
  /**
   * The function that is called, `payCallback` unless the order is known or this says otherwise.
   */
  readonly functionName?: string;
  /** Fields to lie about; the rest is taken from the order where it is known. */
  readonly fields?: Partial<PaymentEvent>;
}

/** An order as the simulated WeChat Pay sees it. */
export interface OrderDescription {
  readonly order: SimulatedOrder;
  /** What queryOrder says of it. */
  readonly tradeState: TradeState;
  /** In the order they were accepted. */
  readonly refunds: readonly SimulatedRefund[];
  /** Calls of the callee about its payment so far; lost sends are none. */
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
  /**
   * How many times faster than real the retry schedule, the processing of refunds, and the ageing
   * of orders that are to be closed go; more than 0. Days, and so statements, go by the clock
   * alone.
   */
  readonly speed: number;
  readonly random: Random;
  readonly parties?: Parties;
  /**
   * What WeChat Pay charges for payments from now on, in millionths of what it settles; 6,000 (0.60
   * %) unless told.
   */
  readonly feeRate?: FeeRate;
  /** How statements are written and their failures said; as v2 does, and in JSON, unless told. */
  readonly billForm?: BillForm;
  readonly billFailuresAs?: 'json' | 'xml';
}

/** WeChat Pay, played on this machine. */
export interface Simulator {
  /**
   * Answers a call of the pay gateway as WeChat Pay would, snake_case in and out. Rejects only when
   * it was wished that no answer comes (`answer_lost`), or when the simulator is stopped meanwhile.
   */
  payApi(apiName: string, request: Readonly<Record<string, unknown>>): Promise<PayApiAnswer>;
  /** Makes calls to come of a pay API go wrong. Throws `SimulatorError` for a bad wish. */
  disturb(wish: ApiFaultWish): void;
  /**
   * The payer pays: the order is paid at once, its notification follows. Throws `SimulatorError`
   * when it cannot be paid.
   */
  pay(outTradeNo: string, wish?: PaymentWish): SimulatedPayment;
  /**
   * The payer leaves without paying and does not come back. Throws `SimulatorError` when they have
   * paid.
   */
  abandon(outTradeNo: string): void;
  /**
   * Says what is to become of a refund that is yet to come; null: of all that have no wish of their
   * own. Throws `SimulatorError`.
   */
  wishRefund(outRefundNo: string | null, wish: RefundWish): void;
  /**
   * Somebody refunds in the merchant platform, unknown to the merchant's functions. Throws
   * `SimulatorError` when it is declined.
   */
  refundInBackOffice(refund: BackOfficeRefund): SimulatedRefund;
  /**
   * Somebody deals with an abnormal refund in the merchant platform. Throws `SimulatorError` when
   * it is not abnormal.
   */
  resolveRefund(outRefundNo: string, as: 'SUCCESS' | 'REFUNDCLOSE'): SimulatedRefund;
  /**
   * From now on queryRefund answers so; `totals`, as cloud development does, until told. No journal
   * keeps this.
   */
  answerRefundQueries(manner: RefundQueryManner): void;
  /**
   * Plants a lie in statements to come. Throws `SimulatorError` when there is nothing to plant it
   * on.
   */
  plant(wish: PlantWish): Plant;
  /** Every lie that was planted. */
  plants(): readonly Plant[];
  /**
   * A statement as it stands now, whatever the hour, with what is planted in it; null without a
   * trade.
   */
  previewBill(question: BillQuestion): Buffer | null;
  /** Calls the callee with an event that looks like a real one. Rejects when the callee does. */
  forge(forgery: Forgery): Promise<{ readonly event: PaymentEvent; readonly answer: unknown }>;
  /** What is known of an order, or null. */
  describe(outTradeNo: string): OrderDescription | null;
  /** Every order, in the order they were made. */
  orders(): readonly OrderDescription[];
  /** Every refund as it stands, in the order they were accepted. */
  refunds(): readonly SimulatedRefund[];
  /**
   * Resolves when the order's notification has been acked; rejects when it is given up or the
   * simulator is stopped.
   */
  whenAcked(outTradeNo: string): Promise<void>;
  /**
   * Resolves when nothing is being delivered or waits to be and no refund is about to end; rejects
   * when the simulator is stopped.
   */
  whenQuiet(): Promise<void>;
  /** Delivers nothing more. What is unfinished stays in the journal for the next start. */
  stop(): void;
}

/**
 * Tencent's own service provider, which every payment of cloud development goes through, and a
 * made-up mini program.
 */
const PARTIES: Parties = { appid: 'wxd2d16a504f24665e', mchId: '1800008281', subAppid: 'wx5a1b2c3d4e5f6071' };

/**
 * Starts WeChat Pay on what the journal remembers: notifications and refunds that were not over go
 * on from where they stood.
 */
export function createSimulator(parts: SimulatorParts): Simulator {
  const { clock, random, journal, feeRate = DEFAULT_FEE_RATE } = parts;
  if (!(parts.speed > 0)) throw new RangeError('speed: a number above 0 is needed');
  if (!isFeeRate(feeRate)) throw new RangeError('feeRate: whole millionths from 0 to 1,000,000 are needed');
  const parties = parts.parties ?? PARTIES;
  const orders = openOrderBook(journal);
  const refunds = openRefundBook(journal);
  const plants = openPlantBook({ journal, orders, refunds, random });
  const waiting = createWaiting();
  const { wait, changed } = waiting;
  const faults = apiFaults();
  let manner: RefundQueryManner = 'totals';

  const notifier = createNotifier({ ...parts, changed });
  const desk = createRefundDesk({ ...parts, orders, refunds, notifier, parties, changed });
  const write = answerWriter(parties, random);
  const bills = createBillApi({
    orders,
    refunds,
    plants,
    clock,
    parties,
    form: parts.billForm ?? V2_FORM,
    failuresAs: parts.billFailuresAs ?? 'json',
  });
  const whenTold = ({ asked }: SimulatedRefund): Promise<void> =>
    wait(() => {
      const { notifications = [] } = refunds.get(asked.subMchId, asked.outRefundNo) ?? {};
      const told = notifications.every(({ notification }) => notification.deliveries.length > 0);
      return told ? 'done' : 'wait';
    });
  const payApi = createPayApi({
    faults,
    write,
    apis: {
      ...createOrderApi({ ...parts, orders, refunds, write, parties }),
      refund: createRefundApi({ orders, refunds, desk, write, whenTold }),
      queryRefund: createQueryRefundApi({ orders, refunds, write, manner: () => manner }),
      downloadBill: (request) => bills.download(request),
    },
  });
  for (const order of orders.all()) if (order.notification !== null) notifier.resume(noticeOf(order));
  desk.resume();

  function known(outTradeNo: string): SimulatedOrder {
    const order = orders.find(outTradeNo);
    if (order === null) {
      throw new SimulatorError('no_such_order', `no order ${outTradeNo}: ask for it with unifiedOrder first`);
    }
    return order;
  }

  function transactionId(): string {
    const serial = String(orders.paidCount() + 1).padStart(10, '0');
    return `4200${digits(random, 6)}${formatBeijing(clock.now(), 'YYYYMMDD')}${serial}`;
  }

  /** The notification of an order's payment. */
  function noticeOf({ asked }: SimulatedOrder): Notice {
    const told = () => {
      const order = orders.get(asked.subMchId, asked.outTradeNo);
      const payment = order?.payment ?? null;
      const notification = order?.notification ?? null;
      if (order === null || payment === null || notification === null) {
        throw new RangeError('an order lost its payment');
      }
      return { order, payment, notification };
    };
    return {
      context: { source: 'wx_paycallback', functionName: asked.functionName },
      event() {
        const { payment, notification } = told();
        return paymentEvent(parties, asked, payment, notification.nonce);
      },
      state: () => told().notification,
      keep: (notification) => orders.put({ ...told().order, notification }),
    };
  }

  function described(order: SimulatedOrder): OrderDescription {
    const { subMchId, outTradeNo } = order.asked;
    const deliveries = order.notification?.deliveries ?? [];
    const refunded = refunds.ofOrder(subMchId, outTradeNo);
    return {
      order,
      tradeState: tradeState(order, refunded),
      refunds: refunded,
      deliveries: deliveries.filter(({ outcome }) => outcome !== 'lost').length,
      acks: deliveries.filter(({ outcome }) => outcome === 'acked').length,
    };
  }

  return {
    payApi: (apiName, request) => payApi(apiName, request),
    disturb: (wish) => {
      faults.wish(wish);
    },
    pay(outTradeNo, wish = {}) {
      const order = known(outTradeNo);
      const { wrongAmount, payAfterClose = false, again = false, ...deliveryFaults } = wish.faults ?? {};
      const now = clock.now();
      const totalFee = wrongAmount === undefined ? order.asked.totalFee : payable('wrongAmount', wrongAmount);
      const coupon = checkedCoupon(wish.coupon ?? null, totalFee);
      const notification = newNotification(hex(random, 32), now, deliveryFaults);
      const payment: SimulatedPayment = {
        transactionId: transactionId(),
        paidAt: now,
        totalFee,
        coupon,
        feeRate,
      };
      const paid = {
        ...taken(again ? payAgain(order, payment) : pay(order, payment, payAfterClose)),
        notification,
      };
      orders.put(paid);
      notifier.resume(noticeOf(paid));
      return payment;
    },
    abandon: (outTradeNo) => {
      orders.put(taken(abandon(known(outTradeNo))));
    },
    wishRefund(outRefundNo, wish) {
      // Tells a wish that cannot come true from one that can, before anything is kept.
      settledWish(wish, parts.speed);
      refunds.putWish(outRefundNo, wish);
    },
    refundInBackOffice: (refund) => desk.backOffice(refund),
    resolveRefund: (outRefundNo, as) => desk.resolve(outRefundNo, as),
    answerRefundQueries(as) {
      manner = as;
    },
    plant: (wish) => plants.plant(wish),
    plants: () => plants.all(),
    previewBill: (question) => bills.preview(question),
    async forge({ outTradeNo, source = 'wx_client', functionName, fields = {} }) {
      const asked = orders.find(outTradeNo)?.asked ?? {
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
        feeRate,
      };
      const event: PaymentEvent = { ...paymentEvent(parties, asked, payment, hex(random, 32)), ...fields };
      const context = { source, functionName: functionName ?? asked.functionName };
      return { event, answer: await parts.deliver(structuredClone(event), context) };
    },
    describe(outTradeNo) {
      const order = orders.find(outTradeNo);
      return order && described(order);
    },
    orders: () => orders.all().map(described),
    refunds: () => refunds.all(),
    whenAcked: (outTradeNo) =>
      wait(() => {
        const end = orders.find(outTradeNo)?.notification?.end;
        if (end === 'acked') return 'done';
        if (end !== 'given_up') return 'wait';
        return new SimulatorError('given_up', `the notification of ${outTradeNo} was never acked`);
      }),
    whenQuiet: () => wait(() => (notifier.isBusy() || refunds.pendingCount() > 0 ? 'wait' : 'done')),
    stop() {
      notifier.stop();
      desk.stop();
      waiting.stop();
    },
  };
}

function taken(step: Step): SimulatedOrder {
  if (step.kind === 'moved') return step.order;
  throw new SimulatorError(step.reason, REFUSAL_TEXTS[step.reason]);
}

const REFUSAL_TEXTS = {
  paid: 'the order is paid already: make a new one, or ask for the fault again',
  not_paid: 'the order is not paid yet: pay it without the fault again',
  closed: 'the order is closed: make a new one, or ask for the fault payAfterClose',
  number_used: 'the number was used with other values: use another number',
  too_early: 'the order is not 5 minutes old yet: wait, or raise the speed',
  expired: 'the order has expired: make a new one, or ask for the fault payAfterClose',
  abandoned: 'the payer has left: make a new order',
} as const;

function payable(name: string, value: Fen): Fen {
  if (isPayableFen(value)) return value;
  throw new SimulatorError('bad_fault', `${name}: a whole number of fen from 1 is needed`);
}

function checkedCoupon(coupon: Coupon | null, total: Fen): Coupon | null {
  if (coupon === null || (isPayableFen(coupon.fee) && coupon.fee <= total)) return coupon;
  throw new SimulatorError('bad_coupon', `a coupon covers 1 to ${total} fen of this order`);
}
