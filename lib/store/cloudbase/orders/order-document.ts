import { z } from 'zod';
import { OTHER_PAYMENT_KINDS } from '../../../model/order';
import type {
  Acceptance,
  Fulfilment,
  HoldReason,
  LastAnswer,
  LedgerOrder,
  Order,
  OrderPayment,
  OtherPayment,
  PastHold,
  Prepay,
  RefundReservation,
  WholeOrder,
} from '../../../model/order';
import { HOLD_REASONS } from '../../../model/order';
import type { FulfilmentCall } from '../../../model/fulfilment-call';
import { CALL_RESULTS } from '../../../model/fulfilment-call';
import type { PayerId } from '../../../values/ids';
import type { Instant } from '../../../values/instant';
import { isPayerId } from '../../../values/ids';
import type { Lease } from '../../../model/lease';
import { PAYER_TAIL } from '../../requests';
import type { Fields } from '../base/database';
import {
  countField,
  fenField,
  fieldsOf,
  historyField,
  inboxKeyField,
  instantField,
  jsonTextField,
  leaseTokenField,
  outRefundNoField,
  outTradeNoField,
  pathField,
  promotionField,
  readDocument,
  readsAll,
  subMchIdField,
  transactionIdField,
} from '../base/documents';
import { withOrderState } from '../base/earlier-documents';
import { markFields, markShape, readMark } from '../runs/statement-mark';

const acceptedShape = {
  state: z.literal('accepted'),
  who: z.string(),
  approver: z.string().nullable(),
  reason: z.string(),
  at: instantField,
} as const;

const acceptanceField = readsAll<Acceptance, 'state'>()(
  z.discriminatedUnion('state', [
    z.object({ state: z.literal('proposed'), who: z.string(), reason: z.string(), at: instantField }),
    z.object(acceptedShape),
  ]),
);

const paymentField = readsAll<OrderPayment, 'state'>()(
  z.discriminatedUnion('state', [
    z.object({ state: z.literal('pending') }),
    z.object({
      state: z.literal('paid'),
      transactionId: transactionIdField,
      paidAt: instantField,
      knownAt: instantField,
      knownBy: pathField,
      evidence: inboxKeyField,
      cash: fenField.nullable(),
      cashFeeType: z.string().exactOptional(),
      coupon: fenField.nullable(),
      settlementTotal: fenField.nullable(),
      promotions: z.array(promotionField).exactOptional(),
      acceptance: z.object({ ...acceptedShape, total: fenField }).exactOptional(),
      afterClose: z.literal(true).exactOptional(),
    }),
    z.object({ state: z.enum(['closed', 'failed']), at: instantField, evidence: inboxKeyField }),
  ]),
);

const holdField: z.ZodType<PastHold> = z.object({
  reason: z.enum(HOLD_REASONS),
  heldAt: instantField,
  release: z.object({ at: instantField, who: z.string(), why: z.string() }).nullable(),
});

const fulfilmentField = z.discriminatedUnion('state', [
  z.object({ state: z.literal('none') }),
  z.object({
    state: z.literal('due'),
    attempts: countField,
    dueAt: instantField,
    leaseToken: leaseTokenField,
    leaseUntil: instantField,
    lastError: z.string().nullable(),
    hold: holdField.nullish(),
    begunAt: instantField.nullish(),
  }),
  z.object({
    state: z.literal('held'),
    attempts: countField,
    heldAt: instantField,
    reason: z.enum(HOLD_REASONS),
  }),
  z.object({
    state: z.literal('done'),
    attempts: countField,
    doneAt: instantField,
    receipt: z.string().nullable(),
  }),
  z.object({ state: z.literal('dead'), attempts: countField, deadAt: instantField, reason: z.string() }),
]);

const prepayField: z.ZodType<Prepay> = z.object({
  payment: z.object({
    appId: z.string().exactOptional(),
    timeStamp: z.string(),
    nonceStr: z.string(),
    package: z.string(),
    signType: z.string(),
    paySign: z.string(),
  }),
  at: instantField,
});

const otherPaymentField: z.ZodType<OtherPayment> = z.object({
  transactionId: transactionIdField,
  total: fenField,
  paidAt: instantField,
  as: z.enum(OTHER_PAYMENT_KINDS),
  evidence: inboxKeyField,
  paidTo: subMchIdField.exactOptional(),
  acceptance: acceptanceField.exactOptional(),
});

const reservationField: z.ZodType<RefundReservation> = z.object({
  outRefundNo: outRefundNoField,
  amount: fenField,
  transactionId: transactionIdField.exactOptional(),
  at: instantField.exactOptional(),
});

const lastAnswerField: z.ZodType<LastAnswer> = z.object({ at: instantField, said: z.string() });

const ledger = z.object({
  _id: outTradeNoField,
  subMchId: subMchIdField,
  total: fenField,
  currency: z.literal('CNY'),
  payment: paymentField,
  otherPayments: z.array(otherPaymentField),
  ...markShape,
});

/*
 * Every field is required: no released version lacked `nextAskAt`, `refunds` and the mark, and
 * without them an order would be neither queried nor found absent from a bill. `lastAnswer` is only
 * displayed, and was added later.
 */
const order = ledger.extend({
  requestId: z.string(),
  payer: z.custom<PayerId>(isPayerId),
  body: z.string(),
  attach: z.string().nullable(),
  createdAt: instantField,
  expiresAt: instantField,
  version: countField,
  fulfilment: fulfilmentField,
  prepay: prepayField.nullable(),
  lastAskedAt: instantField.nullable(),
  nextAskAt: instantField,
  asks: countField,
  lastAnswer: lastAnswerField.nullable().default(null),
  refundSaidAt: instantField.exactOptional(),
  erasedAt: instantField.exactOptional(),
  refunds: z.array(reservationField),
  history: historyField,
});

const callField: z.ZodType<FulfilmentCall> = z.object({
  at: instantField,
  ms: countField,
  result: z.enum(CALL_RESULTS),
  status: z.int().nullable(),
  said: z.string(),
});

const wholeOrder = order.extend({
  cart: jsonTextField,
  prepayBody: z.string().nullish(),
  // Null once the order was erased.
  calls: z.array(callField).nullish(),
});

/** The fields `readOrder` wants: all but the cart. */
export const ORDER_FIELDS = fieldsOf(order);

/** Reads an order without its cart. Throws `StoreError` `invalid`. */
export function readOrder(document: Fields): Order {
  return orderOf(readDocument(order, 'wxpay_orders', document));
}

/** Reads an order. Throws `StoreError` `invalid`. */
export function readWholeOrder(document: Fields): WholeOrder {
  const { cart, prepayBody, calls, ...stored } = readDocument(wholeOrder, 'wxpay_orders', document);
  const body = typeof prepayBody === 'string' ? { prepayBody } : {};
  return { ...orderOf(stored), cart, ...body, ...(calls === undefined || calls === null ? {} : { calls }) };
}

function orderOf({ statementDay, statementRound, statementChunk, ...stored }: z.infer<typeof order>): Order {
  const { _id: outTradeNo, fulfilment, ...rest } = withOrderState(stored);
  return {
    outTradeNo,
    ...rest,
    fulfilment: fulfilmentOf(fulfilment),
    statement: readMark({ statementDay, statementRound, statementChunk }),
  };
}

/** The fields `readLedgerOrder` needs. */
export const LEDGER_FIELDS = fieldsOf(ledger);

/** Reads the fields of an order that are compared with a bill. Throws `StoreError` `invalid`. */
export function readLedgerOrder(document: Fields): LedgerOrder {
  const { statementDay, statementRound, statementChunk, ...stored } = readDocument(
    ledger,
    'wxpay_orders',
    document,
  );
  const { _id: outTradeNo, ...rest } = stored;
  return { outTradeNo, ...rest, statement: readMark({ statementDay, statementRound, statementChunk }) };
}

/**
 * Reads an order as it was before its fulfilment was claimed, and returns it as it is after. Throws
 * `StoreError` `invalid`.
 */
export function readClaimedOrder(document: Fields, lease: Lease): WholeOrder {
  const before = readWholeOrder(document);
  const { fulfilment } = before;
  if (fulfilment.state !== 'due') return before;
  return {
    ...before,
    version: before.version + 1,
    fulfilment: { ...withoutBeginning(fulfilment), attempts: fulfilment.attempts + 1, lease },
  };
}

/** A new order as it is stored. `payerTail`, the end of `payer`, is there to find orders by. */
export function orderDocument(order: WholeOrder): Fields {
  const { outTradeNo, cart, fulfilment, statement, ...rest } = order;
  return {
    _id: outTradeNo,
    ...rest,
    ...markFields(statement),
    payerTail: order.payer.slice(-PAYER_TAIL),
    cart: JSON.stringify(cart),
    fulfilment: fulfilmentFields(fulfilment),
  };
}

/**
 * A fulfilment as it is stored: the lease is two plain fields, for the same reason as in an inbox
 * message.
 */
export function fulfilmentFields(fulfilment: Fulfilment): Fields {
  if (fulfilment.state === 'held')
    return { ...fulfilment, ...heldFields(fulfilment.reason, fulfilment.heldAt) };
  if (fulfilment.state !== 'due') return fulfilment;
  const { lease, ...rest } = fulfilment;
  return { ...rest, leaseToken: lease?.token ?? null, leaseUntil: lease?.until ?? 0 };
}

/** What a hold leaves in the document, so that one write can end it. */
export function heldFields(reason: HoldReason, heldAt: Instant): { readonly hold: PastHold } {
  return { hold: { reason, heldAt, release: null } };
}

type Due = Extract<Fulfilment, { state: 'due' }>;

function withoutBeginning({ state, attempts, dueAt, lease, lastError, hold }: Due): Due {
  return { state, attempts, dueAt, lease, lastError, ...(hold === undefined ? {} : { hold }) };
}

function fulfilmentOf(stored: z.infer<typeof fulfilmentField>): Fulfilment {
  if (stored.state !== 'due') return stored;
  const { leaseToken, leaseUntil, hold, begunAt, ...rest } = stored;
  const known = {
    ...rest,
    ...(hold === null || hold === undefined ? {} : { hold }),
    ...(begunAt === null || begunAt === undefined ? {} : { begunAt }),
  };
  return { ...known, lease: leaseToken === null ? null : { token: leaseToken, until: leaseUntil } };
}
