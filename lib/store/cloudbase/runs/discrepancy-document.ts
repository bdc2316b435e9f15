import type { StatementRunId } from '../../../model/statement/statement-run-id';
import { isStatementRunId } from '../../../model/statement/statement-run-id';
import { z } from 'zod';
import type { Discrepancy, DiscrepancyId, DiscrepancySubject, Resolution } from '../../../model/discrepancy';
import {
  DISCREPANCY_CLASSES,
  isDiscrepancyId,
  orderOfDiscrepancy,
  RESOLVERS,
} from '../../../model/discrepancy';
import type { Fields } from '../base/database';
import {
  dayField,
  instantField,
  jsonTextField,
  outRefundNoField,
  outTradeNoField,
  pathField,
  readDocument,
  readsAll,
  subMchIdField,
  transactionIdField,
} from '../base/documents';

const subjectField = readsAll<DiscrepancySubject, 'kind'>()(
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('payment'),
      outTradeNo: outTradeNoField,
      transactionId: transactionIdField,
    }),
    z.object({ kind: z.literal('refund'), outTradeNo: outTradeNoField, outRefundNo: outRefundNoField }),
    z.object({ kind: z.literal('statement'), subMchId: subMchIdField, day: dayField }),
  ]),
);

const resolutionField: z.ZodType<Resolution> = z.object({
  by: z.enum(RESOLVERS),
  who: z.string(),
  reason: z.string(),
  at: instantField,
});

const discrepancy = z.object({
  _id: z.custom<DiscrepancyId>(isDiscrepancyId),
  class: z.enum(DISCREPANCY_CLASSES),
  subject: subjectField,
  ours: jsonTextField,
  theirs: jsonTextField,
  path: pathField,
  statementRun: z.custom<StatementRunId>(isStatementRunId).nullable(),
  firstSeenAt: instantField,
  lastSeenAt: instantField,
  opensAt: instantField,
  resolution: resolutionField.nullable(),
});

/** Reads a discrepancy. Throws `StoreError` `invalid`. */
export function readDiscrepancy(document: Fields): Discrepancy {
  const { _id: id, ...rest } = readDocument(discrepancy, 'wxpay_discrepancies', document);
  return { id, ...rest };
}

/**
 * A discrepancy as it is stored. `unresolved` and `outTradeNo` repeat `resolution` and `subject`
 * for an index.
 */
export function discrepancyDocument(discrepancy: Discrepancy): Fields {
  const { id, ours, theirs, ...rest } = discrepancy;
  return {
    _id: id,
    ...rest,
    ours: JSON.stringify(ours),
    theirs: JSON.stringify(theirs),
    unresolved: discrepancy.resolution === null,
    outTradeNo: orderOfDiscrepancy(discrepancy),
  };
}
