import type { BooksOperations } from '../../lib/ops/books-api';
import { isSignOffId } from '../../lib/model/operators/sign-off';
import type { Person } from '../../lib/model/operators/principal';
import { fen } from '../../lib/values/fen';
import { isBeijingMonth } from '../../lib/values/month';
import { equationOf } from '../../lib/statement/month/month-day';
import {
  at,
  billOf,
  day,
  MERCHANT,
  NO_BILL,
  orderNo,
  paidOrderOf,
  sale,
  stageOf,
  transactionNo,
  type StatementStage,
} from '../statement/runs/stage';
import { trade } from '../statement/bill';
import { fundBill, movedBy } from '../statement/fund-bill';
import { guarded } from '../store/builders';
import type { Operating } from './operating';
import { LI, operateOn } from './operating';

const YAN: Person = { name: 'yan', role: 'accountant' };
const MEI: Person = { name: 'mei', role: 'accountant' };
const LAST_DAY = day('20261130');
const DAY_ID = guarded(isSignOffId, `${MERCHANT}:20261130`);
const NOVEMBER = guarded(isBeijingMonth, '202611');
const MONTH_ID = guarded(isSignOffId, `${MERCHANT}:202611`);

const FIRST = sale(1, { time: '2026-11-30 10:00:00' });
const WITH_COUPON = sale(2, { time: '2026-11-30 11:00:00', coupon: 200, fee: 5 });
/** Paid in November by our clock, and in December by WeChat Pay's bill. */
const LATE = sale(3, { time: '2026-11-30 23:59:58' });
const LATE_IN_BILL = { ...LATE, time: '2026-12-01 00:00:03' };
/** WeChat Pay's number of the late payment. */
const LATE_TX = transactionNo(LATE);
const BACK = trade({ kind: 'refund', number: 9, time: '2026-11-30 12:00:00', amount: 300, fee: 2 });

interface Shop {
  readonly stage: StatementStage;
  readonly operating: Operating;
  readonly ask: (
    op: keyof BooksOperations | 'act' | 'give_fund_flow',
    params: object,
    by?: Person,
  ) => Promise<Readonly<Record<string, unknown>>>;
  readonly shown: (
    id?: string,
    by?: Person,
  ) => Promise<BooksOperations['show_sign_off']['answer']['signOff']>;
  readonly sign: (by?: Person, note?: string, id?: string) => Promise<Readonly<Record<string, unknown>>>;
}

/** The end of November is compared, and one payment of it is not in its bill. */
async function onShop(): Promise<Shop> {
  const stage = stageOf({ start: at('2026-12-01 10:05:00') });
  for (const t of [FIRST, WITH_COUPON, LATE]) await stage.store.orders.create(paidOrderOf(t));
  stage.bills.set(LAST_DAY, billOf([FIRST, WITH_COUPON, BACK]));
  await stage.untilDone();
  const operating = operateOn(stage.store, stage.now, {
    archive: stage.archive,
    merchants: [MERCHANT],
    books: { merchants: [{ subMchId: MERCHANT, feeRate: 6_000 }], carryOverDays: 3 },
    people: () => [LI, YAN, MEI],
  });
  const ask: Shop['ask'] = async (op, params, by = YAN) => ({ ...(await operating.ask(op, params, by)) });
  const shown: Shop['shown'] = async (id = DAY_ID, by = YAN) => {
    const reply = await operating.ask('show_sign_off', { id }, by);
    if (!reply.ok || !('signOff' in reply) || !('standing' in reply.signOff))
      throw new Error(JSON.stringify(reply));
    return reply.signOff;
  };
  const sign: Shop['sign'] = async (by = YAN, note, id = DAY_ID) => {
    stage.advance(1_000);
    const { digest } = await shown(id);
    return ask('sign_off', { id, seen: digest, ...(note === undefined ? {} : { note }) }, by);
  };
  return { stage, operating, ask, shown, sign };
}

describe('signing a day off', () => {
  test('is by a named accountant, on the files as they are, and says why it is signed with open items', async () => {
    const { ask, shown, sign, stage } = await onShop();
    expect(await shown()).toMatchObject({ standing: 'unsigned', whyNot: null, needsNote: true });
    expect(await sign({ name: 'yi', role: 'read' }, 'x')).toMatchObject({ code: 'READ_ONLY' });
    expect(await sign({ name: 'yi', role: 'refund' }, 'x')).toMatchObject({ code: 'NOT_PERMITTED' });
    expect(await sign({ name: 'operator', role: 'act' }, 'x')).toMatchObject({ code: 'NOT_NAMED' });
    expect(await sign({ name: 'oABC***xyz', role: 'act' }, 'x')).toMatchObject({ code: 'NOT_NAMED' });
    expect(await sign()).toMatchObject({ code: 'NEEDS_NOTE' });
    const seen = 'ab'.repeat(32);
    expect(await ask('sign_off', { id: DAY_ID, seen, note: 'x' })).toMatchObject({ code: 'BOOKS_CHANGED' });
    expect(await sign(YAN, 'a payment is in the next bill\u202e')).toMatchObject({ code: 'BAD_INPUT' });

    expect(await sign(YAN, 'a payment is in the next bill')).toMatchObject({ ok: true });
    const after = await shown();
    const { file } = await stage.report(LAST_DAY);
    expect(after).toMatchObject({ standing: 'signed', changes: [], signOff: { version: 1 } });
    expect(after.signOff?.signature).toMatchObject({ who: 'yan', note: 'a payment is in the next bill' });
    expect(after.signOff?.signature.files.map(({ kind }) => kind)).toEqual([
      'bill',
      'report',
      'discrepancies',
    ]);
    expect(after.signOff?.signature.files[0]?.sha256).toBe(file?.sha256);
    // Sent again after a lost answer: the same signature.
    expect(await sign(YAN)).toMatchObject({ ok: true, signOff: { version: 1 } });
    // Another person's, who saw the same books unsigned, does not take its place.
    expect(await sign(MEI, 'the same')).toMatchObject({ ok: false, code: 'BUSY' });
    expect((await shown()).signOff).toMatchObject({ version: 1, signature: { who: 'yan' }, earlier: [] });
    const { items } = await stage.store.audit.list({ subject: DAY_ID, after: null, limit: 50 });
    expect(items.filter(({ action, outcome }) => action === 'sign_off' && outcome === 'done')).toHaveLength(
      1,
    );
  });

  test('locks it: a change by hand needs a reason, which opens an amendment until somebody signs again', async () => {
    const { ask, shown, sign, stage } = await onShop();
    await sign(YAN, 'open item');
    const again = { action: 'run_statement_again', names: [DAY_ID] };
    expect(await ask('act', again, LI)).toMatchObject({ results: [{ ok: false, code: 'SIGNED_OFF' }] });
    expect((await stage.run(LAST_DAY)).round).toBe(1);
    expect(await ask('act', { ...again, reason: 'the bill was replaced' }, LI)).toMatchObject({
      results: [{ ok: true }],
    });
    const during = await shown();
    expect(during).toMatchObject({ standing: 'amended', whyNot: 'NOT_DONE' });
    expect(during.signOff?.amendments).toMatchObject([
      { who: 'li', reason: 'the bill was replaced', action: 'run_statement_again', item: DAY_ID },
    ]);
    await stage.untilDone();
    const done = await shown();
    expect(done.changes.map(({ what, reason }) => `${what} ${reason ?? ''}`)).toContain('run reconciled');
    expect(await sign(MEI, 'compared again')).toMatchObject({ ok: true });
    expect(await shown()).toMatchObject({
      standing: 'signed',
      signOff: { amendments: [], earlier: [{ signature: { who: 'yan' }, amendments: [{ who: 'li' }] }] },
    });
  });

  test('holds back a fund-flow bill that is given without a reason, and ignores one that is waited for', async () => {
    const { ask, shown, sign, stage } = await onShop();
    await sign(YAN, 'open item');
    const id = DAY_ID;
    const file = Buffer.from(fundBill(500, movedBy(FIRST))).toString('base64');
    const give = { id, account: 'BASIC', file };
    expect(await ask('give_fund_flow', give, LI)).toMatchObject({ ok: false, code: 'SIGNED_OFF' });
    expect((await stage.run(LAST_DAY)).cash).toBeNull();

    stage.funds.set(LAST_DAY, { kind: 'not_yet', detail: 'STATEMENT_CREATING' });
    await stage.turn();
    expect((await stage.run(LAST_DAY)).cash).toMatchObject({ accounts: { BASIC: { state: 'waiting' } } });
    expect(await shown()).toMatchObject({ standing: 'signed', changes: [] });

    const reason = 'downloaded by hand';
    expect(await ask('give_fund_flow', { ...give, reason }, LI)).toMatchObject({ ok: true });
    const after = await shown();
    expect(after).toMatchObject({ standing: 'amended' });
    expect(after.changes.map(({ what }) => what)).toContain('cash');
    expect(after.signOff?.amendments).toMatchObject([
      { who: 'li', reason, action: 'give_fund_flow', item: id },
    ]);
  });

  test('shows what changes by itself: an item explained by a later bill, and a payment booked late', async () => {
    const { shown, sign, stage, ask } = await onShop();
    await sign(YAN, 'open item');
    stage.bills.set(day('20261201'), billOf([LATE_IN_BILL]));
    stage.goTo(at('2026-12-02 10:05:00'));
    await stage.untilDone();
    expect((await shown()).changes).toMatchObject([
      { what: 'resolved', by: `${MERCHANT}:20261201`, item: `missing_payment:${orderNo(LATE)}:${LATE_TX}` },
    ]);
    await sign(YAN, 'a refund is not ours');
    expect(await shown()).toMatchObject({ standing: 'signed', signOff: { version: 2 } });
    await stage.store.orders.create(paidOrderOf(sale(7, { time: '2026-11-30 09:00:00' })));
    expect(await shown()).toMatchObject({
      standing: 'amended',
      changes: [{ what: 'booked', item: orderNo(sale(7)), day: LAST_DAY }],
    });
    const reason = 'the callback came two days late';
    expect(await ask('amend', { id: DAY_ID, reason })).toMatchObject({ ok: true });
    expect((await shown()).signOff?.amendments).toMatchObject([{ who: 'yan', reason, action: null }]);
    const other = guarded(isSignOffId, `${MERCHANT}:20261201`);
    expect(await ask('amend', { id: other, reason })).toMatchObject({ code: 'NOT_SIGNED' });
  });

  test('by two at the same moment is by one of them', async () => {
    const { ask, shown, stage } = await onShop();
    const { digest } = await shown();
    const by = (who: Person) => ask('sign_off', { id: DAY_ID, seen: digest, note: 'n' }, who);
    const answers = await Promise.all([by(YAN), by(MEI)]);
    expect(answers.map((one) => one['code'] ?? 'signed').sort()).toEqual(['BUSY', 'signed']);
    expect((await stage.store.signOffs.find([DAY_ID]))[0]?.version).toBe(1);
  });
});

describe('a month', () => {
  test('has every fen in a line, its cut-off, its fees against the contract, and a voucher that balances', async () => {
    const { operating, stage, ask, shown, sign } = await onShop();
    const month = { subMchId: MERCHANT, month: NOVEMBER };
    stage.bills.set(day('20261201'), billOf([LATE_IN_BILL]));
    stage.goTo(at('2026-12-02 10:05:00'));
    await stage.untilDone();
    const reply = await operating.ask('show_month', month, YAN);
    if (!reply.ok || !('report' in reply)) throw new Error(JSON.stringify(reply));
    const { report, voucher } = reply;
    expect(report.closes).toBe(true);
    expect(equationOf(report.money).map(({ what, amount }) => `${what} ${amount}`)).toEqual([
      'payments 2003',
      'refunds -300',
      'revoked 0',
      'coupons -200',
      'fees -9',
      'unsplit 0',
      'excluded 0',
      'unreadable 0',
      'unexplained 0',
      'stated -1494',
    ]);
    expect(equationOf(report.money).reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
    expect(report.cutOff.sums.next_bill.payments).toEqual({ count: 1, sum: fen(LATE.amount) });
    expect(report.cutOff.items).toMatchObject([{ where: 'next_bill', billDay: '20261201', day: LAST_DAY }]);
    expect(report.rates).toMatchObject([
      { rate: '0.60%', payments: { count: 2, sum: 1803 }, refunds: { count: 1, sum: 300 }, fee: 9 },
    ]);
    expect(report.contractRate).toBe(6_000);
    // 9 fen of 15.03 yuan.
    expect(report.effectiveRate).toBe(5_988);
    expect(voucher).toEqual({
      kind: 'voucher',
      date: LAST_DAY,
      lines: [
        { account: 'balance', debit: 1494, credit: 0 },
        { account: 'fees', debit: 9, credit: 0 },
        { account: 'coupons', debit: 200, credit: 0 },
        { account: 'returns', debit: 300, credit: 0 },
        { account: 'sales', debit: 0, credit: 2003 },
      ],
    });
    const december = await operating.ask(
      'show_month',
      { ...month, month: guarded(isBeijingMonth, '202612') },
      YAN,
    );
    expect(december).toMatchObject({
      report: { cutOff: { sums: { from_last_month: { payments: { count: 1, sum: LATE.amount } } } } },
      signOff: { whyNot: 'NOT_DONE' },
      voucher: { kind: 'refused', why: 'days_open' },
    });

    // 29 days without a run, and a refund that is not ours.
    expect(await sign(YAN, undefined, MONTH_ID)).toMatchObject({ code: 'NEEDS_NOTE' });
    expect(await sign(YAN, 'opened on the 30th', MONTH_ID)).toMatchObject({ ok: true });
    const kinds = (await shown(MONTH_ID)).signOff?.signature.files.map(({ kind }) => kind);
    expect(kinds).toEqual(['bill', 'month', 'voucher']);
    const csv = await ask('export_month', { ...month, part: 'voucher' });
    expect(csv['csv']).toContain(
      `2026-11-30,WX-${MERCHANT}-202611,1,月报 2026-11,1012,其他货币资金—微信支付,14.94,0.00`,
    );
    // The file that was signed is the file that is downloaded, whatever was signed since.
    await sign(YAN, 'the day, too');
    const figures = (await shown(MONTH_ID)).files.find(({ kind }) => kind === 'month');
    const signed = (await shown(MONTH_ID)).signOff?.signature.files.find(({ kind }) => kind === 'month');
    expect(figures).toEqual(signed);
    const id = 'refund_missing_here:order-9:back-9';
    const resolve = { action: 'resolve_discrepancy', names: [id], reason: 'refunded in the shop' };
    expect(await ask('act', resolve, LI)).toMatchObject({ results: [{ ok: true }] });
    expect(await shown(MONTH_ID)).toMatchObject({
      standing: 'amended',
      signOff: { amendments: [{ item: id }] },
    });
    expect(await shown()).toMatchObject({ standing: 'amended', changes: [{ what: 'resolved', by: 'li' }] });
    expect(await ask('list_books', {})).toMatchObject({
      months: [
        { month: '202612', runs: 1, signedDays: 0, isSigned: false },
        // The day and the month were signed, and amended since.
        { month: '202611', runs: 1, signedDays: 0, isSigned: false },
      ],
    });

    const { id: run, round } = await stage.run(LAST_DAY);
    expect(await stage.store.statementRuns.remove(run, round)).toBe(true);
    for (const removed of [DAY_ID, MONTH_ID]) {
      expect(await shown(removed)).toMatchObject({ standing: 'not_kept', digest: null, whyNot: 'NOT_DONE' });
    }
  });

  test('has no voucher while a bill is missing, and none is there for nobody’s month', async () => {
    const stage = stageOf({ start: at('2026-12-01 14:05:00') });
    await stage.store.orders.create(paidOrderOf(FIRST));
    stage.bills.set(LAST_DAY, NO_BILL);
    await stage.untilDone();
    const { ask } = operateOn(stage.store, stage.now, { merchants: [MERCHANT] });
    const month = { subMchId: MERCHANT, month: NOVEMBER };
    expect(await ask('show_month', month)).toMatchObject({
      report: { closes: false },
      voucher: { kind: 'refused', why: 'days_open', days: [LAST_DAY] },
    });
    expect(await ask('export_month', { ...month, part: 'voucher' })).toMatchObject({ code: 'NO_VOUCHER' });
    expect(await ask('show_month', { ...month, month: guarded(isBeijingMonth, '202509') })).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

test('open items are listed by age and owner, with comments that say what they show', async () => {
  const { ask, stage, operating } = await onShop();
  const missing = `missing_payment:${orderNo(LATE)}:${LATE_TX}`;
  const refund = 'refund_missing_here:order-9:back-9';
  expect(await ask('assign', { names: [missing], owner: 'nobody-here' })).toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await ask('assign', { names: [missing], owner: 'mei' })).toMatchObject({
    notes: [{ owner: 'mei' }],
  });
  for (const text of ['', 'a\u202eb', 'a\nb', 'a\u0000', '\ud800', 'x'.repeat(501)]) {
    expect(await ask('comment', { id: missing, text })).toMatchObject({ code: 'BAD_INPUT' });
  }
  const comment = { id: missing, text: '已问微信支付，等明天的账单' };
  expect(await ask('comment', comment, { name: 'yi', role: 'read' })).toMatchObject({ code: 'READ_ONLY' });
  await ask('comment', comment);
  // A repeat after a lost answer.
  expect(await ask('comment', comment)).toMatchObject({ notes: { comments: [{ who: 'yan' }] } });
  expect(await operating.ask('show_discrepancy', { id: missing })).toMatchObject({ notes: { owner: 'mei' } });

  stage.advance(4 * 86_400_000);
  const listed = await ask('list_open_items', {});
  expect(listed).toMatchObject({
    isWhole: true,
    table: [
      { owner: 'mei', counts: { to_7: 1 } },
      { owner: null, counts: { today: 0, to_7: 1 } },
    ],
  });
  expect(await ask('list_open_items', { owner: 'mei', bucket: 'to_7' })).toMatchObject({
    items: [{ discrepancy: { id: missing }, owner: 'mei', comments: 1, amount: LATE.amount }],
  });
  expect(await ask('list_open_items', { owner: '' })).toMatchObject({
    items: [{ discrepancy: { id: refund } }],
  });
  expect(await ask('list_open_items', { bucket: 'over_30' })).toMatchObject({ items: [], next: null });
});
