import { z } from 'zod';
import type { ClaimedMessage, Content, InboxMessage, OpenRefund, Redelivered } from '../../../model/message';
import { DEATH_REASONS, DONE_OUTCOMES, MESSAGE_STATES, TRUSTS } from '../../../model/message';
import type { Envelope } from '../../../model/envelope';
import { ORIGIN_CHECKS } from '../../../model/envelope';
import type { MessageEntry } from '../../../model/history';
import type { PayerId } from '../../../values/ids';
import { isPayerId } from '../../../values/ids';
import type { Instant } from '../../../values/instant';
import { instant } from '../../../values/instant';
import type { PaymentDetails, RefundDetails } from '../../../model/facts';
import { REFUND_FACT_STATES } from '../../../model/facts';
import type { KnownPayment } from '../../../model/figures';
import { MESSAGE_HISTORY_LINES } from '../../history';
import type { MessageSummary } from '../../port';
import type { Database, Fields, CommandOperator } from '../base/database';
import {
  countField,
  fenField,
  fieldsOf,
  historyField,
  inboxKeyField,
  instantField,
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
import { withMessageState } from '../base/earlier-documents';

const paymentField: z.ZodType<PaymentDetails> = z.object({
  outTradeNo: outTradeNoField,
  transactionId: transactionIdField,
  subMchId: subMchIdField,
  total: fenField,
  currency: z.string(),
  paidAt: instantField,
  payer: z.custom<PayerId>(isPayerId).nullable(),
  cash: fenField.nullable(),
  cashFeeType: z.string().exactOptional(),
  coupon: fenField.nullable(),
  settlementTotal: fenField.nullable(),
  promotions: z.array(promotionField).exactOptional(),
  bankType: z.string().nullable(),
  attach: z.string().nullable(),
});

const refundField: z.ZodType<RefundDetails> = z.object({
  outRefundNo: outRefundNoField,
  outTradeNo: outTradeNoField.nullable(),
  transactionId: transactionIdField.nullable(),
  subMchId: subMchIdField.nullable(),
  refundId: z.string().nullable(),
  state: z.enum(REFUND_FACT_STATES),
  total: fenField.nullable(),
  refund: fenField.nullable(),
  settled: fenField.nullable(),
  succeededAt: instantField.nullable(),
});

const contentField = readsAll<Content, 'kind'>()(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('payment'), payment: paymentField }),
    z.object({
      kind: z.literal('closure'),
      outTradeNo: outTradeNoField,
      subMchId: subMchIdField,
      as: z.enum(['closed', 'failed']),
    }),
    z.object({ kind: z.literal('refund'), refund: refundField }),
    z.object({ kind: z.literal('other'), eventType: z.string(), digest: z.string() }),
    z.object({
      kind: z.literal('unusable'),
      reason: z.string(),
      problems: z.array(z.string()),
      outTradeNo: outTradeNoField.nullable(),
      about: z.literal('refund').exactOptional(),
      digest: z.string(),
    }),
  ]),
);

const envelopeField: z.ZodType<Envelope> = z.object({
  id: z.string().nullable(),
  eventType: z.string().nullable(),
  serial: z.string().nullable(),
  check: z.enum(ORIGIN_CHECKS),
});

const summary = z.object({
  _id: inboxKeyField,
  outTradeNo: outTradeNoField.nullable(),
  state: z.enum(MESSAGE_STATES),
  trust: z.enum(TRUSTS),
  attempts: countField,
  // Absent in documents of earlier versions.
  claims: countField.default(0),
  alone: z.boolean().default(false),
  deliveries: countField,
  receivedAt: instantField,
});

const work = summary
  .pick({ _id: true, outTradeNo: true, trust: true, attempts: true, claims: true, receivedAt: true })
  .extend({
    content: contentField,
    confirmedBy: z.array(pathField),
    replays: countField,
  });

const story = work.extend({
  alone: z.boolean().default(false),
  deliveries: countField,
  raw: z.string(),
  lastDeliveredAt: instantField,
  // Absent from what earlier versions wrote.
  envelope: envelopeField.nullable().default(null),
  replayedBy: z.string().nullish(),
  history: historyField,
});

const state = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('pending'),
    dueAt: instantField,
    leaseToken: leaseTokenField,
    leaseUntil: instantField,
    lastError: z.string().nullable(),
  }),
  z.object({
    state: z.literal('done'),
    finishedAt: instantField,
    outcome: z.enum(DONE_OUTCOMES),
  }),
  z.object({
    state: z.literal('dead'),
    finishedAt: instantField,
    reason: z.enum(DEATH_REASONS),
    lastError: z.string().nullable(),
  }),
]);

/** The fields `readClaimed` needs: a claim reads no payload. */
export const CLAIMED_FIELDS = fieldsOf(work);

const known = z.object({
  content: z.object({ payment: z.object({ paidAt: instantField }) }),
  confirmedBy: z.array(pathField),
  receivedAt: instantField,
});

/** The fields `readKnown` needs, without the payer. */
export const KNOWN_FIELDS = { 'content.payment.paidAt': true, confirmedBy: true, receivedAt: true } as const;

/** The fields `readSummary` needs. */
export const SUMMARY_FIELDS = fieldsOf(summary);

/** Adds a history entry to a message, which keeps the latest `MESSAGE_HISTORY_LINES`. */
export function addedLine({ command }: Database, entry: MessageEntry): CommandOperator {
  return command.push({ each: [{ ...entry }], slice: -MESSAGE_HISTORY_LINES });
}

/**
 * The document, with content that does not fit replaced by its raw form, so that a person can
 * repair it. Only for reading one complete message; a claim never returns it.
 */
function withContentOf(document: Fields): Fields {
  const { content } = document;
  if (contentField.safeParse(content).success) return document;
  const problems = [JSON.stringify(content ?? null)];
  const shown = { kind: 'unusable', reason: 'stored_unreadable', problems, outTradeNo: null, digest: '' };
  return { ...document, content: shown };
}

/** Reads a complete message. Throws `StoreError` `invalid`. */
export function readMessage(document: Fields): InboxMessage {
  const read = readDocument(story, 'wxpay_inbox', withContentOf(document));
  const { _id: key, ...rest } = withMessageState(read);
  const standing = readDocument(state, 'wxpay_inbox', document);
  if (standing.state !== 'pending') return { key, ...rest, ...standing };
  const { leaseToken, leaseUntil, ...pending } = standing;
  return {
    key,
    ...rest,
    ...pending,
    lease: leaseToken === null ? null : { token: leaseToken, until: leaseUntil },
  };
}

/** The redelivered contents. One that does not fit is omitted; the message itself exists. */
const toldAgain = z.object({ told: z.array(z.unknown()).catch([]) });
const oneTold = z.object({ content: contentField, raw: z.string() });

/** Reads a message with its redelivered contents. Throws `StoreError` `invalid`. */
export function readRedelivered(document: Fields): Redelivered {
  const told = toldAgain.parse(document).told.flatMap((one) => {
    const reading = oneTold.safeParse(one);
    return reading.success ? [reading.data] : [];
  });
  return { message: readMessage(document), told };
}

/**
 * Reads a message as it was before its claim, and returns it as it is after. Throws `StoreError`
 * `invalid`.
 */
export function readClaimed(document: Fields): ClaimedMessage {
  const { _id: key, claims, ...rest } = readDocument(work, 'wxpay_inbox', document);
  return { key, ...rest, claims: claims + 1 };
}

const openRefund = z.object({
  outTradeNo: outTradeNoField.nullable(),
  content: z.object({
    kind: z.literal('refund'),
    refund: z.object({
      state: z.enum(REFUND_FACT_STATES),
      transactionId: transactionIdField.nullable(),
    }),
  }),
  receivedAt: instantField,
});

/**
 * The readable part of a document that does not fit. The order number is a requested one, or none.
 */
const openUnreadable = z.object({
  outTradeNo: outTradeNoField.nullable().catch(null),
  receivedAt: instantField.catch(instant(0)),
});

const openEnd = z.object({
  _id: inboxKeyField,
  state: z.enum(['pending', 'dead']).catch('dead'),
  finishedAt: instantField.nullish().catch(null),
});

/** The fields `readOpenRefund` needs. */
export const OPEN_REFUND_FIELDS = {
  outTradeNo: true,
  state: true,
  'content.kind': true,
  'content.refund.state': true,
  'content.refund.transactionId': true,
  receivedAt: true,
  finishedAt: true,
} as const;

/**
 * Reads a refund message that was not applied. Throws `StoreError` `invalid` only for an invalid
 * key.
 *
 * Failure policy: fail closed. A document that does not fit is `unreadable`, and oldest where its
 * age is unreadable, so that an operator can release its order.
 */
export function readOpenRefund(document: Fields): OpenRefund {
  const { _id: key, state, finishedAt } = readDocument(openEnd, 'wxpay_inbox', document);
  const diedAfter = (receivedAt: Instant) => (state === 'dead' ? (finishedAt ?? receivedAt) : null);
  const reading = openRefund.safeParse(document);
  if (reading.success) {
    const { outTradeNo, content, receivedAt } = reading.data;
    const { state: told, transactionId } = content.refund;
    return { key, outTradeNo, transactionId, told, receivedAt, diedAt: diedAfter(receivedAt) };
  }
  const { outTradeNo, receivedAt } = openUnreadable.parse(document);
  const diedAt = diedAfter(receivedAt);
  return { key, outTradeNo, transactionId: null, told: 'unreadable', receivedAt, diedAt };
}

/** Reads when a payment became known, and from which source. Throws `StoreError` `invalid`. */
export function readKnown(document: Fields): KnownPayment {
  const { content, confirmedBy, receivedAt } = readDocument(known, 'wxpay_inbox', document);
  return { path: confirmedBy[0] ?? 'callback', paidAt: content.payment.paidAt, knownAt: receivedAt };
}

/** Reads a list's line. Throws `StoreError` `invalid`. */
export function readSummary(document: Fields): MessageSummary {
  const { _id: key, ...rest } = readDocument(summary, 'wxpay_inbox', document);
  return { key, ...rest };
}
