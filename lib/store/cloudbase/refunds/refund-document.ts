import { z } from 'zod';
import type { Refund, RefundProgress, RefundRefusal } from '../../../model/refund';
import { FINAL_REFUSALS, REFUND_ORIGINS } from '../../../model/refund';
import type { Instant } from '../../../values/instant';
import { instant } from '../../../values/instant';
import type { Fields } from '../base/database';
import {
  countField,
  fenField,
  historyField,
  inboxKeyField,
  instantField,
  outRefundNoField,
  outTradeNoField,
  pathField,
  readDocument,
  readsAll,
  subMchIdField,
  transactionIdField,
} from '../base/documents';
import { withRefundState } from '../base/earlier-documents';
import { markFields, markShape, readMark } from '../runs/statement-mark';

const notPaidBack = {
  reason: z.string().nullable(),
  knownAt: instantField,
  knownBy: pathField,
  evidence: inboxKeyField,
};

const progressField = readsAll<RefundProgress, 'state'>()(
  z.discriminatedUnion('state', [
    z.object({ state: z.literal('requested') }),
    z.object({
      state: z.literal('processing'),
      refundId: z.string().nullable(),
      acceptedAt: instantField,
    }),
    z.object({
      state: z.literal('succeeded'),
      refundId: z.string().nullable(),
      settled: fenField.nullable(),
      succeededAt: instantField.nullable(),
      knownAt: instantField,
      knownBy: pathField,
      evidence: inboxKeyField,
      afterClose: z.literal(true).exactOptional(),
    }),
    z.object({ state: z.literal('closed'), ...notPaidBack }),
    z.object({
      state: z.literal('abnormal'),
      ...notPaidBack,
      payOut: z.object({ at: instantField, by: z.string() }).exactOptional(),
    }),
  ]),
);

const refusalField: z.ZodType<RefundRefusal> = z.object({
  at: instantField,
  code: z.enum(FINAL_REFUSALS),
  detail: z.string(),
});

const refund = z.object({
  _id: outRefundNoField,
  outTradeNo: outTradeNoField,
  subMchId: subMchIdField,
  transactionId: transactionIdField.nullable().default(null),
  total: fenField,
  amount: fenField,
  reason: z.string().nullable(),
  origin: z.enum(REFUND_ORIGINS),
  requestedBy: z.string(),
  createdAt: instantField,
  version: countField,
  progress: progressField,
  nextAskAt: instantField,
  asks: countField,
  lastError: z.string().nullable(),
  takenOver: z.object({ by: pathField, evidence: inboxKeyField }).exactOptional(),
  refusal: refusalField.nullish(),
  ...markShape,
  history: historyField,
});

/** Reads a refund. Throws `StoreError` `invalid`. */
export function readRefund(document: Fields): Refund {
  const { statementDay, statementRound, statementChunk, ...stored } = readDocument(
    refund,
    'wxpay_refunds',
    document,
  );
  const { _id: outRefundNo, ...rest } = withRefundState(stored);
  return { outRefundNo, ...rest, statement: readMark({ statementDay, statementRound, statementChunk }) };
}

/** A new refund as it is stored. */
export function refundDocument(refund: Refund): Fields {
  const { outRefundNo, statement, ...rest } = refund;
  return { _id: outRefundNo, ...rest, ...markFields(statement), succeededAt: successOf(refund.progress) };
}

/**
 * When a refund succeeded, according to WeChat Pay or else when we learned of it; 0 before. A
 * separate field, because an index needs one field for both.
 */
export function successOf(progress: RefundProgress): Instant {
  return progress.state === 'succeeded' ? (progress.succeededAt ?? progress.knownAt) : instant(0);
}
