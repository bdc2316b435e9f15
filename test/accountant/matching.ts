import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInputError } from '../../accountant/input-error';
import { matchFiles } from '../../accountant/match-files';
import type { MatchReport } from '../../accountant/report';
import { readRequest } from '../../accountant/request';
import { sentenceOf } from '../../accountant/sentences';
import { bytesOf, numbersOf, trade, writeBill, type Trade } from '../statement/bill';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-files-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let written = 0;
/** Writes a file of a case and returns its path. */
export function write(content: string | Buffer, name = 'file'): string {
  written += 1;
  const path = join(folder, `${written}-${name}`);
  writeFileSync(path, content);
  return path;
}

/** Compares as the command does, in this process. */
export async function match(...args: readonly string[]): Promise<MatchReport> {
  const request = readRequest([...args]);
  if (request === 'help') throw new TypeError('no comparison');
  return matchFiles(request);
}

/** The sentence of a refusal. */
export async function refusal(...args: readonly string[]): Promise<string> {
  try {
    await match(...args);
  } catch (error) {
    if (isInputError(error)) return sentenceOf(error, 'zh');
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A bill of these trades. */
export const billBytes = (trades: readonly Trade[]): Buffer => bytesOf(writeBill(trades));
export const billOf = (...trades: readonly Trade[]): string => write(billBytes(trades), 'bill.csv');
export const FIRST = trade({ number: 1, amount: 5800, time: '2026-03-01 09:05:06' });
export const SECOND = trade({ number: 2, amount: 123_450, time: '2026-03-01 10:15:16' });
export const TWO = [FIRST, SECOND];
export const { outTradeNo: ONE, transactionId: PAID_BY } = numbersOf(1);
export const { outTradeNo: OTHER, transactionId: OTHER_PAID_BY } = numbersOf(2);

/** Counts of the buckets of one equation. */
export function buckets(report: MatchReport, side: 'bill' | 'orders', kind: string): Record<string, number> {
  const found = report.equations.find((one) => one.side === side && one.kind === kind);
  return Object.fromEntries(
    Object.entries(found?.buckets ?? {}).flatMap(([of, { count }]) => (count === 0 ? [] : [[of, count]])),
  );
}

export const reasons = (report: MatchReport) => report.causes.map(({ reason, count }) => [reason, count]);
