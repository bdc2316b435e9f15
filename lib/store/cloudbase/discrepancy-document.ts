import { z } from 'zod';
import type { Discrepancy, DiscrepancyId, Resolution } from '../../discrepancies/discrepancy';
import { isDiscrepancyId } from '../../discrepancies/discrepancy';
import type { Fields } from './database';
import {
  instantField,
  jsonTextField,
  outTradeNoField,
  pathField,
  readDocument,
  transactionIdField,
} from './documents';

const resolutionField: z.ZodType<Resolution> = z.object({
  by: z.enum(['auto', 'operator']),
  who: z.string(),
  reason: z.string(),
  at: instantField,
});

const discrepancy = z.object({
  _id: z.custom<DiscrepancyId>(isDiscrepancyId),
  class: z.enum([
    'missing_order',
    'amount_mismatch',
    'currency_mismatch',
    'merchant_mismatch',
    'payer_mismatch',
    'duplicate_payment',
    'paid_after_close',
  ]),
  outTradeNo: outTradeNoField,
  transactionId: transactionIdField,
  ours: jsonTextField,
  theirs: jsonTextField,
  path: pathField,
  firstSeenAt: instantField,
  lastSeenAt: instantField,
  resolution: resolutionField.nullable(),
});

/** Reads a discrepancy. Throws `StoreError` `invalid`. */
export function readDiscrepancy(document: Fields): Discrepancy {
  const { _id: id, ...rest } = readDocument(discrepancy, 'wxpay_discrepancies', document);
  return { id, ...rest };
}

/** A discrepancy as it is stored. `open` says in an index what `resolution` says. */
export function discrepancyDocument(of: Discrepancy): Fields {
  const { id, ours, theirs, ...rest } = of;
  return {
    _id: id,
    ...rest,
    ours: JSON.stringify(ours),
    theirs: JSON.stringify(theirs),
    open: of.resolution === null,
  };
}
