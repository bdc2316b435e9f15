import type { FundFlow, FundRefusal } from '../../bill/fund-flow/read';
import type { ArchivedFile } from '../../model/statement/archived-file';
import type { CashFile, MovementKind } from '../../model/statement/cash';
import type { CountAndSum } from '../../model/count-and-sum';
import { dayOf, type BeijingDay } from '../../values/day';
import { fen } from '../../values/fen';
import { later, type Instant } from '../../values/instant';
import type { BillAnswer } from '../../wechat/port';
import { carriedUntil, finalFrom, isKept } from '../run/calendar';
import type { StatementSettings } from '../run/settings';

/** What an answer to the request of a fund-flow bill means. */
export type FundAnswer =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  /** The channel has none: the file is given by hand or not at all. */
  | { readonly kind: 'not_offered' }
  | { readonly kind: 'no_file'; readonly file: Extract<CashFile, { state: 'waiting' | 'none' | 'missing' }> };

/**
 * Interprets the answer about one account's bill by the clock. Pure.
 *
 * WeChat Pay says `NO_STATEMENT_EXIST` of a day without movements and of one asked for too early:
 * before `finalHour` of the next day it means the second, after it the first. Whether the day's
 * trades contradict that shows when they are tied. `STATEMENT_CREATING` always waits.
 *
 * Failure policy: fail closed. A bill that never comes is `missing`, never a day without movements.
 */
export function readFundAnswer(
  answer: BillAnswer,
  day: BeijingDay,
  tries: number,
  settings: Pick<StatementSettings, 'finalHour' | 'carryOverDays'>,
  now: Instant,
): FundAnswer {
  const isOver = now >= carriedUntil(day, settings) || !isKept(day, now);
  const noFile = (state: 'waiting' | 'none' | 'missing', detail: string): FundAnswer => ({
    kind: 'no_file',
    file: { state, detail, tries: tries + 1 },
  });
  switch (answer.kind) {
    case 'bill':
      return { kind: 'file', bytes: answer.bytes };
    case 'not_offered':
      return { kind: 'not_offered' };
    case 'no_bill':
    case 'not_available':
      if (!isKept(day, now)) return noFile('missing', answer.detail);
      return noFile(now >= finalFrom(day, settings) ? 'none' : 'waiting', answer.detail);
    case 'not_yet':
      return noFile(isOver ? 'missing' : 'waiting', answer.detail);
    case 'refused':
      return noFile(isOver ? 'missing' : 'waiting', `${answer.code}: ${answer.detail}`);
    case 'unknown':
      return noFile(isOver ? 'missing' : 'waiting', `${answer.reason}: ${answer.detail}`);
  }
}

/** A proved bill as the day keeps it; `refused` when a movement is of another day. */
export function provedFile(
  bill: FundFlow,
  day: BeijingDay,
  file: ArchivedFile,
  from: 'download' | 'operator',
): CashFile {
  const { movements, opening, closing, sha1 } = bill;
  const stray = movements.find(({ bookedAt }) => dayOf(bookedAt) !== day);
  if (stray !== undefined) {
    return { state: 'refused', file, detail: otherDay(stray.line), tries: 0 };
  }
  const moved: Partial<Record<MovementKind, CountAndSum>> = {};
  for (const { kind, amount } of movements) {
    const { count, sum } = moved[kind] ?? { count: 0, sum: 0 };
    moved[kind] = { count: count + 1, sum: fen(sum + amount) };
  }
  return { state: 'proved', file, from, sha1, opening, closing, moved };
}

function otherDay(line: number): string {
  return `other_day, line ${line}: a movement of another day`;
}

/** Why a file proves nothing, as text. */
export function fundRefusalText({ code, line, detail }: FundRefusal): string {
  return `${code}, line ${line}${detail === '' ? '' : `: ${detail}`}`;
}

/** How long after an answer without a file the next request is made, in ms. */
const MISSING_MS = 6 * 3_600_000;

/** When the bills of a day are asked for again; null when none is expected any more. */
export function nextLook(
  files: readonly CashFile[],
  day: BeijingDay,
  settings: Pick<StatementSettings, 'notYetMs' | 'fileTries' | 'carryOverDays'>,
  now: Instant,
): Instant | null {
  const waits = files.flatMap((file) => {
    if (!isAskedAgain(file, settings)) return [];
    return [file.state === 'missing' ? MISSING_MS : settings.notYetMs];
  });
  const isOver = now >= carriedUntil(day, settings) && files.every(({ state }) => state !== 'waiting');
  return waits.length === 0 || isOver ? null : later(now, Math.min(...waits));
}

/** True for a file that another download may replace. */
export function isAskedAgain(file: CashFile, { fileTries }: Pick<StatementSettings, 'fileTries'>): boolean {
  switch (file.state) {
    case 'waiting':
    case 'missing':
      return true;
    case 'refused':
      return file.tries > 0 && file.tries < fileTries;
    case 'none':
    case 'proved':
      return false;
  }
}
