import { asText } from '../../accountant/render';
import { trade, type Trade } from '../statement/bill';
import { billBytes, buckets, FIRST, match, ONE, PAID_BY, reasons, refusal, write } from './matching';

const CANARY = 'canary-7';
const TEST = trade({ number: 7, amount: 1, fee: 0, time: '2026-03-01 12:00:00' });
const BACK: Trade = { ...TEST, kind: 'refund', time: '2026-03-01 12:05:00' };

/** A bill in which order 7 has a canary's number. */
const billWith = (...trades: readonly Trade[]): string =>
  write(
    billBytes([FIRST, ...trades])
      .toString()
      .replaceAll('`order-7,', `\`${CANARY},`),
    'bill.csv',
  );

const orders = (...lines: readonly string[]): string =>
  write(`order,transaction,amount,state\n${[`${ONE},${PAID_BY},58.00,paid`, ...lines].join('\n')}\n`);

const named = ['--canary', CANARY] as const;

test('a canary that the accountant names, and its refund, are a bucket of their own and no difference', async () => {
  const report = await match('--bill', billWith(TEST, BACK), '--orders', orders(), ...named);
  expect(buckets(report, 'bill', 'payments')).toEqual({ agreeing: 1, canaries: 1 });
  expect(buckets(report, 'bill', 'refunds')).toEqual({ canaries: 1 });
  expect(report).toMatchObject({ agree: true, differences: [] });
  expect(asText(report, 'en')).toContain('payments 2 (58.01) = agreeing 1 (58.00)');
  expect(asText(report, 'en')).toContain('canaries 1 (0.01)');
  expect(asText(report, 'zh')).toContain('探测单 1 (0.01)');
});

test('without being named it is a payment of no order: its number alone proves nothing', async () => {
  const report = await match('--bill', billWith(TEST), '--orders', orders());
  expect(report.differences).toMatchObject([{ class: 'missing_order', outTradeNo: CANARY }]);
});

test('a named order of another amount is compared like any other', async () => {
  const report = await match('--bill', billWith({ ...TEST, amount: 2 }), '--orders', orders(), ...named);
  expect(buckets(report, 'bill', 'payments')).toEqual({ agreeing: 1, differing: 1 });
});

test('a canary that the orders have is compared with them', async () => {
  const booked = orders(`${CANARY},,0.01,closed`);
  const report = await match('--bill', billWith(TEST), '--orders', booked, ...named);
  expect(buckets(report, 'bill', 'payments')).toEqual({ agreeing: 1, differing: 1 });
});

test('a second row of it is in doubt, and a second payment of it differs', async () => {
  const twice = await match('--bill', billWith(TEST, TEST), '--orders', orders(), ...named);
  expect(buckets(twice, 'bill', 'payments')).toEqual({ agreeing: 1, canaries: 1, inDoubt: 1 });
  expect(reasons(twice)).toEqual([['duplicate_row', 1]]);
  const other = trade({ ...TEST, number: 8 });
  const bill = write(
    billBytes([FIRST, TEST, other])
      .toString()
      .replaceAll(/`order-[78],/g, `\`${CANARY},`),
    'bill.csv',
  );
  const report = await match('--bill', bill, '--orders', orders(), ...named);
  expect(buckets(report, 'bill', 'payments')).toEqual({ agreeing: 1, canaries: 1, differing: 1 });
});

test('no sale can be named a canary', async () => {
  const refused = await refusal('--bill', 'a', '--orders', 'b', '--canary', ONE);
  expect(refused).toContain(`--canary`);
  expect(refused).toContain(ONE);
});

test('a named canary that no bill has is said', async () => {
  const report = await match('--bill', billWith(), '--orders', orders(), ...named);
  expect(report.canariesNotFound).toEqual([CANARY]);
  expect(asText(report, 'en')).toContain(`No bill has this order as a canary (--canary): ${CANARY}`);
  expect(asText(report, 'zh')).toContain(`账单中没有 --canary 指定的探测单: ${CANARY}`);
  const found = await match('--bill', billWith(TEST), '--orders', orders(), ...named);
  expect(found.canariesNotFound).toEqual([]);
});
