import type { CountAndSum } from '../lib/model/statement-run';
import { CSV_MARK, csvLine, csvNumber } from '../lib/values/csv';
import { fen, fenToYuan, isFen } from '../lib/values/fen';
import type { Json } from '../lib/values/json';
import type { FoundDifference, MatchReport } from './report';
import { agrees, skipsRefunds } from './report';
import type { Language, Words } from './words';
import { WORDS } from './words';

/** Differences shown on a terminal; the CSV and JSON outputs have them all. */
const SHOWN = 50;

/** Formats a report for a terminal. */
export function asText(report: MatchReport, language: Language): string {
  const words = WORDS[language];
  const { bill, orders, matched } = report;
  const money = (name: string, of: CountAndSum) =>
    of.count === 0 ? [] : [`  ${name}: ${of.count} ${words.pieces} ${fenToYuan(of.sum)} ${words.yuan}`];
  return [
    words.title,
    `${words.bill}: ${bill.type}, ${words.rows} ${bill.rows}, ${words.days} ${bill.days.join(' ') || '—'}`,
    ...money(words.payments, bill.payments),
    ...money(words.refunds, bill.refunds),
    ...money(words.revoked, bill.revoked),
    `  ${words.fees}: ${fenToYuan(fen(bill.fees))} ${words.yuan}`,
    `${words.orders}: ${words.rows} ${orders.rows}, ${words.payments} ${orders.orders}, ${words.refunds} ${orders.refunds}`,
    ...(orders.inDoubt === 0 ? [] : [`  ${words.inDoubt}: ${orders.inDoubt}`]),
    ...(orders.otherDays === 0 ? [] : [`  ${words.otherDays}: ${orders.otherDays}`]),
    `${words.matched}:`,
    ...money(words.payments, matched.payments),
    ...money(words.refunds, matched.refunds),
    ...(skipsRefunds(report) ? [`  ${words.refunds}: ${words.refundsNotCompared}`] : []),
    ...differencesOf(report, words),
    ...setAsideOf(report, words),
    ...problemsOf(report, words),
    ...(agrees(report) ? ['', skipsRefunds(report) ? words.paymentsAgree : words.agrees] : []),
    '',
  ].join('\n');
}

/** Formats one line per difference, with a header, for a spreadsheet. */
export function asCsv(report: MatchReport, language: Language): string {
  const words = WORDS[language];
  const lines = report.differences.map((one) =>
    csvLine([
      words.classes[one.class],
      numberOf(one.outTradeNo),
      numberOf(one.transactionId),
      numberOf(one.outRefundNo),
      sideOf(one, one.ours),
      sideOf(one, one.theirs),
      one.billLine,
      one.ordersLine,
    ]),
  );
  return `${CSV_MARK}${csvLine(words.columns)}${lines.join('')}`;
}

function numberOf(text: string | null): string | null {
  return text === null ? null : csvNumber(text);
}

/** Formats the report as one JSON value. Amounts in fen. */
export function asJson(report: MatchReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** One side's value of a difference: amounts in yuan, everything else unchanged. */
function sideOf({ class: of }: FoundDifference, value: Json): string {
  if (value === null) return '';
  if (typeof value === 'number' && isFen(value) && of !== 'statement_corrupt') return fenToYuan(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function differencesOf({ differences, differenceCount, byClass }: MatchReport, words: Words): string[] {
  if (differenceCount === 0) return [];
  const counts = Object.entries(words.classes).flatMap(([of, name]) => {
    const count = Object.entries(byClass).find(([found]) => found === of)?.[1] ?? 0;
    return count === 0 ? [] : [`  ${name}: ${count}`];
  });
  const shown = differences.slice(0, SHOWN).map((one) => {
    const numbers = [one.outTradeNo, one.transactionId, one.outRefundNo].filter((number) => number !== null);
    const sides = `${sideOf(one, one.ours) || '—'} / ${sideOf(one, one.theirs) || '—'}`;
    const lines = `${words.bill} ${one.billLine ?? '—'}, ${words.orders} ${one.ordersLine ?? '—'}`;
    return `  ${words.classes[one.class]}: ${numbers.join(' ')}: ${sides} (${words.line}: ${lines})`;
  });
  const rest = differenceCount - shown.length;
  return [
    `${words.differences}: ${differenceCount}`,
    ...counts,
    ...shown,
    ...(rest > 0 ? [`  … ${rest} ${words.more}`] : []),
  ];
}

function setAsideOf({ setAside }: MatchReport, words: Words): string[] {
  const found = Object.entries(words.reasons).flatMap(([reason, name]) => {
    const aside = Object.entries(setAside).find(([one]) => one === reason)?.[1];
    return aside === undefined ? [] : [`  ${name}: ${aside.count} (${words.line} ${aside.lines.join(', ')})`];
  });
  return found.length === 0 ? [] : [`${words.setAside}:`, ...found];
}

function problemsOf({ orderProblems, orderProblemCount }: MatchReport, words: Words): string[] {
  if (orderProblemCount === 0) return [];
  const shown = orderProblems
    .slice(0, SHOWN)
    .map(({ line, code }) => `  ${words.line} ${line}: ${words.codes[code]}`);
  const rest = orderProblemCount - shown.length;
  return [
    `${words.problems}: ${orderProblemCount}`,
    ...shown,
    ...(rest > 0 ? [`  … ${rest} ${words.more}`] : []),
  ];
}
