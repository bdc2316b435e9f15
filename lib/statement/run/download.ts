import { backoffMs } from '../../runtime/backoff';
import type { Instant } from '../../values/instant';
import { instant, later } from '../../values/instant';
import type { BillAnswer } from '../../wechat/port';
import { finalFrom, isKept } from './calendar';
import type { RefusalCode, StatementRefusal } from '../../bill/refusal';
import type { ArchivedFile, StatementRun, WaitReason } from '../../model/statement-run';
import type { StatementSettings } from './settings';

/** What an answer to `downloadBill` means for a run. */
export type BillReading =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  /** Ask again later. */
  | { readonly kind: 'wait'; readonly reason: WaitReason; readonly detail: string; readonly dueAt: Instant }
  /** There is none, and there will be none soon. */
  | { readonly kind: 'no_statement'; readonly detail: string }
  /** WeChat Pay does not keep the day any more: that it has no file says nothing. */
  | { readonly kind: 'gone'; readonly detail: string };

/**
 * Reads an answer to `downloadBill` by the clock. Pure. WeChat Pay has one code (20002) for "not
 * made yet" and "no trades": before `finalHour` of the next day it is taken for the first, later
 * for the second. What failed is asked for again with backoff.
 */
export function readBillAnswer(
  answer: BillAnswer,
  run: Pick<StatementRun, 'day' | 'attempts'>,
  settings: StatementSettings,
  now: Instant,
  chance: number,
): BillReading {
  if (answer.kind === 'bill') return { kind: 'file', bytes: answer.bytes };
  const detail = detailOf(answer);
  if (!isKept(run.day, now)) return { kind: 'gone', detail };
  if (answer.kind === 'not_available') {
    if (now >= finalFrom(run.day, settings)) return { kind: 'no_statement', detail };
    return {
      kind: 'wait',
      reason: 'not_available',
      detail,
      dueAt: atTheTimer(later(now, settings.notYetMs)),
    };
  }
  const isTokenMissing = answer.kind === 'unknown' && answer.reason === 'missing_api_token';
  const reason = isTokenMissing ? 'missing_api_token' : 'download_failed';
  return { kind: 'wait', reason, detail, dueAt: failedUntil(run, settings, now, chance) };
}

const MINUTE_MS = 60_000;

/**
 * The full minute before: a timer comes then, and due a second after it would cost its whole gap.
 */
function atTheTimer(at: Instant): Instant {
  return instant(at - (at % MINUTE_MS));
}

/** When a run whose download failed is due again. */
export function failedUntil(
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
      return answer.detail;
    case 'refused':
      return `${answer.code}: ${answer.detail}`;
    case 'unknown':
      return `${answer.reason}: ${answer.detail}`;
  }
}

/** Refusals that a download which went wrong explains better than a statement which is wrong. */
const DAMAGES: ReadonlySet<StatementRefusal['code']> = new Set<RefusalCode>([
  'empty',
  'gzip_truncated',
  'gzip_corrupt',
  // Of a machine that was busy with other things: the next turn may be done in time.
  'too_slow',
  'html_page',
  'json_answer',
  'xml_answer',
  'no_summary',
]);

/** True for a refusal that is not believed at the first time. */
export function looksDamaged({ code }: StatementRefusal): boolean {
  return DAMAGES.has(code);
}

/** The line of history that a refused download leaves. */
export const FILE_REFUSED = 'file_refused';

/** What is said of a refused download: in which round, what, and which file. */
export function refusedEvidence(
  { round }: Pick<StatementRun, 'round'>,
  refusal: StatementRefusal,
  { sha256 }: ArchivedFile,
): string {
  return `${roundPrefix(round)}${refusal.code} at line ${refusal.line}, sha256 ${sha256}`;
}

/** How many downloads of this round were refused. */
export function refusedSoFar({ round, history }: Pick<StatementRun, 'round' | 'history'>): number {
  return history.filter(
    ({ event, evidence }) => event === FILE_REFUSED && evidence?.startsWith(roundPrefix(round)) === true,
  ).length;
}

const roundPrefix = (round: number) => `round ${round}: `;

/** A refusal in words. */
export function refusalText({ code, line, message }: StatementRefusal): string {
  return `${code}, line ${line}: ${message}`;
}
