import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { milliFen, wholeFen } from '../../lib/bill/amount';
import { verifyStatement } from '../../lib/bill/read';
import { timeReader } from '../../lib/bill/time';
import { yuanToFen } from '../../lib/values/fen';
import { beijingTime, formatBeijing, instant } from '../../lib/values/instant';
import { cases } from '../share';
import { bytesOf, inChunks, numbers, readAll, writeBill, yuan, type BillForm, type Trade } from './bill';

/** Text as merchants write it, without line breaks. Only a product name may contain `,\`` here. */
const freeText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc
      .array(fc.constantFrom('`', ',', '"', '茶', '{"a":1,"b":"c"}', '0.00', ' '), { maxLength: 6 })
      .map((t) => t.join('')),
  )
  .map((text) => text.replace(/[\r\n]/g, ' '));
const plainText = freeText.map((text) => text.replaceAll(',`', ', `'));

const anyTime = fc
  .integer({ min: Date.UTC(2014, 0, 1), max: Date.UTC(2040, 0, 1) })
  .map((ms) => formatBeijing(instant(ms - (ms % 1000)), 'YYYY-MM-DD HH:mm:ss'));

function anyTrades(type: BillForm['type']): fc.Arbitrary<Trade[]> {
  const kinds: Record<BillForm['type'], Trade['kind'][]> = {
    ALL: ['payment', 'refund', 'revoked'],
    SUCCESS: ['payment'],
    REFUND: ['refund'],
  };
  const one = fc.record({
    kind: fc.constantFrom(...kinds[type]),
    time: anyTime,
    number: fc.nat(),
    amount: fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 10_000_000_000 })),
    coupon: fc.constantFrom(0, 0, 1),
    fee: fc.nat({ max: 60_000 }),
    deviceInfo: plainText,
    body: freeText,
    attach: plainText,
  });
  return fc.array(one, { maxLength: 12 });
}

const anyForm: fc.Arbitrary<Omit<BillForm, 'type'>> = fc.record({
  eol: fc.constantFrom('\r\n', '\n'),
  mark: fc.constantFrom('', '\uFEFF', '?', 'ï»¿'),
  finalEol: fc.boolean(),
});

const anyBill = fc
  .constantFrom<BillForm['type'][]>('ALL', 'SUCCESS', 'REFUND')
  .chain((type) => fc.record({ type: fc.constant(type), trades: anyTrades(type), form: anyForm }));

const anyChunks = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });

/** What a row must say of the trade it was written from. */
function expected(t: Trade, type: BillForm['type'], line: number) {
  const { transactionId, outTradeNo, payer, refundId, outRefundNo } = numbers(t);
  const common = {
    line,
    tradedAt: beijingTime(t.time),
    transactionId,
    outTradeNo,
    payer,
    paidTo: '1600012345',
    texts: { deviceInfo: t.deviceInfo, body: t.body, attach: t.attach, rateNote: '' },
    currency: 'CNY',
  };
  switch (t.kind) {
    case 'payment':
      return {
        ...common,
        kind: 'payment',
        total: t.amount,
        settled: t.amount - t.coupon,
        coupon: t.coupon,
        fee: t.fee,
      };
    case 'refund':
      return {
        ...common,
        kind: 'refund',
        refundId,
        outRefundNo,
        asked: t.amount,
        refunded: t.amount - t.coupon,
        couponRefunded: t.coupon,
        fee: t.fee === 0 ? 0 : -t.fee,
        state: 'succeeded',
        requestedAt: type === 'REFUND' ? beijingTime('20261123110000') : null,
      };
    case 'revoked':
      return { ...common, kind: 'revoked', refunded: t.amount - t.coupon, state: 'succeeded' };
  }
}

test('any bill reads back to exactly its trades and passes its summary, however it is cut and packed', async () => {
  await fc.assert(
    fc.asyncProperty(anyBill, anyChunks, fc.boolean(), async ({ type, trades, form }, sizes, zip) => {
      const bytes = bytesOf(writeBill(trades, type), form);
      const { rows, problems, verdict } = await readAll(inChunks(zip ? gzipSync(bytes) : bytes, sizes), {
        batchRows: 3,
        texts: true,
      });
      expect(rows).toMatchObject(trades.map((t, index) => expected(t, type, index + 2)));
      expect(problems.filter(({ code }) => code !== 'uncertain_text')).toEqual([]);
      expect(verdict).toMatchObject({ kind: 'verified', type, rows: trades.length, gzipped: zip });
    }),
    { numRuns: cases({ everyTime: 60, all: 1_000 }) },
  );
});

test('one amount changed by one fen is always refused', async () => {
  const amounts = ['amount', 'fee'] as const;
  await fc.assert(
    fc.asyncProperty(
      anyBill,
      fc.nat(),
      fc.constantFrom(...amounts),
      async ({ type, trades, form }, nth, which) => {
        fc.pre(trades.length > 0);
        const changed = trades.map((t, i) =>
          i === nth % trades.length ? { ...t, [which]: t[which] + 1 } : t,
        );
        const spoilt = { ...writeBill(trades, type), rows: writeBill(changed, type).rows };
        const verdict = await verifyStatement([bytesOf(spoilt, form)]);
        expect(verdict).toMatchObject({ kind: 'refused', code: 'totals_mismatch' });
      },
    ),
    { numRuns: cases({ everyTime: 40, all: 700 }) },
  );
});

test('a bill that ends anywhere before its last line is always refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyBill,
      fc.double({ min: 0, max: 1, noNaN: true }),
      async ({ type, trades, form }, share) => {
        const bill = writeBill(trades, type);
        const bytes = bytesOf(bill, { ...form, finalEol: false });
        const kept = Math.floor((bytes.length - Buffer.byteLength(bill.summary)) * share);
        expect(await verifyStatement([bytes.subarray(0, kept)])).toMatchObject({ kind: 'refused' });
      },
    ),
    { numRuns: cases({ everyTime: 40, all: 700 }) },
  );
});

test('no bytes make it throw', async () => {
  const edit = fc.record({
    at: fc.nat(),
    remove: fc.nat({ max: 30 }),
    insert: fc.uint8Array({ maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(
      anyBill,
      fc.array(edit, { maxLength: 4 }),
      fc.boolean(),
      async ({ type, trades, form }, edits, zip) => {
        const whole = bytesOf(writeBill(trades, type), form);
        let bytes: Buffer = zip ? gzipSync(whole) : whole;
        for (const { at, remove, insert } of edits) {
          const start = at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
        }
        const { verdict } = await readAll(inChunks(bytes, [97]));
        expect((await verifyStatement([bytes])).kind).toBe(verdict.kind);
      },
    ),
    { numRuns: cases({ everyTime: 60, all: 1_000 }) },
  );
});

test('an amount read from bytes is the amount read from text', () => {
  const amount = fc.oneof(
    fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }).map((fen) => yuan(fen)),
    fc.integer({ min: -1_000_000, max: 1_000_000 }).map((fen) => yuan(fen, 5)),
    fc.stringMatching(/^[+-]?\d{0,10}(\.\d{0,7})?$/),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(amount, (text) => {
      const bytes = Buffer.from(`x${text}x`);
      const milli = milliFen(bytes, 1, bytes.length - 1);
      expect(wholeFen(milli)).toBe(yuanToFen(text));
    }),
    { numRuns: cases({ everyTime: 1_000, all: 10_000 }) },
  );
});

test.each([
  ['60.00', 6_000_000],
  ['-0.27000', -27_000],
  ['0.12345', 12_345],
  ['0.123450', 12_345],
  ['0.123456', Number.NaN],
  ['-0.00', 0],
  ['9999999999.99999', 999_999_999_999_999],
  ['10000000000.0', Number.NaN],
  ['', Number.NaN],
  ['.5', Number.NaN],
  ['1e3', Number.NaN],
  ['1,000', Number.NaN],
])('%s yuan in thousandths of a fen', (text, expectedMilli) => {
  const bytes = Buffer.from(text);
  expect(milliFen(bytes, 0, bytes.length)).toBe(expectedMilli);
});

test('a time read from bytes is the time read from text', () => {
  const read = timeReader();
  fc.assert(
    fc.property(
      fc.oneof(anyTime, fc.stringMatching(/^20\d\d-[01]\d-[0-3]\d [0-2]\d:[0-6]\d:[0-6]\d$/)),
      (text) => {
        const bytes = Buffer.from(text);
        expect(read(bytes, 0, bytes.length)?.at ?? null).toBe(beijingTime(text));
      },
    ),
    { numRuns: cases({ everyTime: 1_000, all: 10_000 }) },
  );
});
