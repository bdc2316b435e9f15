import { z } from 'zod';
import { DISCREPANCY_CLASSES } from '../../../model/discrepancy';
import { COLUMNS, STATEMENT_TYPES } from '../../../model/statement/bill-columns';
import { PROBLEM_CODES, type RowProblem } from '../../../model/statement/row-problem';
import type { ArchivedFile } from '../../../model/statement/archived-file';
import type { CountAndSum } from '../../../model/count-and-sum';
import type {
  BillMoney,
  BooksCount,
  Checkpoint,
  FoundSum,
  KeptBill,
  ProvedStatement,
  RunTally,
  RunWork,
  SetAside,
  StatementReport,
} from '../../../model/statement/statement-run';
import { RUN_OUTCOMES, SET_ASIDE_REASONS, WAIT_REASONS } from '../../../model/statement/statement-run';
import {
  countField,
  fenField,
  instantField,
  jsonTextField,
  outTradeNoField,
  readsAll,
} from '../base/documents';

const fileField: z.ZodType<ArchivedFile> = z.object({
  location: z.string(),
  bytes: countField,
  sha256: z.string(),
});

const statementField: z.ZodType<ProvedStatement> = z.object({
  type: z.enum(STATEMENT_TYPES),
  rows: countField,
  refundRows: countField,
  gzipped: z.boolean(),
  sha1: z.string(),
  // Absent from what earlier versions stored.
  totals: z
    .object({ settled: fenField.nullable(), refunded: fenField.nullable(), fee: fenField.nullable() })
    .exactOptional(),
  from: z.literal('operator').exactOptional(),
});

const keptField: z.ZodType<KeptBill> = z.object({ file: fileField, statement: statementField });

const sumField: z.ZodType<CountAndSum> = z.object({ count: countField, sum: fenField });
const sums = z.object({ payments: sumField, refunds: sumField });

const foundField: z.ZodType<FoundSum> = z.object({
  count: countField,
  sum: fenField,
  difference: fenField.exactOptional(),
});

const setAsideField: z.ZodType<SetAside> = z.object({
  count: countField,
  lines: z.array(countField),
  money: z.object({ sum: fenField, unread: countField }).exactOptional(),
});

const problemField: z.ZodType<RowProblem> = z.object({
  line: countField,
  column: z.enum(COLUMNS).nullable(),
  code: z.enum(PROBLEM_CODES),
  kept: z.boolean(),
  outTradeNo: outTradeNoField.nullable(),
  amount: fenField.exactOptional(),
});

const moneyField: z.ZodType<BillMoney> = z.object({
  rates: z.array(z.object({ rate: z.string(), payments: sumField, refunds: sumField, fee: fenField })),
  unreadFees: countField,
  excluded: z.object({ settled: fenField, refunded: fenField, fee: fenField }),
});

const booksField: z.ZodType<BooksCount> = z.object({
  differing: sums,
  inDoubt: sums,
  beyond: sums,
  named: z.array(outTradeNoField),
  stored: sums,
  otherDays: sums,
  again: z.boolean(),
  missed: z
    .object({
      payments: z.object({ count: z.int(), sum: fenField }),
      refunds: z.object({ count: z.int(), sum: fenField }),
    })
    .nullable(),
});

const tallyField: z.ZodType<RunTally> = z.object({
  theirs: sums.extend({ revoked: sumField, fees: fenField }),
  ours: sums,
  matched: sums,
  canary: sums.exactOptional(),
  repaired: sums,
  carriedOver: sums,
  found: z.partialRecord(z.enum(DISCREPANCY_CLASSES), foundField),
  explained: countField,
  setAside: z.partialRecord(z.enum(SET_ASIDE_REASONS), setAsideField),
  problems: z.array(problemField),
  money: moneyField.exactOptional(),
  books: booksField.exactOptional(),
});

const checkpointField = readsAll<Checkpoint, 'pass'>()(
  z.discriminatedUnion('pass', [
    z.object({ pass: z.enum(['payments', 'refunds']), afterLine: countField }),
    z.object({
      pass: z.enum(['absent_payments', 'absent_refunds', 'stored_payments', 'stored_refunds']),
      after: z.string().nullable(),
    }),
  ]),
);

const reportField: z.ZodType<StatementReport> = z.object({
  outcome: z.enum(RUN_OUTCOMES),
  statement: statementField.nullable(),
  file: fileField.nullable(),
  refusal: z.string().nullable(),
  tally: tallyField,
  workedMs: z.number().nonnegative(),
  finishedAt: instantField,
});

const work = readsAll<RunWork, 'state'>()(
  z.discriminatedUnion('state', [
    z.object({
      state: z.literal('waiting'),
      reason: z.enum(WAIT_REASONS),
      detail: z.string().nullable(),
      kept: keptField.exactOptional(),
    }),
    z.object({
      state: z.literal('matching'),
      file: fileField.nullable(),
      statement: statementField.nullable(),
      checkpoint: checkpointField,
      tally: tallyField,
      workedMs: z.number().nonnegative(),
    }),
    z.object({ state: z.literal('done'), report: reportField }),
  ]),
);

/**
 * A run's work, stored as text: its tally is deep, it is always written whole, and no query reads
 * into it.
 */
export const workField = jsonTextField.transform((value, context): RunWork => {
  const reading = work.safeParse(value);
  if (reading.success) return reading.data;
  for (const { path } of reading.error.issues) {
    context.addIssue({ code: 'custom', message: 'not the work of a run', path: [...path] });
  }
  return z.NEVER;
});
