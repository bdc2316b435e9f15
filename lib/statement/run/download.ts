import { backoffMs } from '../../runtime/backoff';
import type { Instant } from '../../values/instant';
import { instant, later } from '../../values/instant';
import type { BillAnswer } from '../../wechat/port';
import { askFrom, finalFrom, isKept } from './calendar';
import type { RefusalCode, StatementRefusal } from '../../bill/refusal';
import type { ArchivedFile } from '../../model/statement/archived-file';
import type { StatementRun, WaitReason } from '../../model/statement/statement-run';
import type { StatementSettings } from './settings';

/** What a response to `downloadBill` means for a run. */
export type BillReading =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  /** Request it again later. */
  | {
      readonly kind: 'wait';
      readonly reason: WaitReason;
      readonly detail: string;
      readonly dueAt: Instant;
      /** True when WeChat Pay answered that it gives none. A bill that is late is not refused. */
      readonly isRefused: boolean;
    }
  /** There is no bill, and none is expected soon. */
  | { readonly kind: 'no_statement'; readonly detail: string }
  /** WeChat Pay no longer keeps the day, so a missing file means nothing. */
  | { readonly kind: 'gone'; readonly detail: string };

/**
 * Interprets a response to `downloadBill` by the clock. Pure. A failed download is repeated with
 * backoff.
 *
 * - `not_available` is one code (20002) for "not created yet" and "no trades": before `finalHour`
 *   of the next day it means the first, after it the second.
 * - `no_bill` means "no trades" or "asked too early". Where our own books have no trade of the day
 *   (`haveTrades` false), it is the first and ends the day at once; otherwise it waits likewise.
 * - `not_yet` says that a bill is coming, so it always waits.
 */
export function readBillAnswer(
  answer: BillAnswer,
  run: Pick<StatementRun, 'day' | 'attempts'>,
  settings: StatementSettings,
  now: Instant,
  chance: number,
  haveTrades: boolean,
): BillReading {
  if (answer.kind === 'bill') return { kind: 'file', bytes: answer.bytes };
  const detail = detailOf(answer);
  if (!isKept(run.day, now)) return { kind: 'gone', detail };
  const nextTry = atFullMinute(later(now, settings.notYetMs));
  switch (answer.kind) {
    case 'not_yet':
      return { kind: 'wait', reason: 'not_yet', detail, dueAt: nextTry, isRefused: false };
    case 'no_bill':
    case 'not_available': {
      const isFinal = now >= finalFrom(run.day, settings);
      const isEmptyDay = answer.kind === 'no_bill' && !haveTrades && now >= askFrom(run.day, settings);
      if (isFinal || isEmptyDay) return { kind: 'no_statement', detail };
      return { kind: 'wait', reason: 'not_available', detail, dueAt: nextTry, isRefused: false };
    }
    case 'not_offered':
    case 'refused':
    case 'unknown': {
      const isTokenMissing = answer.kind === 'unknown' && answer.reason === 'missing_api_token';
      const reason = isTokenMissing ? 'missing_api_token' : 'download_failed';
      const dueAt = retryAt(run, settings, now, chance);
      return { kind: 'wait', reason, detail, dueAt, isRefused: answer.kind !== 'unknown' };
    }
  }
}

const MINUTE_MS = 60_000;

/**
 * Rounds down to a full minute: timers fire then, and being due a second later would cost a whole
 * interval.
 */
function atFullMinute(at: Instant): Instant {
  return instant(at - (at % MINUTE_MS));
}

/** When a failed run is due again. */
export function retryAt(
  { attempts }: Pick<StatementRun, 'attempts'>,
  { backoff }: StatementSettings,
  now: Instant,
  chance: number,
): Instant {
  return later(now, backoffMs(backoff, attempts, chance));
}

function detailOf(answer: Exclude<BillAnswer, { kind: 'bill' }>): string {
  switch (answer.kind) {
    case 'not_available':
    case 'no_bill':
    case 'not_yet':
    case 'not_offered':
      return answer.detail;
    case 'refused':
      return `${answer.code}: ${answer.detail}`;
    case 'unknown':
      return `${answer.reason}: ${answer.detail}`;
  }
}

/**
 * Refusals that no damage on the way explains: another document, or more than any bill. A byte that
 * was cut off or changed may lead to each of the others, sums that do not add up included.
 */
const WRONG_IN_ITSELF: ReadonlySet<StatementRefusal['code']> = new Set<RefusalCode>([
  'fund_flow',
  'too_large',
  'too_many_lines',
  'gzip_bomb',
]);

/** True for a refusal that needs further downloads before it is trusted. */
export function mayBeDamaged({ code }: StatementRefusal): boolean {
  return !WRONG_IN_ITSELF.has(code);
}

/** The evidence for a refused download: round, code, line and file. */
export function refusedEvidence(
  { round }: Pick<StatementRun, 'round'>,
  refusal: StatementRefusal,
  { sha256 }: ArchivedFile,
): string {
  return `round ${round}: ${refusal.code} at line ${refusal.line}, sha256 ${sha256}`;
}

/** A refusal as text. */
export function refusalText({ code, line, message }: StatementRefusal): string {
  return `${code}, line ${line}: ${message}`;
}
