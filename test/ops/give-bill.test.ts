import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { statementRunId } from '../../lib/model/statement/statement-run-id';
import { signOffId } from '../../lib/model/operators/sign-off';
import { daysLater } from '../../lib/values/day';
import type { BillAnswer } from '../../lib/wechat/port';
import { bytesOf, writeBill } from '../statement/bill';
import {
  bill,
  billOf,
  DAY,
  MERCHANT,
  paidOrderOf,
  sale,
  stageOf,
  type StatementStage,
} from '../statement/runs/stage';
import { LI, operateOn } from './operating';

const ID = statementRunId(MERCHANT, DAY);
const [FIRST, SECOND] = [sale(1), sale(2)];
const textOf = (trades = [FIRST, SECOND]) => bytesOf(writeBill(trades)).toString();

/** A day that ended without a bill, as WeChat Pay answers now. */
async function dayWithout(answer: BillAnswer): Promise<StatementStage> {
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(FIRST));
  await stage.store.orders.create(paidOrderOf(SECOND));
  stage.bills.set(DAY, answer);
  await stage.turn();
  stage.advance(2 * 86_400_000);
  await stage.untilDone();
  return stage;
}

const GONE: BillAnswer = { kind: 'no_bill', detail: 'NO_STATEMENT_EXIST' };

function asking(stage: StatementStage) {
  const ops = operateOn(stage.store, stage.now, { archive: stage.archive });
  const give = async (text: string | Buffer, more: object = {}) =>
    ops.ask('give_trade_bill', { id: ID, file: Buffer.from(text).toString('base64'), ...more }, LI);
  return { ...ops, give };
}

async function outcome(stage: StatementStage) {
  await stage.untilDone();
  const { work } = await stage.run(DAY);
  if (work.state !== 'done') throw new Error('it is not done');
  const { outcome: ended, statement, tally } = work.report;
  return { ended, from: statement?.from ?? null, matched: tally.matched.payments.count };
}

test('a day whose bill WeChat Pay no longer has is compared with one given by hand', async () => {
  const stage = await dayWithout(GONE);
  expect(await outcome(stage)).toEqual({ ended: 'missing', from: null, matched: 0 });
  const { give, ask } = asking(stage);
  expect(await give(gzipSync(textOf()))).toMatchObject({ ok: true, round: 2, rows: 2 });
  expect(await outcome(stage)).toEqual({ ended: 'reconciled', from: 'operator', matched: 2 });
  const { items } = await stage.store.audit.list({ subject: ID, after: null, limit: 10 });
  expect(items).toContainEqual(expect.objectContaining({ who: 'li', action: 'give_trade_bill' }));
  // Running the day again keeps it, and another file by hand may replace it.
  expect(await ask('act', { action: 'run_statement_again', names: [ID] })).toMatchObject({ ok: true });
  expect(await outcome(stage)).toMatchObject({ ended: 'reconciled', from: 'operator' });
  expect(await give(textOf([FIRST]))).toMatchObject({ ok: true, rows: 1 });
  expect(await outcome(stage)).toMatchObject({ from: 'operator', matched: 1 });
});

test('a bill that proves nothing of the day is refused, and nothing is archived', async () => {
  const stage = await dayWithout(GONE);
  const { give } = asking(stage);
  const kept = stage.archive.files.size;
  const wrong: readonly (readonly [string | Buffer, string])[] = [
    [textOf().replace('`10.01,', '`10.02,'), 'does not prove itself'],
    [textOf().slice(0, 400), 'does not prove itself'],
    [textOf([sale(1, { time: '2026-11-24 09:00:00' })]), 'is of another day'],
    [textOf().replaceAll(MERCHANT, '1699999999'), 'of the merchant'],
    [textOf([]), 'of the merchant'],
    [bytesOf(writeBill([FIRST], 'SUCCESS')), 'of the type SUCCESS'],
    ['', 'does not prove itself'],
  ];
  for (const [text, why] of wrong) {
    const answer = await give(text);
    expect(answer).toMatchObject({ ok: false, code: 'BAD_INPUT' });
    expect('message' in answer ? answer.message : '').toContain(why);
  }
  expect(stage.archive.files.size).toBe(kept);
  const other = asking(stage);
  const nothing = { id: statementRunId(MERCHANT, daysLater(DAY, 300)), file: 'AAAA' };
  expect(await other.ask('give_trade_bill', nothing)).toMatchObject({ code: 'NOT_FOUND' });
});

test('WeChat Pay’s own bill counts: it is not replaced, and is asked for first', async () => {
  const own = billOf([FIRST, SECOND]);
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(FIRST));
  stage.bills.set(DAY, own);
  await stage.untilDone();
  const forged = asking(stage);
  expect(await forged.give(textOf([FIRST]))).toMatchObject({ ok: false, code: 'BAD_INPUT' });

  const late = await dayWithout(GONE);
  expect(await asking(late).give(textOf([FIRST]))).toMatchObject({ ok: true });
  late.bills.set(DAY, own);
  expect(await outcome(late)).toEqual({ ended: 'reconciled', from: null, matched: 2 });
});

test.each<readonly [string, BillAnswer, 'operator' | null]>([
  ['a bill that proves nothing', bill(gzipSync(textOf().replace('`10.01,', '`10.02,'))), 'operator'],
  ['a refusal', { kind: 'refused', code: 'not_authorised', detail: '' }, 'operator'],
])('the given bill counts beside %s', async (_, answer, from) => {
  const stage = await dayWithout(GONE);
  expect(await asking(stage).give(textOf())).toMatchObject({ ok: true });
  stage.bills.set(DAY, answer);
  expect(await outcome(stage)).toMatchObject({ from });
});

test.each(['transport', 'missing_api_token'] as const)('an answer of %s says nothing', async (reason) => {
  const stage = await dayWithout(GONE);
  expect(await asking(stage).give(textOf([FIRST]))).toMatchObject({ ok: true });
  stage.bills.set(DAY, { kind: 'unknown', reason, detail: '' });
  await stage.turn();
  expect((await stage.run(DAY)).work).toMatchObject({ state: 'waiting', kept: {} });
  stage.bills.set(DAY, billOf([FIRST, SECOND]));
  expect(await outcome(stage)).toEqual({ ended: 'reconciled', from: null, matched: 2 });
});

test('a day that waits for WeChat Pay’s bill keeps the given one while it waits', async () => {
  const stage = await dayWithout(GONE);
  expect(await asking(stage).give(textOf())).toMatchObject({ ok: true });
  stage.bills.set(DAY, { kind: 'not_yet', detail: 'STATEMENT_CREATING' });
  await stage.turn();
  expect((await stage.run(DAY)).work).toMatchObject({ state: 'waiting' });
  expect(await asking(stage).give(textOf())).toMatchObject({ ok: false, code: 'BAD_INPUT' });
  stage.bills.set(DAY, GONE);
  stage.advance(3_600_000);
  expect(await outcome(stage)).toMatchObject({ ended: 'reconciled', from: 'operator' });
});

test('a day run again that WeChat Pay keeps no longer loses no proof, nor takes a file instead', async () => {
  const stage = stageOf();
  await stage.store.orders.create(paidOrderOf(FIRST));
  await stage.store.orders.create(paidOrderOf(SECOND));
  stage.bills.set(DAY, billOf([FIRST, SECOND]));
  await stage.untilDone();
  stage.advance(100 * 86_400_000);
  stage.bills.set(DAY, GONE);
  const { give, ask } = asking(stage);
  expect(await ask('act', { action: 'run_statement_again', names: [ID] })).toMatchObject({ ok: true });
  expect(await outcome(stage)).toEqual({ ended: 'reconciled', from: null, matched: 2 });
  expect(await give(textOf([FIRST]))).toMatchObject({ ok: false, code: 'BAD_INPUT' });
});

test('signed books need a reason, which opens an amendment', async () => {
  const stage = await dayWithout(GONE);
  const { give, ask } = asking(stage);
  const shown = await ask('show_sign_off', { id: signOffId(MERCHANT, DAY) });
  if (!shown.ok || !('signOff' in shown)) throw new Error('there are no books');
  const seen = 'digest' in shown.signOff ? shown.signOff.digest : '';
  const signing = { id: signOffId(MERCHANT, DAY), seen, note: 'no bill' };
  expect(await ask('sign_off', signing, LI)).toMatchObject({ ok: true });
  expect(await give(textOf())).toMatchObject({ ok: false, code: 'SIGNED_OFF' });
  expect(await give(textOf(), { reason: 'found in the mail' })).toMatchObject({ ok: true });
});

describe('a file in parts', () => {
  const bytes = gzipSync(textOf());
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const cut = (from: number, to: number) => bytes.subarray(from, to).toString('base64');

  test('is put together, checked by its hash, and its parts go', async () => {
    const stage = await dayWithout(GONE);
    const { ask } = asking(stage);
    const parts: unknown[] = [];
    for (const part of [cut(0, 300), cut(300, bytes.length)]) {
      const answer = await ask('give_part', { id: ID, part });
      if (!answer.ok || !('part' in answer)) throw new Error('it was not kept');
      parts.push(answer.part);
    }
    const other = { id: ID, parts: [...parts].reverse(), sha256 };
    expect(await ask('give_trade_bill', other)).toMatchObject({ ok: false, code: 'BAD_INPUT' });
    expect([...stage.archive.files.keys()].filter((name) => name.includes('-part-'))).toHaveLength(2);
    expect(await ask('give_trade_bill', { id: ID, parts, sha256 })).toMatchObject({ ok: true, rows: 2 });
    expect([...stage.archive.files.keys()].filter((name) => name.includes('-part-'))).toEqual([]);
    expect(await outcome(stage)).toMatchObject({ from: 'operator', matched: 2 });
    expect(await ask('give_trade_bill', { id: ID, parts, sha256 })).toMatchObject({ code: 'BAD_INPUT' });
  });

  test('is checked before it is given, and goes where it would not be taken', async () => {
    const stage = await dayWithout(GONE);
    const { ask } = asking(stage);
    const partOf = async (text: string) => {
      const answer = await ask('give_part', { id: ID, part: Buffer.from(text).toString('base64') });
      if (!answer.ok || !('part' in answer)) throw new Error('it was not kept');
      return { id: ID, parts: [answer.part], sha256: createHash('sha256').update(text).digest('hex') };
    };
    const partsLeft = () => [...stage.archive.files.keys()].filter((name) => name.includes('-part-')).length;
    const good = await partOf(textOf());
    const check = { isProved: true, rows: 2, sums: { settled: 2003, refunded: 0 }, balances: null };
    expect(await ask('check_file', { ...good, what: 'trade_bill' })).toMatchObject({ ok: true, check });
    expect(partsLeft()).toBe(1);
    const bad = await partOf(textOf().replace('`10.01,', '`10.02,'));
    expect(await ask('check_file', { ...bad, what: 'trade_bill' })).toMatchObject({
      ok: true,
      check: { isProved: false, fault: 'not_proved' },
    });
    expect(partsLeft()).toBe(1);
    // Nothing is given yet.
    expect((await stage.run(DAY)).round).toBe(1);
    expect(await ask('give_trade_bill', good)).toMatchObject({ ok: true, rows: 2 });
    // The run waits now, so the next is refused before it is read; its parts go all the same.
    const late = await partOf(textOf([FIRST]));
    expect(await ask('give_trade_bill', late)).toMatchObject({ ok: false, code: 'BAD_INPUT' });
    expect(partsLeft()).toBe(0);
  });

  test('names no other file of the archive', async () => {
    const stage = await dayWithout(GONE);
    const { ask } = asking(stage);
    const file = await stage.archive.keep(MERCHANT, DAY, bytes);
    const asked = { id: ID, parts: [file], sha256 };
    expect(await ask('give_trade_bill', asked)).toMatchObject({ ok: false, code: 'BAD_INPUT' });
    expect(await ask('give_trade_bill', { id: ID })).toMatchObject({ ok: false, code: 'BAD_INPUT' });
    expect(await ask('give_part', { id: 'nothing', part: 'AAAA' })).toMatchObject({ code: 'NOT_FOUND' });
  });
});
