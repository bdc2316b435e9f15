import type { DiscrepancyClass, DiscrepancyState } from '../../model/discrepancy';
import type { HoldReason, OrderPayment } from '../../model/order';
import type { RefundState } from '../../model/refund';
import type { RunOutcome, RunWork, SetAsideReason, WaitReason } from '../../model/statement/statement-run';
import type { BalanceLine, BalanceStep } from './balance';
import type { Bucket } from './equation';

/** The words of a day's papers, on the screen and in its files. */
export interface ReportWords {
  readonly title: string;
  readonly state: Readonly<Record<RunWork['state'], string>>;
  readonly outcome: Readonly<Record<RunOutcome, string>>;
  readonly wait: Readonly<Record<WaitReason, string>>;
  readonly aside: Readonly<Record<SetAsideReason, string>>;
  readonly line: Readonly<Record<BalanceLine['what'], string>>;
  readonly step: Readonly<Record<BalanceStep['what'], string>>;
  readonly bucket: Readonly<Record<Bucket, string>>;
  readonly class: Readonly<Record<DiscrepancyClass, string>>;
  readonly standing: Readonly<Record<DiscrepancyState, string>>;
  readonly endedBy: Readonly<Record<'auto' | 'operator', string>>;
  readonly payment: Readonly<Record<OrderPayment['state'], string>>;
  readonly refund: Readonly<Record<RefundState, string>>;
  readonly hold: Readonly<Record<HoldReason, string>>;
  /** Names in a side that is not one amount or state. */
  readonly field: Readonly<Record<string, string>>;
  /** Headings and labels of the report. */
  readonly label: Readonly<Record<Label, string>>;
}

/** Headings and labels of the report. */
export const LABELS = [
  'merchant',
  'day',
  'round',
  'state',
  'outcome',
  'why',
  'finishedAt',
  'file',
  'rows',
  'sha1',
  'sha256',
  'balance',
  'equation',
  'bridge',
  'classes',
  'setAside',
  'theirs',
  'ours',
  'difference',
  'count',
  'sum',
  'fees',
  'matched',
  'repaired',
  'carriedOver',
  'explained',
  'canary',
  'unlisted',
  'unread',
  'lines',
  'problems',
  'class',
  'order',
  'transaction',
  'refund',
  'standing',
  'opensAt',
  'firstSeen',
  'lastSeen',
  'resolvedBy',
  'resolvedAt',
  'reason',
  'discrepancies',
  'payments',
  'refunds',
] as const;

/** One of `LABELS`. */
export type Label = (typeof LABELS)[number];
