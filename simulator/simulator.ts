import { fen, isPayableFen, type Fen } from '../lib/values/fen';
import { formatBeijing, type Clock } from '../lib/values/instant';
import { answerWriter, type PayApiAnswer } from './api-answer';
import { apiFaults, type ApiFaultRequest } from './api-faults';
import { createBillApi, type BillQuestion } from './bill/bill-api';
import type { BillOwner } from './bill/columns';
import type { Plant, PlantRequest } from './bill/plant';
import { openPlantBook } from './bill/plant-book';
import { V2_FORM, type BillForm } from './bill/write';
import { paymentEvent, type Parties, type PaymentEvent } from './event';
import { DEFAULT_FEE_RATE, isFeeRate, type FeeRate } from './fee';
import type { Journal } from './journal';
import { newNotification, type DeliveryFaults } from './notification';
import { createNotifier, type Deliver, type Schedule } from './notifier';
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
import { paymentNotices } from './payment-notice';
import { digits, hex, type Random } from './randomness';
import { createQueryRefundApi, type RefundQueryManner } from './refund/query-refund-api';
import type { SimulatedRefund } from './refund/refund';
import { createRefundApi } from './refund/refund-api';
import { openRefundBook } from './refund/refund-book';
import { createRefundDesk, type BackOfficeRefund } from './refund/refund-desk';
import { settledScript, type RefundScript } from './refund/script';
import { SimulatorError } from './simulator-error';
import { tradeState, type TradeState } from './trade-state';
import { collectingNumber, signerNumber, type SimulatedParty } from './v3/party';
import { createSimulatorV3, openV3, type SimulatorV3, type SimulatorV3Parts } from './v3/simulator-v3';
import { createWaiting } from './waiting';

/** Faults of a payment, on request. */
export interface PaymentFaults extends DeliveryFaults {
  /**
   * WeChat Pay reports, everywhere, that this amount was paid, in fen, instead of the order amount.
   */
  readonly wrongAmount?: Fen;
  /** Pay a closed or expired order: the payer confirmed before. */
  readonly payAfterClose?: boolean;
  /** Pay once more what is paid already: two payments of one order. */
  readonly again?: boolean;
}

/** How an order is paid. */
export interface PaymentRequest {
  /** A coupon covers this part; the rest is cash. */
  readonly coupon?: Coupon;
  readonly faults?: PaymentFaults;
}

/** A forged notification, without a payment. */
export interface Forgery {
  readonly outTradeNo: string;
  /** The callee's `SOURCE`; default `wx_client`. */
  readonly source?: string;
  /** The called function; default that of the order if known, else `payCallback`. */
  readonly functionName?: string;
  /** Fields to falsify; the rest comes from the order, if known. */
  readonly fields?: Partial<PaymentEvent>;
}

/** An order as the simulated WeChat Pay sees it. */
export interface OrderDescription {
  readonly order: SimulatedOrder;
  /** Its state in queryOrder. */
  readonly tradeState: TradeState;
  /** In order of acceptance. */
  readonly refunds: readonly SimulatedRefund[];
  /** Calls of the callee about its payment so far, without lost sends. */
  readonly deliveries: number;
  /** How many of them it acked. */
  readonly acks: number;
}

/** The dependencies of a simulator. */
export interface SimulatorParts {
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly deliver: Deliver;
  readonly journal: Journal;
  /**
   * The factor, above 0, by which the retry schedule, refund processing and the ageing of orders
   * before closing run faster than real time. Days, and so bills, follow the clock alone.
   */
  readonly speed: number;
  readonly random: Random;
  readonly parties?: Parties;
  /**
   * WeChat Pay's fee rate for new payments, in millionths of the settlement amount; default 6,000
   * (0.60 %).
   */
  readonly feeRate?: FeeRate;
  /** The format of bills and of their errors; default v2's, and JSON. */
  readonly billForm?: BillForm;
  readonly billFailuresAs?: 'json' | 'xml';
  /** Who uses API v3; absent: nobody. */
  readonly v3?: SimulatorV3Parts;
}

/** WeChat Pay, simulated on this machine. */
export interface Simulator {
  /**
   * Answers a call of the pay gateway as WeChat Pay does, snake_case in and out. Rejects only with
   * `answer_lost`, when a fault requests it, or when the simulator is stopped meanwhile.
   */
  payApi(apiName: string, request: Readonly<Record<string, unknown>>): Promise<PayApiAnswer>;
  /** Makes future calls of a pay API fail. Throws `SimulatorError` for an invalid request. */
  disturb(request: ApiFaultRequest): void;
  /**
   * The payer pays: the order is paid immediately, its notification follows. Throws
   * `SimulatorError` when it cannot be paid.
   */
  pay(outTradeNo: string, request?: PaymentRequest): SimulatedPayment;
  /**
   * The payer leaves without paying and does not come back. Throws `SimulatorError` for a paid
   * order.
   */
  abandon(outTradeNo: string): void;
  /**
   * Sets the outcome of a future refund; null: of all without their own. Throws `SimulatorError`.
   */
  scriptRefund(outRefundNo: string | null, request: RefundScript): void;
  /**
   * Refunds in the merchant platform, without the merchant's functions. Throws `SimulatorError`
   * when it is refused.
   */
  refundInBackOffice(refund: BackOfficeRefund): SimulatedRefund;
  /**
   * Resolves an abnormal refund in the merchant platform. Throws `SimulatorError` when it is not
   * abnormal.
   */
  resolveRefund(outRefundNo: string, as: 'SUCCESS' | 'REFUNDCLOSE'): SimulatedRefund;
  /**
   * Sets the form of queryRefund's responses; default `totals`, as in cloud development. The
   * journal does not store this.
   */
  answerRefundQueries(manner: RefundQueryManner): void;
  /**
   * Plants an error in future bills. Throws `SimulatorError` when there is nothing to plant it on.
   */
  plant(request: PlantRequest): Plant;
  /** Every planted error. */
  plants(): readonly Plant[];
  /** The current bill, at any hour, with its planted errors; null without a trade. */
  previewBill(question: BillQuestion): Buffer | null;
  /** Calls the callee with a forged event. Rejects when the callee does. */
  forge(forgery: Forgery): Promise<{ readonly event: PaymentEvent; readonly answer: unknown }>;
  /** Describes an order, or null. */
  describe(outTradeNo: string): OrderDescription | null;
  /** Every order, in order of creation. */
  orders(): readonly OrderDescription[];
  /** Every refund in its current state, in order of acceptance. */
  refunds(): readonly SimulatedRefund[];
  /**
   * Resolves when the order's notification is acked; rejects when it is given up or the simulator
   * is stopped.
   */
  whenAcked(outTradeNo: string): Promise<void>;
  /**
   * Resolves when no delivery is running or pending and no refund is about to end; rejects when the
   * simulator is stopped.
   */
  whenQuiet(): Promise<void>;
  /** Its API v3; null when nobody uses it. */
  readonly v3: SimulatorV3 | null;
  /** Stops delivering. Unfinished work stays in the journal for the next start. */
  stop(): void;
}

/**
 * Tencent's own service provider, which handles every payment of cloud development, and an invented
 * mini program.
 */
const PARTIES: Parties = { appid: 'wxd2d16a504f24665e', mchId: '1800008281', subAppid: 'wx5a1b2c3d4e5f6071' };

/**
 * Starts the simulator from the journal: unfinished notifications and refunds continue where they
 * stopped.
 */
export function createSimulator(parts: SimulatorParts): Simulator {
  const { clock, random, journal, feeRate = DEFAULT_FEE_RATE } = parts;
  if (!(parts.speed > 0)) throw new RangeError('speed: must be a number above 0');
  if (!isFeeRate(feeRate)) throw new RangeError('feeRate: must be whole millionths from 0 to 1,000,000');
  const parties = parts.parties ?? PARTIES;
  const orders = openOrderBook(journal);
  const refunds = openRefundBook(journal);
  const plants = openPlantBook({ journal, orders, refunds, random });
  const waiting = createWaiting();
  const { wait, changed } = waiting;
  const faults = apiFaults();
  let manner: RefundQueryManner = 'totals';

  const v3 = parts.v3 === undefined ? null : { ...openV3(parts.v3, parts), parts: parts.v3 };
  const noticesV3 = v3?.notices ?? null;
  const notifier = createNotifier({ ...parts, changed });
  const noticeOf = paymentNotices({ orders, parties, deliver: parts.deliver, noticesV3 });
  const desk = createRefundDesk({ ...parts, orders, refunds, notifier, parties, noticesV3, changed });
  const write = answerWriter(parties, random);
  const bills = createBillApi({
    orders,
    refunds,
    plants,
    clock,
    parties,
    ownerOf: (signer) => billOwner(signer, parts.v3?.parties ?? []),
    form: parts.billForm ?? V2_FORM,
    failuresAs: parts.billFailuresAs ?? 'json',
  });
  const whenNotified = ({ asked }: SimulatedRefund): Promise<void> =>
    wait(() => {
      const { notifications = [] } = refunds.get(asked.subMchId, asked.outRefundNo) ?? {};
      const allSent = notifications.every(({ notification }) => notification.deliveries.length > 0);
      return allSent ? 'done' : 'wait';
    });
  const payApi = createPayApi({
    faults,
    write,
    apis: {
      ...createOrderApi({ ...parts, orders, refunds, write, parties }),
      refund: createRefundApi({ orders, refunds, desk, write, whenNotified }),
      queryRefund: createQueryRefundApi({ orders, refunds, write, manner: () => manner }),
      downloadBill: (request) => bills.download(request),
    },
  });
  const apiV3 =
    v3 && createSimulatorV3(v3.parts, v3, { orders, refunds, desk, bills, clock, random, whenNotified });
  for (const order of orders.all()) if (order.notification !== null) notifier.resume(noticeOf(order));
  desk.resume();

  function known(outTradeNo: string): SimulatedOrder {
    const order = orders.find(outTradeNo);
    if (order === null) {
      throw new SimulatorError('no_such_order', `no order ${outTradeNo}: create it with unifiedOrder first`);
    }
    return order;
  }

  function transactionId(): string {
    const serial = String(orders.paidCount() + 1).padStart(10, '0');
    return `4200${digits(random, 6)}${formatBeijing(clock.now(), 'YYYYMMDD')}${serial}`;
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
    disturb: (request) => {
      faults.put(request);
    },
    pay(outTradeNo, request = {}) {
      const order = known(outTradeNo);
      const { wrongAmount, payAfterClose = false, again = false, ...deliveryFaults } = request.faults ?? {};
      const now = clock.now();
      const totalFee = wrongAmount === undefined ? order.asked.totalFee : payable('wrongAmount', wrongAmount);
      const coupon = checkedCoupon(request.coupon ?? null, totalFee);
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
    scriptRefund(outRefundNo, request) {
      // Rejects an impossible request before anything is stored.
      settledScript(request, parts.speed);
      refunds.putScript(outRefundNo, request);
    },
    refundInBackOffice: (refund) => desk.backOffice(refund),
    resolveRefund: (outRefundNo, as) => desk.resolve(outRefundNo, as),
    answerRefundQueries(as) {
      manner = as;
    },
    plant: (request) => plants.plant(request),
    plants: () => plants.all(),
    previewBill(question) {
      const party = parts.v3?.parties.find((one) => collectingNumber(one) === question.subMchId);
      return bills.preview(party === undefined ? question : { ...question, signer: signerNumber(party) });
    },
    v3: apiV3,
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
        v3: null,
      };
      const payment: SimulatedPayment = {
        transactionId: `4200${digits(random, 24)}`,
        paidAt: clock.now(),
        totalFee: asked.totalFee,
        coupon: null,
        feeRate,
      };
      const event: PaymentEvent = { ...paymentEvent(parties, asked, payment, hex(random, 32)), ...fields };
      const context = { source, functionName: functionName ?? (asked.functionName || 'payCallback') };
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

/** The first columns of a signer's bill. */
function billOwner(signer: string, parties: readonly SimulatedParty[]): BillOwner {
  const party = parties.find((one) => signerNumber(one) === signer);
  return party?.mode === 'direct'
    ? { appid: party.appId, mchId: signer, isDirect: true }
    : { appid: party?.spAppId ?? '', mchId: signer };
}

function taken(step: Step): SimulatedOrder {
  if (step.kind === 'moved') return step.order;
  throw new SimulatorError(step.reason, REFUSAL_TEXTS[step.reason]);
}

const REFUSAL_TEXTS = {
  paid: 'the order is already paid: create a new one, or request the fault `again`',
  not_paid: 'the order is not paid yet: pay it without the fault `again`',
  closed: 'the order is closed: create a new one, or request the fault payAfterClose',
  number_used: 'the number was used with other values: use another number',
  too_early: 'the order is not 5 minutes old yet: wait, or raise the speed',
  expired: 'the order has expired: create a new one, or request the fault payAfterClose',
  abandoned: 'the payer has left: create a new order',
} as const;

function payable(name: string, value: Fen): Fen {
  if (isPayableFen(value)) return value;
  throw new SimulatorError('bad_fault', `${name}: must be a whole number of fen, at least 1`);
}

function checkedCoupon(coupon: Coupon | null, total: Fen): Coupon | null {
  if (coupon === null || (isPayableFen(coupon.fee) && coupon.fee <= total)) return coupon;
  throw new SimulatorError('bad_coupon', `a coupon must cover 1 to ${total} fen of this order`);
}
