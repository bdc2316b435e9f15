import { CASH_BUCKETS, type CashItem } from '../../lib/model/statement/cash';
import { BANK_BUCKETS } from '../../lib/statement/cash/bank';
import { fen, fenToYuan, type Fen } from '../../lib/values/fen';
import { formatBeijing } from '../../lib/values/instant';
import { csvFile, idCell, type Cell } from '../../lib/values/sheet';
import type { CashReport } from './close';
import type { CashRequest } from './request';
import { CASH_WORDS, type CashWords } from './words';

/** Items shown on a terminal; the CSV and JSON outputs have them all. */
const SHOWN = 50;

/** The report in the form that was asked for. */
export function writtenCash(
  report: CashReport,
  { form, language }: Pick<CashRequest, 'form' | 'language'>,
): string {
  const words = CASH_WORDS[language];
  switch (form) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'csv':
      return csvFile([words.columns, ...report.items.map((item) => itemRow(words, report, item))]);
    case 'text':
      return asText(report, words);
  }
}

function asText(report: CashReport, words: CashWords): string {
  const { gross, coupons, settlement, netFees, buckets, items } = report;
  const yuan = (amount: number) => fenToYuan(fen(amount));
  const expected = settlement.payments - settlement.refunds - netFees;
  const lines = [
    words.title,
    `  ${words.gross} ${yuan(gross.payments.sum)} − ${words.coupons} ${yuan(coupons.payments)} = ${words.settlement} ${yuan(settlement.payments)}`,
    `  ${words.settlement} ${yuan(settlement.payments)} − ${words.refunds} ${yuan(settlement.refunds)} − ${words.netFees} ${yuan(netFees)} = ${words.expected} ${yuan(expected)}`,
    ...balanceText(report, words),
    ...CASH_BUCKETS.flatMap((bucket) => {
      const { count, sum } = buckets[bucket];
      if (count === 0) return [];
      const money = bucket === 'cut_off' ? edgeText(report, words) : yuan(sum);
      return [`  ${words.buckets[bucket]}: ${count}, ${money}`];
    }),
    ...(report.excluded === 0 ? [] : [`  ${words.excluded}: ${report.excluded}`]),
    ...report.gaps.map(
      ({ before, after, at }) =>
        `  ${words.gap}: ${yuan(before)} → ${yuan(after)}, ${formatBeijing(at, 'YYYY-MM-DD HH:mm:ss')}`,
    ),
    ...items.slice(0, SHOWN).map((item) => `  ${itemText(words, item)}`),
    ...(items.length > SHOWN ? [`  ${words.more(items.length - SHOWN)}`] : []),
    ...bankText(words, report),
    endText(words, report),
    '',
  ];
  return lines.join('\n');
}

/** The balances. Only without a gap between the bills are they an equation. */
function balanceText({ opening, closing, movements, gaps }: CashReport, words: CashWords): string[] {
  if (opening === null || closing === null) return [];
  const [plus, equals] = gaps.length === 0 ? [' + ', ' = '] : [', ', ', '];
  const [first, moved, last] = [opening, movements.sum, closing].map(fenToYuan);
  return [`  ${words.opening} ${first}${plus}${words.movement} ${moved}${equals}${words.closing} ${last}`];
}

/** The sums of the edge: a trade there moved nothing, and a movement there has no trade. */
function edgeText(report: CashReport, words: CashWords): string {
  const sum = (side: 'expected' | 'booked') => edgeOf(report).reduce((all, item) => all + item[side], 0);
  return moneyText(words, fen(sum('expected')), fen(sum('booked')));
}

function edgeOf({ items }: CashReport): readonly CashItem[] {
  return items.filter(({ bucket }) => bucket === 'cut_off');
}

/** The last sentence. What lies at the edge of the days is not proved, so it does not go unsaid. */
function endText(words: CashWords, report: CashReport): string {
  if (report.result === 'open') return words.open;
  const edge = edgeOf(report);
  if (edge.length === 0) return words.closes;
  const amount = edge.reduce((sum, { expected, booked }) => sum + Math.abs(booked - expected), 0);
  return words.closesBut(edge.length, fenToYuan(fen(amount)));
}

function itemText(words: CashWords, item: CashItem): string {
  const { bucket, name, number, transactionId, at, expected, booked } = item;
  const who = [words.buckets[bucket], name, number, transactionId].filter((text) => text !== '');
  const time = formatBeijing(at, 'YYYY-MM-DD HH:mm:ss');
  return `${who.join(' ')} ${time}: ${moneyText(words, expected, booked)}`;
}

function moneyText(words: CashWords, expected: Fen, booked: Fen): string {
  const [, , , , , should, moved] = words.columns;
  return `${should} ${fenToYuan(expected)}, ${moved} ${fenToYuan(booked)}`;
}

/** Withdrawals and the bank: how many ended where, and each that did not simply arrive. */
function bankText(words: CashWords, { bank, bankUnread }: CashReport): readonly string[] {
  if (bank === null) return [];
  const { buckets, items, others } = bank;
  const sums = BANK_BUCKETS.flatMap((bucket) => {
    const { count, sum } = buckets[bucket];
    return count === 0 ? [] : [`  ${words.bank[bucket]}: ${count}, ${fenToYuan(sum)}`];
  });
  const named = items.flatMap(({ bucket, number, withdrawn, line }) => {
    if (bucket === 'arrived') return [];
    const place = line === null ? [] : [line.day, line.text, fenToYuan(line.amount)];
    const left = withdrawn === null ? [] : [number ?? '', fenToYuan(withdrawn)];
    return [`  ${[words.bank[bucket], ...left, ...place].join(' ')}`];
  });
  return [
    words.bankTitle,
    ...sums,
    ...(others.count === 0 ? [] : [`  ${words.bankOthers}: ${others.count}, ${fenToYuan(others.sum)}`]),
    ...(bankUnread === 0 ? [] : [`  ${words.bankUnread}: ${bankUnread}`]),
    ...named.slice(0, SHOWN),
  ];
}

/** The date at the bank; empty where no statement says it. */
function dateAtBank(bank: CashReport['bank'], { number, at }: CashItem): Cell {
  const found = bank?.items.find((one) => one.number === number && one.withdrawnAt === at);
  const day = found?.line?.day;
  return day === undefined ? null : `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}

/** The last cell is the date at the bank, or a place for it. */
function itemRow(words: CashWords, { bank }: CashReport, item: CashItem): readonly Cell[] {
  const { bucket, name, number, transactionId, at, expected, booked, tradeLine, fundLines } = item;
  return [
    words.buckets[bucket],
    name,
    idCell(number),
    idCell(transactionId),
    formatBeijing(at, 'YYYY-MM-DD HH:mm:ss'),
    { fen: expected },
    { fen: booked },
    { fen: fen(booked - expected) },
    tradeLine,
    fundLines.join(' '),
    dateAtBank(bank, item),
  ];
}
