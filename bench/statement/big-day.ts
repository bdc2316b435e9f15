import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { beijingTime, later, type Instant } from '../../lib/values/instant';
import { isSubMchId, type SubMchId } from '../../lib/values/ids';
import {
  numbersOf,
  trade,
  writeBill,
  writeRow,
  writeSummary,
  type Bill,
  type Trade,
} from '../../test/statement/bill';

/** Our books' entry of one payment of the day, in a form that every way of comparing can read. */
export interface BookedSale {
  readonly outTradeNo: string;
  readonly transactionId: string;
  readonly total: number;
  readonly paid: boolean;
  /** The payment time in the bill. */
  readonly paidAt: Instant;
}

/** Our books' entry of one refund of the day. */
export interface BookedBack {
  readonly outRefundNo: string;
  readonly outTradeNo: string;
  readonly amount: number;
}

/** Differences by class. */
export type Found = Readonly<Record<string, number>>;

/** The merchant of the day. */
export const BENCH_MERCHANT: SubMchId = merchantNumbered('1600012345');

function merchantNumbered(number: string): SubMchId {
  if (!isSubMchId(number)) throw new TypeError('not a merchant number');
  return number;
}

/** Every so many rows, one is a refund. */
const REFUND_EVERY = 50;
/** Every so many rows, one is planted with each of the differences. */
const PLANTED_EVERY = 500;

/** The difference planted in a row. All other rows agree. */
type Plant =
  'missing_order' | 'unpaid_order' | 'amount_mismatch' | 'missing_payment' | 'refund_amount_mismatch';

const PLANTS: ReadonlyMap<number, Plant> = new Map([
  [1, 'missing_order'],
  [102, 'unpaid_order'],
  [203, 'amount_mismatch'],
  [304, 'missing_payment'],
  [449, 'refund_amount_mismatch'],
]);

function plantOf(n: number): Plant | undefined {
  return PLANTS.get(n % PLANTED_EVERY);
}

function isRefund(n: number): boolean {
  return n % REFUND_EVERY === REFUND_EVERY - 1;
}

/** The day of the bill. */
const MIDNIGHT = midnightOf('2026-11-23 00:00:00');

function midnightOf(text: string): Instant {
  const midnight = beijingTime(text);
  if (midnight === null) throw new TypeError('no such time');
  return midnight;
}

function paidAtOf(n: number): Instant {
  return later(MIDNIGHT, (n % 86_400) * 1_000);
}

const numberOf = (n: number): number => 1_000_000_000_000 + n;
const amountOf = (n: number): number => 100 + ((n * 7919) % 50_000);

const two = (value: number) => String(value).padStart(2, '0');

/** The `n`th row of a busy day: a hundred products, and an own payer and `attach` per row. */
function rowOf(n: number): Trade {
  const amount = amountOf(n);
  const second = n % 86_400;
  return trade({
    kind: isRefund(n) ? 'refund' : 'payment',
    number: numberOf(n),
    time: `2026-11-23 ${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`,
    amount,
    fee: Math.floor((amount * 6 + 500) / 1000),
    body: `热拿铁 ${n % 100}`,
    attach: `{"cart":${n}}`,
  });
}

/**
 * Our books of the day, for a bill of this many rows. Entries are created on demand, because
 * loading counts in the memory peak.
 */
export function* booksOf(rows: number): Generator<BookedSale | BookedBack, void, void> {
  for (let n = 0; n < rows; n += 1) {
    const plant = plantOf(n);
    const { outTradeNo, transactionId, outRefundNo } = numbersOf(numberOf(n));
    if (isRefund(n)) {
      yield { outRefundNo, outTradeNo, amount: amountOf(n) + (plant === 'refund_amount_mismatch' ? 1 : 0) };
    } else if (plant !== 'missing_order') {
      const total = amountOf(n) + (plant === 'amount_mismatch' ? 1 : 0);
      yield { outTradeNo, transactionId, total, paid: plant !== 'unpaid_order', paidAt: paidAtOf(n) };
    }
  }
}

/** The differences that every way must find in a bill of this many rows. */
export function plantedIn(rows: number): Found {
  const found: Record<string, number> = {};
  for (let n = 0; n < rows; n += 1) {
    const plant = plantOf(n);
    if (plant !== undefined) found[plant] = (found[plant] ?? 0) + 1;
  }
  return found;
}

/** Writes the bill of the day. A missing payment is in our books, but its row is left out here. */
export async function writeBigDay(path: string, rows: number): Promise<void> {
  const { header, summaryHeader }: Bill = writeBill([]);
  const out = createWriteStream(path);
  out.write(`\uFEFF${header}\r\n`);
  const written: Trade[] = [];
  let text = '';
  for (let n = 0; n < rows; n += 1) {
    if (plantOf(n) === 'missing_payment') continue;
    const t = rowOf(n);
    written.push(t);
    text += `${writeRow(t, 'ALL')}\r\n`;
    if (text.length < 1_000_000) continue;
    if (!out.write(text)) await once(out, 'drain');
    text = '';
  }
  out.end(`${text}${summaryHeader}\r\n${writeSummary(written)}\r\n`);
  await once(out, 'finish');
}

/** Throws unless exactly what was planted was found. */
export function requireAllFound(who: string, rows: number, found: Found): void {
  const planted = plantedIn(rows);
  const names = new Set([...Object.keys(planted), ...Object.keys(found)]);
  for (const name of names) {
    if ((planted[name] ?? 0) === (found[name] ?? 0)) continue;
    throw new Error(`${who} found ${found[name] ?? 0} of ${planted[name] ?? 0} ${name} in ${rows} rows`);
  }
}

/** Gzips the bill, as WeChat Pay sends it. */
export async function gzipBigDay(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createGzip(), createWriteStream(to));
}
