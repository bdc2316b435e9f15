import type { CountAndSum } from '../lib/model/count-and-sum';
import { CSV_MARK, csvLine, csvNumber } from '../lib/values/csv';
import { fen, fenToYuan, isFen } from '../lib/values/fen';
import type { Json } from '../lib/values/json';
import { BUCKETS, SIDES, type Balance, type Bucket, type ItemLine, type Side } from './compare/ledger';
import type { FoundDifference, MatchReport } from './report';
import type { Language } from '../lib/values/language';
import type { Words } from './words';
import { WORDS } from './words';

/** Differences shown on a terminal; the CSV and JSON outputs have them all. */
const SHOWN = 50;

/** Formats a report for a terminal. */
export function asText(report: MatchReport, language: Language): string {
  const words = WORDS[language];
  return [
    words.title,
    ...billLines(report, words),
    ...ordersLines(report, words),
    ...equationLines(report, words),
    ...differenceLines(report, words),
    ...causeLines(report, words),
    ...report.canariesNotFound.map((name) => `${words.canaryNotFound}: ${name}`),
    ...unknownStateLines(report, words),
    ...problemLines(report, words),
    ...verdictLines(report, words),
    '',
  ].join('\n');
}

/**
 * Formats one line per difference for a spreadsheet, with a header, and below them a line for each
 * term of both equations. Their first cell begins with `∑`.
 */
export function asCsv(report: MatchReport, language: Language): string {
  const words = WORDS[language];
  const { bill, orders } = report;
  const lines = report.differences.map((one) =>
    csvLine([
      words.classes[one.class],
      numberOf(one.outTradeNo),
      numberOf(one.transactionId),
      numberOf(one.outRefundNo),
      sideOf(one, one.ours),
      sideOf(one, one.theirs),
      lineOf(bill.files, one.billFile, one.billLine),
      lineOf(orders.files, one.ordersFile, one.ordersLine),
      ...['', ''],
    ]),
  );
  const terms = report.equations.flatMap((balance) => {
    const name = `∑ ${words[balance.side]} ${words.kinds[balance.kind]}`;
    const term = (name: string, { count, sum }: CountAndSum) =>
      csvLine([name, ...new Array<string>(TERM_CELLS).fill(''), count, fenToYuan(sum)]);
    return [
      term(name, balance.all),
      ...BUCKETS.map((bucket) => term(`${name} ${words.buckets[bucket]}`, balance.buckets[bucket])),
    ];
  });
  return `${CSV_MARK}${csvLine(words.columns)}${lines.join('')}${terms.join('')}`;
}

/** Empty cells between the name of a term and its count. */
const TERM_CELLS = 7;

/** Formats the report as one JSON value. Amounts in fen. */
export function asJson(report: MatchReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

function numberOf(text: string | null): string | null {
  return text === null ? null : csvNumber(text);
}

/** A line, after its file's name when there are several files. */
function lineOf(
  files: readonly { readonly name: string }[],
  file: number | null,
  line: number | null,
): string {
  if (file === null || line === null) return '';
  return files.length > 1 ? `${files[file]?.name ?? ''}:${line}` : String(line);
}

/** One side's value of a difference: amounts in yuan, everything else unchanged. */
function sideOf({ class: discrepancyClass }: FoundDifference, value: Json): string {
  if (value === null) return '';
  if (typeof value === 'number' && discrepancyClass !== 'statement_corrupt') return yuanOf(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Fen as yuan; a fraction of a fen, which only fees have, with all its decimals. */
function yuanOf(value: number): string {
  return isFen(value) ? fenToYuan(value) : (value / 100).toFixed(5);
}

function billLines({ bill }: MatchReport, words: Words): string[] {
  const names = bill.files.map(({ name, type, rows, resaved, encoding }) => {
    const how = resaved ? `, ${words.resaved}` : '';
    return `  ${name}: ${type}, ${words.rows} ${rows}, ${encoding}${how}`;
  });
  const type = bill.type === null ? '' : `${bill.type}, `;
  return [
    `${words.bill}: ${type}${words.rows} ${bill.rows}, ${words.days} ${bill.days.join(' ') || '—'}`,
    ...names,
    `  ${words.fees}: ${yuanOf(bill.fees)} ${words.yuan}`,
  ];
}

function ordersLines({ orders }: MatchReport, words: Words): string[] {
  const further = orders.furtherRows === 0 ? '' : `, ${words.furtherRows} ${orders.furtherRows}`;
  return [
    `${words.orders}: ${words.rows} ${orders.rows}, ${words.orderCount} ${orders.orders}, ${words.refunds} ${orders.refunds}${further}`,
    ...orders.files.flatMap(({ name, encoding, columns, rows, skipped }) => [
      `  ${name}: ${words.rows} ${rows}, ${encoding}${skipped === 0 ? '' : `, ${words.skipped} ${skipped}`}`,
      `    ${words.readAs}: ${columns.map(({ as, header }) => `${header} = ${words.columnNames[as]}`).join(', ')}`,
    ]),
    ...orders.notRead.map(({ name, because }) => `  ${name}: ${words.notRead[because]}`),
  ];
}

/** Each side as an equation: what it consists of is the sum of where its items ended. */
function equationLines({ equations }: MatchReport, words: Words): string[] {
  return SIDES.flatMap((side) => {
    const balances = equations.filter((one) => one.side === side);
    return balances.length === 0
      ? []
      : [`${words[side]}:`, ...balances.map((one) => `  ${equation(one, words)}`)];
  });
}

/** Terms that most readers never need; the CSV and JSON outputs have them always. */
const ONLY_WHERE_ANY: ReadonlySet<Bucket> = new Set(['otherMerchants', 'otherMeans', 'canaries']);

function equation({ kind, all, buckets }: Balance, words: Words): string {
  const term = ({ count, sum }: CountAndSum) => `${count} (${fenToYuan(sum)})`;
  const parts = BUCKETS.filter((bucket) => !ONLY_WHERE_ANY.has(bucket) || buckets[bucket].count > 0).map(
    (bucket) => `${words.buckets[bucket]} ${term(buckets[bucket])}`,
  );
  return `${words.kinds[kind]} ${term(all)} = ${parts.join(' + ')}`;
}

function differenceLines(
  { differences, differenceCount, byClass, bill, orders }: MatchReport,
  words: Words,
): string[] {
  if (differenceCount === 0) return [];
  const counts = Object.entries(words.classes).flatMap(([discrepancyClass, name]) => {
    const count = Object.entries(byClass).find(([found]) => found === discrepancyClass)?.[1] ?? 0;
    return count === 0 ? [] : [`  ${name}: ${count}`];
  });
  const shown = differences.slice(0, SHOWN).map((one) => {
    const numbers = [one.outTradeNo, one.transactionId, one.outRefundNo].filter((number) => number !== null);
    const sides = `${sideOf(one, one.ours) || '—'} / ${sideOf(one, one.theirs) || '—'}`;
    const theirs = lineOf(bill.files, one.billFile, one.billLine) || '—';
    const ours = lineOf(orders.files, one.ordersFile, one.ordersLine) || '—';
    const lines = `${words.bill} ${theirs}, ${words.orders} ${ours}`;
    return `  ${words.classes[one.class]}: ${numbers.join(' ')}: ${sides} (${words.line}: ${lines})`;
  });
  const rest = differenceCount - shown.length;
  return [
    `${words.differences}: ${differenceCount}`,
    ...counts,
    ...shown,
    ...(rest > 0 ? [`  … ${rest} ${words.more}`] : []),
    ...(looksLikeFen(differences) ? [words.inFen] : []),
  ];
}

/** Fewer differences than this may be chance. */
const ENOUGH = 3;

/** True when nearly all amounts that differ are those of the bill times 100: yuan read from fen. */
function looksLikeFen(differences: readonly FoundDifference[]): boolean {
  const amounts = differences.filter((one) => one.class === 'amount_mismatch');
  const inFen = amounts.filter(
    ({ ours, theirs }) => typeof ours === 'number' && typeof theirs === 'number' && ours === theirs * 100,
  );
  return amounts.length >= ENOUGH && inFen.length * 10 >= amounts.length * 9;
}

function causeLines({ causes, bill, orders }: MatchReport, words: Words): string[] {
  if (causes.length === 0) return [];
  const filesOf = (side: Side) => (side === 'bill' ? bill.files : orders.files);
  return [
    `${words.why}:`,
    ...causes.map(({ side, kind, bucket, reason, count, sum, lines }) => {
      const where = lines.map(({ file, line }: ItemLine) => lineOf(filesOf(side), file, line)).join(', ');
      const more = count > lines.length ? ', …' : '';
      const what = `${words[side]}, ${words.kinds[kind]}, ${words.buckets[bucket]}`;
      return `  ${what}: ${words.causes[reason]}: ${count} (${fenToYuan(fen(sum))}) (${words.line} ${where}${more})`;
    }),
  ];
}

function unknownStateLines({ orders: { unknownStates } }: MatchReport, words: Words): string[] {
  const [first] = unknownStates;
  if (first === undefined) return [];
  const listed = unknownStates.slice(0, SHOWN).map(({ word, rows }) => `“${word}” ${rows}`);
  return [`${words.unknownStates.replace('{word}', () => first.word)}: ${listed.join(', ')}`];
}

function problemLines({ orderProblems, orderProblemCount, orders }: MatchReport, words: Words): string[] {
  if (orderProblemCount === 0) return [];
  const shown = orderProblems.slice(0, SHOWN).map(({ file, line, column, code }) => {
    const name = column === null ? '' : `${words.columnNames[column]}: `;
    return `  ${words.line} ${lineOf(orders.files, file, line)}: ${name}${words.codes[code]}`;
  });
  const rest = orderProblemCount - shown.length;
  return [
    `${words.problems}: ${orderProblemCount}`,
    ...shown,
    ...(rest > 0 ? [`  … ${rest} ${words.more}`] : []),
  ];
}

/** The last line: that both sides agree, or why that is not said although nothing differs. */
function verdictLines({ agree, differenceCount, causes }: MatchReport, words: Words): string[] {
  if (agree) return ['', words.agrees];
  if (differenceCount > 0) return [];
  return ['', causes.every(({ reason }) => reason === 'no_refunds') ? words.paymentsAgree : words.notAgreed];
}
