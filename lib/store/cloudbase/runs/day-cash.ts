import { z } from 'zod';
import type { ArchivedFile } from '../../../model/statement/archived-file';
import { CASH_BUCKETS, CASH_RESULTS, isCashBasis, MOVEMENT_KINDS } from '../../../model/statement/cash';
import type {
  BookedMovement,
  CashBasis,
  CashCarried,
  CashFile,
  CashItem,
} from '../../../model/statement/cash';
import type { CashProof, CashTrade, DayCash } from '../../../model/statement/cash';
import type { CountAndSum } from '../../../model/count-and-sum';
import { isDiscrepancyId, type DiscrepancyId } from '../../../model/discrepancy';
import { CASH_ACCOUNTS } from '../../../values/cash-account';
import {
  countField,
  fenField,
  instantField,
  jsonTextField,
  outRefundNoField,
  outTradeNoField,
  readsAll,
  transactionIdField,
} from '../base/documents';

const fileField: z.ZodType<ArchivedFile> = z.object({
  location: z.string(),
  bytes: countField,
  sha256: z.string(),
});

const sumField: z.ZodType<CountAndSum> = z.object({ count: countField, sum: fenField });

const movementField: z.ZodType<BookedMovement> = z.object({
  kind: z.enum(MOVEMENT_KINDS),
  line: countField,
  bookedAt: instantField,
  business: z.string(),
  flow: z.string(),
  name: z.string(),
  type: z.string(),
  amount: fenField,
  voucher: z.string(),
});

const TRADE_KINDS = ['payment', 'refund', 'revoked'] as const;

const tradeField: z.ZodType<CashTrade> = z.object({
  kind: z.enum(TRADE_KINDS),
  line: countField,
  tradedAt: instantField,
  transactionId: transactionIdField,
  outTradeNo: outTradeNoField,
  outRefundNo: outRefundNoField.nullable(),
  refundId: z.string().nullable(),
  gross: fenField,
  settled: fenField,
  fee: fenField.nullable(),
});

const itemField: z.ZodType<CashItem> = z.object({
  bucket: z.enum(CASH_BUCKETS),
  kind: z.enum([...TRADE_KINDS, ...MOVEMENT_KINDS]),
  number: z.string(),
  outTradeNo: outTradeNoField.nullable(),
  transactionId: z.string(),
  tradeLine: countField.nullable(),
  fundLines: z.array(countField),
  at: instantField,
  name: z.string(),
  expected: fenField,
  booked: fenField,
});

const carriedField: z.ZodType<CashCarried> = z.object({
  trades: z.array(z.object({ trade: tradeField, booked: fenField })),
  movements: z.array(movementField),
});

const cashFile = readsAll<CashFile, 'state'>()(
  z.discriminatedUnion('state', [
    z.object({ state: z.enum(['waiting', 'none', 'missing']), detail: z.string(), tries: countField }),
    z.object({ state: z.literal('refused'), file: fileField, detail: z.string(), tries: countField }),
    z.object({
      state: z.literal('proved'),
      file: fileField,
      from: z.enum(['download', 'operator']),
      sha1: z.string(),
      opening: fenField.nullable(),
      closing: fenField.nullable(),
      moved: z.partialRecord(z.enum(MOVEMENT_KINDS), sumField),
    }),
  ]),
);

const discrepancyIds = z.array(z.custom<DiscrepancyId>(isDiscrepancyId));
const both = { payments: sumField, refunds: sumField };
const bothFen = z.object({ payments: fenField, refunds: fenField });

const proofField: z.ZodType<CashProof> = z.object({
  gross: z.object(both),
  coupons: bothFen,
  settlement: bothFen,
  netFees: fenField,
  basis: z.custom<CashBasis>(isCashBasis),
  provedAt: instantField,
  buckets: z.record(z.enum(CASH_BUCKETS), sumField),
  movements: sumField,
  items: z.array(itemField),
  itemCount: countField,
  gaps: z.array(z.object({ account: z.enum(CASH_ACCOUNTS), before: fenField, after: fenField })),
  balances: z.partialRecord(z.enum(CASH_ACCOUNTS), fenField.nullable()),
  excluded: countField,
  carried: carriedField.nullable(),
  result: z.enum(CASH_RESULTS),
});

const cash: z.ZodType<DayCash> = z.object({
  version: countField,
  dueAt: instantField.nullable(),
  accounts: z.partialRecord(z.enum(CASH_ACCOUNTS), cashFile),
  proof: proofField.nullable(),
  isSettled: z.boolean(),
  discrepancies: discrepancyIds,
});

/** A day's cash, stored as text: it is always written whole, and no query reads into it. */
export const cashField = jsonTextField.transform((value, context): DayCash => {
  const reading = cash.safeParse(value);
  if (reading.success) return reading.data;
  for (const { path } of reading.error.issues) {
    context.addIssue({ code: 'custom', message: 'not the cash of a day', path: [...path] });
  }
  return z.NEVER;
});
