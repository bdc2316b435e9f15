import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { verifyStatement } from '../../lib/bill/read';
import { bytesOf, inChunks, readAll, trade, writeBill, type BillForm, type Trade } from '../statement/bill';
import { pure } from './target';

const trades: fc.Arbitrary<Trade[]> = fc.array(
  fc
    .record({
      kind: fc.constantFrom<Trade['kind']>('payment', 'payment', 'refund', 'revoked'),
      number: fc.nat({ max: 1_000_000 }),
      amount: fc.integer({ min: 1, max: 1_000_000 }),
      fee: fc.nat({ max: 600 }),
      body: fc.oneof(fc.constantFrom('茶', 'a,`b', '`', '"', ''), fc.string({ maxLength: 10 })),
    })
    .map(({ body, ...rest }) => trade({ ...rest, body: body.replace(/[\r\n]/g, ' ') })),
  { maxLength: 6 },
);

type Damage =
  | { readonly kind: 'flip'; readonly at: number; readonly to: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'drop'; readonly at: number; readonly length: number }
  | { readonly kind: 'copy'; readonly from: number; readonly length: number; readonly to: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'line'; readonly from: number; readonly to: number };

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const short = fc.integer({ min: 1, max: 40 });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: place, to: fc.nat({ max: 255 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({ kind: fc.constant('drop' as const), at: place, length: short }),
  fc.record({ kind: fc.constant('copy' as const), from: place, length: short, to: place }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc
        .constantFrom('`', ',`', '\r\n', '\n', '`1.00', '-', '0', '\u0000', '总交易单数')
        .map((text) => Buffer.from(text)),
      fc.constantFrom(1_000, 70_000).map((length) => Buffer.alloc(length, '`9')),
    ),
  }),
  fc.record({ kind: fc.constant('line' as const), from: place, to: place }),
);

function spoiled(bytes: Buffer, one: Damage): Buffer {
  const index = (part: number): number => Math.floor(part * bytes.length);
  switch (one.kind) {
    case 'flip': {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[index(one.at)] = one.to;
      return copy;
    }
    case 'cut':
      return bytes.subarray(0, index(one.at));
    case 'drop':
      return Buffer.concat([bytes.subarray(0, index(one.at)), bytes.subarray(index(one.at) + one.length)]);
    case 'copy': {
      const piece = bytes.subarray(index(one.from), index(one.from) + one.length);
      return Buffer.concat([bytes.subarray(0, index(one.to)), piece, bytes.subarray(index(one.to))]);
    }
    case 'insert':
      return Buffer.concat([bytes.subarray(0, index(one.at)), one.bytes, bytes.subarray(index(one.at))]);
    case 'line': {
      const lines = bytes.toString('latin1').split('\n');
      const line = lines[Math.floor(one.from * lines.length)] ?? '';
      lines.splice(Math.floor(one.to * lines.length), 0, line);
      return Buffer.from(lines.join('\n'), 'latin1');
    }
  }
}

/**
 * A yuan text as thousandths of a fen, exactly; null for anything else. Independent of the
 * product's own parsing.
 */
function thousandths(text: string): bigint | null {
  const match = /^(-?)(\d+)(?:\.(\d{1,5}))?$/.exec(text.trim());
  if (match === null) return null;
  const value = BigInt(`${match[2] ?? '0'}${(match[3] ?? '').padEnd(5, '0')}`);
  return match[1] === '-' ? -value : value;
}

interface Counted {
  readonly rows: number;
  readonly stated: string;
  readonly sum: bigint | null;
  readonly statedSum: bigint | null;
}

/** Counts a bill independently. Null when some row does not plainly have the header's columns. */
function counted(text: string): Counted | null {
  const lines = text
    .replace(/^(?:\uFEFF|ï»¿|\?)/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const header = (lines[0] ?? '').split(',');
  const end = lines.findIndex((line) => line.startsWith('总交易单数'));
  if (end < 0) return null;
  const rows = lines.slice(1, end);
  const cells = rows.map((line) => line.replace(/^`/, '').split(',`'));
  const [state, total] = [header.indexOf('交易状态'), header.indexOf('订单金额')];
  if (cells.some((row) => row.length !== header.length)) return null;
  const sumAt = (lines[end] ?? '').split(',').indexOf('订单总金额');
  const summary = (lines[end + 1] ?? '').replace(/^`/, '').split(',`');
  let sum: bigint | null = 0n;
  for (const row of cells) {
    if (row[state]?.trim() !== 'SUCCESS') continue;
    const amount = thousandths(row[total] ?? '');
    sum = amount === null || sum === null ? null : sum + amount;
  }
  return {
    rows: rows.length,
    stated: summary[0] ?? '',
    sum,
    statedSum: sumAt < 0 ? null : thousandths(summary[sumAt] ?? ''),
  };
}

const forms: fc.Arbitrary<Omit<BillForm, 'type'>> = fc.record({
  eol: fc.constantFrom('\r\n', '\n'),
  mark: fc.constantFrom('', '\uFEFF', '?', 'ï»¿'),
  finalEol: fc.boolean(),
});

const files = fc.record({
  trades,
  form: forms,
  damages: fc.array(damage, { maxLength: 4 }),
  gzip: fc.constantFrom<'no' | 'after' | 'before'>('no', 'no', 'after', 'before'),
  chunk: fc.integer({ min: 1, max: 700 }),
});

/**
 * A bill, damaged in transit. One that passes verification must add up by an independent count, to
 * the last thousandth.
 */
export const bills = pure('bills', 40, files, async ({ trades: list, form, damages, gzip, chunk }) => {
  const whole = bytesOf(writeBill(list), form);
  const packed = gzip === 'before' ? gzipSync(whole) : whole;
  const damaged = damages.reduce(spoiled, packed);
  const bytes = gzip === 'after' ? gzipSync(damaged) : damaged;

  const verdict = await verifyStatement([...inChunks(bytes, [chunk])]);
  const reading = await readAll([...inChunks(bytes, [chunk, 3])]);
  if (reading.verdict.kind !== verdict.kind) throw new Error('the two readers disagree');
  if (verdict.kind !== 'verified') return;

  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  if (verdict.sha1 !== createHash('sha1').update(plain).digest('hex'))
    throw new Error('another file was verified');
  const count = counted(plain.toString('utf8'));
  if (count === null) return;
  if (
    String(count.rows) !== count.stated.trim() &&
    BigInt(count.rows) * 100_000n !== thousandths(count.stated)
  ) {
    throw new Error(`verified ${count.rows} rows where the summary says ${count.stated}`);
  }
  if (count.sum !== null && count.statedSum !== null && count.sum !== count.statedSum) {
    throw new Error(`verified a sum of ${count.sum} where the summary says ${count.statedSum}`);
  }
});
