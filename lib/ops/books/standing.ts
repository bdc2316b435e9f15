import { createHash } from 'node:crypto';
import { isOwnName } from '../../config/operators';
import type { ArchivedFile } from '../../model/statement/archived-file';
import { CASH_ACCOUNTS } from '../../values/cash-account';
import type { Person } from '../../model/operators/principal';
import type { SignedFile, SignOff, SignOffId, SignOffPeriod } from '../../model/operators/sign-off';
import { signOffId } from '../../model/operators/sign-off';
import type { BooksChange, DayBooks } from '../../statement/books/day-books';
import { changesSince, digestOfDay, digestOfDays } from '../../statement/books/day-books';
import type { SignOffStanding } from '../../statement/books/sign-off-standing';
import { monthReport, type MonthReport } from '../../statement/month/month-report';
import { monthRows } from '../../statement/month/month-sheet';
import { MONTH_WORDS } from '../../statement/month/words';
import { voucherOf } from '../../statement/month/voucher';
import { voucherRows } from '../../statement/month/voucher-sheet';
import { daySheet } from '../../statement/report/day-sheet';
import { discrepancyHeader, discrepancyRow } from '../../statement/report/discrepancy-sheet';
import { REPORT_WORDS } from '../../statement/report/words';
import { daysLater, startOf, type BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import { daysOf, firstDayOf, monthsLater, type BeijingMonth } from '../../values/month';
import { csvFile, type Rows } from '../../values/sheet';
import type { MonthPart, ShownSignOff } from '../books-api';
import type { Language } from '../../values/language';
import type { OpsDeps } from '../deps';
import { readBooks, readFound } from './read-books';
import { discrepancyDetail } from '../lists/views';

/** A day or month with everything that is signed. */
export interface ReadBooks {
  readonly shown: ShownSignOff;
}

/** The same of a month, with its report. */
export interface ReadMonth extends ReadBooks {
  readonly report: MonthReport;
}

/** The books of a day as they stand. Null when there is neither a run nor a signature. */
export async function dayStanding(
  deps: OpsDeps,
  by: Person,
  { subMchId, day }: Extract<SignOffPeriod, { kind: 'day' }>,
): Promise<ReadBooks | null> {
  const now = deps.clock.now();
  const id = signOffId(subMchId, day);
  const [all, [signOff = null]] = await Promise.all([
    readBooks(deps.store, subMchId, [day]),
    deps.store.signOffs.find([id]),
  ]);
  const books = all.get(day) ?? null;
  if (books === null && signOff === null) return null;
  const isSignable = books !== null && isDone(books);
  const shown = shownOf({
    id,
    by,
    signOff,
    digest: books === null ? null : digestOfDay(books, now),
    books: books === null ? [] : [books],
    isOver: isSignable,
    isIncomplete: books !== null && isUnclear(books),
    files: isSignable ? filesOfDay(books, now) : [],
    now,
  });
  return { shown };
}

/** The books of a month as they stand, with its report. Null when no day of it has a run. */
export async function monthStanding(
  deps: OpsDeps,
  by: Person,
  { subMchId, month }: Extract<SignOffPeriod, { kind: 'month' }>,
): Promise<ReadMonth | null> {
  const { store, clock, books: settings } = deps;
  const now = clock.now();
  const id = signOffId(subMchId, month);
  const days = daysOf(month);
  const [held, stored, edge] = await Promise.all([
    readBooks(store, subMchId, await daysWithRuns(deps, subMchId, month)),
    store.signOffs.find([id, ...days.map((day) => signOffId(subMchId, day))]),
    readFound(store, subMchId, lastDaysBefore(month, settings.carryOverDays)),
  ]);
  const signOffs = new Map(stored.map((one) => [one.id, one]));
  const signOff = signOffs.get(id) ?? null;
  if (held.size === 0 && signOff === null) return null;
  const digests = days.map((day): readonly [BeijingDay, string | null] => {
    const books = held.get(day);
    return [day, books === undefined ? null : digestOfDay(books, now)];
  });
  const digestOf = new Map(digests);
  const signedDay = (day: BeijingDay): SignOffStanding =>
    standingOf(signOffs.get(signOffId(subMchId, day)) ?? null, digestOf.get(day) ?? null);
  const isOver = startOf(firstDayOf(monthsLater(month, 1))) <= now;
  const books = [...held.values()];
  // Retention removes a month day by day.
  const isKept = signOff?.signature.files.every(({ day }) => day === null || held.has(day)) ?? true;
  const digest = held.size === 0 || !isKept ? null : digestOfDays(digests);
  const common = { id, by, signOff, digest, books, now };
  const base = shownOf({ ...common, isOver: isOver && books.every(isDone), isIncomplete: false, files: [] });
  const report = monthReport({
    subMchId,
    month,
    now,
    cashAccounts: deps.statementSettings.cashAccounts,
    contractRate: settings.merchants.find((one) => one.subMchId === subMchId)?.feeRate ?? null,
    days: new Map(
      [...held].map(([day, { run, found }]) => [day, { run, found, signed: signedDay(day) }] as const),
    ),
    before: edge,
    signed: base.standing,
    changes: base.changes,
  });
  const isIncomplete =
    !report.closes || books.some(isUnclear) || report.days.some(({ standing }) => standing === 'no_run');
  const files = [...books.flatMap(archivedOf), ...monthFiles(report)];
  return { shown: { ...base, needsNote: isIncomplete, files: digest === null ? [] : files }, report };
}

/** A part of the month as CSV; null where there is no voucher. */
export function monthCsv(report: MonthReport, part: MonthPart, language: Language): string | null {
  const words = { month: MONTH_WORDS[language], day: REPORT_WORDS[language] };
  if (part !== 'voucher') return csvFile(monthRows(words, report, part === 'figures'));
  const voucher = voucherOf(report);
  return voucher.kind === 'voucher' ? csvFile(voucherRows(words.month, report, voucher)) : null;
}

async function daysWithRuns(
  { store }: OpsDeps,
  subMchId: SubMchId,
  month: BeijingMonth,
): Promise<readonly BeijingDay[]> {
  const end = firstDayOf(monthsLater(month, 1));
  const days = await store.statementRuns.daysOf(subMchId, firstDayOf(month));
  return days.filter((day) => day < end);
}

/** The most days before a month that are looked at for items that its bills show. */
const EDGE_DAYS = 10;

/** The days whose items may be in a bill of this month: as many as items are carried over. */
function lastDaysBefore(month: BeijingMonth, carryOverDays: number): readonly BeijingDay[] {
  const first = firstDayOf(month);
  const count = Math.min(EDGE_DAYS, carryOverDays + 1);
  return Array.from({ length: count }, (_, n) => daysLater(first, n - count));
}

/** How signed books stand: by what they were and what they are. */
function standingOf(signOff: SignOff | null, digest: string | null): SignOffStanding {
  if (signOff === null) return 'unsigned';
  if (digest === null) return 'not_kept';
  return signOff.signature.digest === digest && signOff.amendments.length === 0 ? 'signed' : 'amended';
}

/** What a view of signed books is made of. */
interface ShownParts {
  readonly id: SignOffId;
  readonly by: Person;
  readonly signOff: SignOff | null;
  readonly digest: string | null;
  readonly books: readonly DayBooks[];
  /** The period is over, and every run in it is done. */
  readonly isOver: boolean;
  readonly isIncomplete: boolean;
  readonly files: readonly SignedFile[];
  readonly now: Instant;
}

function shownOf({
  id,
  by,
  signOff,
  digest,
  books,
  isOver,
  isIncomplete,
  files,
  now,
}: ShownParts): ShownSignOff {
  const isSame = signOff === null || digest === null || signOff.signature.digest === digest;
  const changes: readonly BooksChange[] = isSame ? [] : changesOf(signOff, books, now);
  return {
    id,
    standing: standingOf(signOff, digest),
    digest,
    whyNot: whyNotSign(by, books, isOver && digest !== null),
    needsNote: isIncomplete,
    signOff,
    changes,
    files,
  };
}

/** The changes of all days. A change without a time is shown only if no day shows another one. */
function changesOf({ signature }: SignOff, books: readonly DayBooks[], now: Instant): readonly BooksChange[] {
  const all = books.flatMap((one) => changesSince(signature, one, now));
  const known = all.filter(({ what }) => what !== 'other');
  return [...(known.length > 0 ? known : all.slice(0, 1))].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
}

function whyNotSign(by: Person, books: readonly DayBooks[], isOver: boolean): ShownSignOff['whyNot'] {
  if (!isOwnName(by.name)) return 'NOT_NAMED';
  if (!isOver) return 'NOT_DONE';
  return books.every(({ isWhole }) => isWhole) ? null : 'TOO_MANY_ITEMS';
}

function isDone({ run }: DayBooks): boolean {
  return run.work.state === 'done';
}

/** True where a signature must say why: the day was not compared, or something is open. */
function isUnclear({ run, found }: DayBooks): boolean {
  const outcome = run.work.state === 'done' ? run.work.report.outcome : null;
  return (outcome !== 'reconciled' && outcome !== 'none') || found.some((one) => one.resolution === null);
}

/** A day's files: the bills as they were sent, and the run's export in Chinese. */
function filesOfDay(books: DayBooks, now: Instant): readonly SignedFile[] {
  const words = REPORT_WORDS.zh;
  const { run, found } = books;
  const rows = found.map((one) => discrepancyRow(words, run, discrepancyDetail(one), now));
  return [
    ...archivedOf(books),
    fileOf('report', run.day, daySheet(words, run)),
    fileOf('discrepancies', run.day, [discrepancyHeader(words), ...rows]),
  ];
}

/** The archived files of a day: its trade bill, and its fund-flow bills. */
function archivedOf({ run }: DayBooks): readonly SignedFile[] {
  const { day, work, cash } = run;
  const bill = work.state === 'done' ? work.report.file : null;
  const flows = CASH_ACCOUNTS.flatMap((account) => {
    const held = cash?.accounts[account];
    return held !== undefined && 'file' in held ? [held.file] : [];
  });
  return [
    ...(bill === null ? [] : [signedFile('bill', day, bill)]),
    ...flows.map((file) => signedFile('fund_flow', day, file)),
  ];
}

function signedFile(kind: SignedFile['kind'], day: BeijingDay, { bytes, sha256 }: ArchivedFile): SignedFile {
  return { kind, day, bytes, sha256 };
}

function monthFiles(report: MonthReport): readonly SignedFile[] {
  const words = { month: MONTH_WORDS.zh, day: REPORT_WORDS.zh };
  const voucher = voucherOf(report);
  return [
    fileOf('month', null, monthRows(words, report, true)),
    ...(voucher.kind === 'voucher'
      ? [fileOf('voucher', null, voucherRows(words.month, report, voucher))]
      : []),
  ];
}

function fileOf(kind: SignedFile['kind'], day: BeijingDay | null, rows: Rows): SignedFile {
  const bytes = Buffer.from(csvFile(rows), 'utf8');
  return { kind, day, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
