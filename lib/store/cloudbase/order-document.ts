import { z } from 'zod';
import type { HistoryEntry } from '../../inbox/message';
import type { Fulfilment, Order, OrderPayment, OtherPayment, Prepay } from '../../orders/order';
import type { PayerId } from '../../values/ids';
import { isPayerId } from '../../values/ids';
import type { Lease } from '../lease';
import type { Fields } from './database';
import {
  countField,
  fenField,
  historyField,
  inboxKeyField,
  instantField,
  jsonTextField,
  leaseTokenField,
  outTradeNoField,
  pathField,
  readDocument,
  subMchIdField,
  transactionIdField,
} from './documents';

const paymentField: z.ZodType<OrderPayment> = z.discriminatedUnion('state', [
  z.object({ state: z.literal('pending') }),
  z.object({
    state: z.literal('paid'),
    transactionId: transactionIdField,
    paidAt: instantField,
    knownAt: instantField,
    knownBy: pathField,
    evidence: inboxKeyField,
    cash: fenField.nullable(),
    coupon: fenField.nullable(),
    settlementTotal: fenField.nullable(),
  }),
  z.object({ state: z.enum(['closed', 'failed']), at: instantField, evidence: inboxKeyField }),
]);

const fulfilmentField = z.discriminatedUnion('state', [
  z.object({ state: z.literal('none') }),
  z.object({
    state: z.literal('due'),
    attempts: countField,
    dueAt: instantField,
    leaseToken: leaseTokenField,
    leaseUntil: instantField,
    lastError: z.string().nullable(),
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
  as: z.enum(['duplicate_payment', 'paid_after_close']),
  evidence: inboxKeyField,
});

const order = z.object({
  _id: outTradeNoField,
  requestId: z.string(),
  subMchId: subMchIdField,
  payer: z.custom<PayerId>(isPayerId),
  total: fenField,
  currency: z.literal('CNY'),
  body: z.string(),
  attach: z.string().nullable(),
  cart: jsonTextField,
  createdAt: instantField,
  expiresAt: instantField,
  version: countField,
  payment: paymentField,
  fulfilment: fulfilmentField,
  prepay: prepayField.nullable(),
  lastAskedAt: instantField.nullable(),
  otherPayments: z.array(otherPaymentField),
  history: historyField,
});

/** Reads an order. Throws `StoreError` `invalid`. */
export function readOrder(document: Fields): Order {
  const { _id: outTradeNo, fulfilment, ...rest } = readDocument(order, 'wxpay_orders', document);
  return { outTradeNo, ...rest, fulfilment: fulfilmentOf(fulfilment) };
}

/** Reads an order as it was before its fulfilment was claimed, and answers it as it is after. Throws `StoreError` `invalid`. */
export function readClaimedOrder(document: Fields, lease: Lease): Order {
  const before = readOrder(document);
  const { fulfilment } = before;
  if (fulfilment.state !== 'due') return before;
  return {
    ...before,
    version: before.version + 1,
    fulfilment: { ...fulfilment, attempts: fulfilment.attempts + 1, lease },
  };
}

/** A new order as it is stored. */
export function orderDocument(of: Order): Fields {
  const { outTradeNo, cart, fulfilment, ...rest } = of;
  return {
    _id: outTradeNo,
    ...rest,
    cart: JSON.stringify(cart),
    fulfilment: fulfilmentFields(fulfilment),
  };
}

/** A fulfilment as it is stored: its lease as two plain fields, for the same reason as an inbox message's. */
export function fulfilmentFields(of: Fulfilment): Fields {
  if (of.state !== 'due') return of;
  const { lease, ...rest } = of;
  return { ...rest, leaseToken: lease?.token ?? null, leaseUntil: lease?.until ?? 0 };
}

/** A line of an order's history with the mark of the settlement that wrote it (see `settle.ts`). */
export function markedEntry(entry: HistoryEntry, mark: string): Fields & HistoryEntry {
  return { ...entry, mark };
}

/** The marks in an order's history. */
export function marksOf(document: Fields): readonly string[] {
  const reading = z.array(z.object({ mark: z.string().optional() })).safeParse(document['history']);
  return reading.success ? reading.data.flatMap(({ mark }) => mark ?? []) : [];
}

function fulfilmentOf(stored: z.infer<typeof fulfilmentField>): Fulfilment {
  if (stored.state !== 'due') return stored;
  const { leaseToken, leaseUntil, ...rest } = stored;
  return { ...rest, lease: leaseToken === null ? null : { token: leaseToken, until: leaseUntil } };
}
