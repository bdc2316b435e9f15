import { z } from 'zod';
import { DISCREPANCY_CLASSES } from '../../../model/discrepancy';
import { COLUMNS, type StatementType } from '../../../model/bill-columns';
import type { ProblemCode, RowProblem } from '../../../model/row-problem';
import type {
  ArchivedFile,
  Checkpoint,
  CountAndSum,
  ProvedStatement,
  RunOutcome,
  RunTally,
  RunWork,
  SetAside,
  StatementReport,
  WaitReason,
} from '../../../model/statement-run';
import {
  countField,
  fenField,
  instantField,
  jsonTextField,
  outTradeNoField,
  wordField,
} from '../base/documents';

const fileField: z.ZodType<ArchivedFile> = z.object({
  location: z.string(),
  bytes: countField,
  sha256: z.string(),
});

const statementField: z.ZodType<ProvedStatement> = z.object({
  type: wordField<StatementType>({ ALL: true, SUCCESS: true, REFUND: true, RECHARGE_REFUND: true }),
  rows: countField,
  refundRows: countField,
  gzipped: z.boolean(),
  sha1: z.string(),
});

const sumField: z.ZodType<CountAndSum> = z.object({ count: countField, sum: fenField });
const sums = z.object({ payments: sumField, refunds: sumField });

const setAsideField: z.ZodType<SetAside> = z.object({ count: countField, lines: z.array(countField) });

const problemField: z.ZodType<RowProblem> = z.object({
  line: countField,
  column: z.enum(COLUMNS).nullable(),
  code: wordField<ProblemCode>({
    too_few_fields: true,
    too_many_fields: true,
    broken_row: true,
    scientific_notation: true,
    bad_id: true,
    digits_lost: true,
    bad_amount: true,
    fraction_of_a_fen: true,
    bad_time: true,
    irregular_time: true,
    uncertain_text: true,
  }),
  kept: z.boolean(),
  outTradeNo: outTradeNoField.nullable(),
});

const tallyField: z.ZodType<RunTally> = z.object({
  theirs: sums.extend({ revoked: sumField, fees: fenField }),
  ours: sums,
  matched: sums,
  repaired: sums,
  carriedOver: sums,
  found: z.partialRecord(z.enum(DISCREPANCY_CLASSES), sumField),
  explained: countField,
  setAside: z.partialRecord(
    z.enum(['other_merchant', 'other_day', 'duplicate_row', 'unreadable', 'undocumented']),
    setAsideField,
  ),
  problems: z.array(problemField),
});

const checkpointField: z.ZodType<Checkpoint> = z.discriminatedUnion('pass', [
  z.object({ pass: z.enum(['payments', 'refunds']), afterLine: countField }),
  z.object({ pass: z.enum(['absent_payments', 'absent_refunds']), after: z.string().nullable() }),
]);

const reportField: z.ZodType<StatementReport> = z.object({
  outcome: wordField<RunOutcome>({ reconciled: true, none: true, missing: true, corrupt: true }),
  statement: statementField.nullable(),
  file: fileField.nullable(),
  refusal: z.string().nullable(),
  tally: tallyField,
  workedMs: z.number().nonnegative(),
  finishedAt: instantField,
});

const work: z.ZodType<RunWork> = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('waiting'),
    reason: wordField<WaitReason>({
      not_asked: true,
      not_available: true,
      download_failed: true,
      missing_api_token: true,
    }),
    detail: z.string().nullable(),
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
]);

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
