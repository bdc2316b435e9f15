import { isProved } from '../../../operator/cash';
import { FULL_CASH } from '../../store/run-works';
import { gzipSync } from 'node:zlib';
import type { BillAnswer } from '../../../lib/wechat/port';
import { basisOf, beforeOf } from '../../../lib/statement/cash/prove-day';
import { daysLater } from '../../../lib/values/day';
import { isRecord } from '../../../lib/values/json';
import { trusted } from '../../../lib/values/trusted';
import { operateOn } from '../../ops/operating';
import { trade, type Trade } from '../bill';
import { fundBill, movedBy, type Moved } from '../fund-bill';
import { billOf, bill, DAY, MERCHANT, orderOf, sale, stageOf, type StatementStage } from '../runs/stage';

const NEXT = daysLater(DAY, 1);
const dashed = (of: string) => `${of.slice(0, 4)}-${of.slice(4, 6)}-${of.slice(6)}`;
const at = (of: string, clock: string) => `${dashed(of)} ${clock}`;
const sold = (n: number, of: string, clock: string) =>
  trade({ number: n, time: at(of, clock), amount: 10_000, fee: 60 });

const funds = (opening: number, moved: readonly Moved[]): BillAnswer =>
  bill(gzipSync(fundBill(opening, moved)));

/** Two days: the second begins with what the first ended with. */
async function days(
  first: { readonly trades: readonly Trade[]; readonly moved: readonly Moved[] },
  second: {
    readonly trades: readonly Trade[];
    readonly moved: readonly Moved[];
    readonly opening?: number;
    readonly isByHand?: true;
  },
): Promise<StatementStage> {
  const stage = stageOf();
  await stage.store.orders.create(orderOf(sale(1)));
  stage.bills.set(DAY, billOf(first.trades));
  stage.bills.set(NEXT, billOf(second.trades));
  const closing = 500 + first.moved.reduce((sum, { amount }) => sum + amount, 0);
  stage.funds.set(DAY, funds(500, first.moved));
  const ofNext = funds(second.opening ?? closing, second.moved);
  stage.funds.set(NEXT, second.isByHand ? { kind: 'not_offered', detail: 'a provider has none' } : ofNext);
  await stage.untilDone();
  stage.advance(86_400_000);
  await stage.untilDone();
  await stage.turn();
  return stage;
}

async function cashOf(stage: StatementStage, of = DAY) {
  const { cash } = await stage.run(of);
  if (cash === null) throw new Error(`nothing was looked for on ${of}`);
  return cash;
}

async function found({ store }: StatementStage) {
  const { items } = await store.discrepancies.listUnresolved({ after: null, limit: 1_000 });
  return items.filter((one) => /^(cash|fund|balance)_/.test(one.class));
}

const NOON = sold(1, DAY, '12:00:00');
const LATE = sold(2, DAY, '23:30:00');
const MORNING = sold(3, NEXT, '09:00:00');

test('a trade at the end of a day that is booked on the next is explained by it', async () => {
  const late = movedBy(LATE).map((one) => ({ ...one, time: at(NEXT, '00:00:04') }));
  const stage = await days(
    { trades: [NOON, LATE], moved: movedBy(NOON) },
    { trades: [MORNING], moved: [...late, ...movedBy(MORNING)] },
  );
  expect((await cashOf(stage)).proof).toMatchObject({
    result: 'closes_but',
    buckets: { cut_off: { count: 1 } },
  });
  expect((await cashOf(stage, NEXT)).proof).toMatchObject({
    result: 'closes',
    buckets: { booked: { count: 2, sum: 19_880 } },
    gaps: [],
  });
  expect(await found(stage)).toEqual([]);
});

/** The same value with its fields in another order, as a store may give it back. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, of]) => [key, reordered(of)]),
  );
}

test('what a proof is made of does not depend on the order in which a store gives fields', async () => {
  const stage = await days(
    { trades: [NOON, LATE], moved: movedBy(NOON) },
    { trades: [MORNING], moved: movedBy(MORNING) },
  );
  const before = beforeOf(await stage.run(DAY));
  expect(before?.carried?.trades).toHaveLength(1);
  const asStored = reordered(before);
  if (!trusted<typeof before>(isRecord)(asStored)) throw new Error('it is proved');
  const [run, cash] = [await stage.run(NEXT), await cashOf(stage, NEXT)];
  expect(basisOf(run, cash, asStored)).toBe(basisOf(run, cash, before));
  expect(basisOf(run, cash, null)).not.toBe(basisOf(run, cash, before));
});

test('a trade that is booked on neither day, and one of which half is, are differences then', async () => {
  const other = sold(4, DAY, '23:40:00');
  const [amount] = movedBy(other);
  if (amount === undefined) throw new Error('it moves nothing');
  const stage = await days(
    { trades: [NOON, LATE, other], moved: [...movedBy(NOON), amount] },
    { trades: [MORNING], moved: movedBy(MORNING) },
  );
  expect((await cashOf(stage)).proof).toMatchObject({ result: 'closes_but' });
  expect((await cashOf(stage, NEXT)).proof).toMatchObject({ result: 'open' });
  const all = await found(stage);
  expect(all.map((one) => [one.class, one.ours, one.theirs]).sort()).toEqual([
    ['cash_mismatch', 9_940, 10_000],
    ['cash_missing', 9_940, 0],
  ]);
  expect(all.every((one) => one.statementRun === `${MERCHANT}:${NEXT}`)).toBe(true);
});

const STRAY = movedBy(sold(9, NEXT, '15:00:00'));

/** Gives the fund-flow bill of the second day by hand. */
function handTo(stage: StatementStage) {
  const ops = operateOn(stage.store, stage.now, { archive: stage.archive });
  return async (text: string) =>
    ops.ask('give_fund_flow', {
      id: `${MERCHANT}:${NEXT}`,
      account: 'BASIC',
      file: Buffer.from(text).toString('base64'),
    });
}

test('a gap between days and movements without a trade are named, and no file by hand hides them', async () => {
  const stage = await days(
    { trades: [NOON], moved: movedBy(NOON) },
    { trades: [MORNING], moved: [...movedBy(MORNING), ...STRAY], opening: 1 },
  );
  const classes = async () => (await found(stage)).map((one) => one.class).sort();
  expect(await classes()).toEqual(['balance_gap', 'cash_unexplained']);
  const answer = await handTo(stage)(fundBill(10_440, movedBy(MORNING)));
  expect(answer).toMatchObject({ ok: false, code: 'BAD_INPUT' });
  expect(await classes()).toEqual(['balance_gap', 'cash_unexplained']);
});

test('a day is not proved by a file while another file is missing or anything is open', () => {
  const { proof, accounts } = FULL_CASH;
  if (proof === null || accounts.BASIC === undefined) throw new Error('it has a proof');
  const { BASIC } = accounts;
  expect(isProved({ proof, accounts: { BASIC } })).toBe(true);
  expect(isProved({ proof: null, accounts: { BASIC } })).toBe(false);
  expect(isProved({ proof: { ...proof, result: 'open' }, accounts: { BASIC } })).toBe(false);
  expect(isProved({ proof, accounts })).toBe(false);
});

test('a file given by hand is replaced by another one, which explains what it left open', async () => {
  const stage = await days(
    { trades: [NOON], moved: movedBy(NOON) },
    { trades: [MORNING], moved: [], isByHand: true },
  );
  const classes = async () => (await found(stage)).map((one) => one.class).sort();
  const give = handTo(stage);
  expect(await give(fundBill(1, [...movedBy(MORNING), ...STRAY]))).toMatchObject({ ok: true });
  expect(await classes()).toEqual(['balance_gap', 'cash_unexplained']);
  const right = fundBill(10_440, movedBy(MORNING));
  expect(await give(right.replace('`100.00,', '`100.01,'))).toMatchObject({ ok: false, code: 'BAD_INPUT' });
  expect(await give(fundBill(500, movedBy(NOON)))).toMatchObject({ ok: false, code: 'BAD_INPUT' });
  expect(await classes()).toEqual(['balance_gap', 'cash_unexplained']);
  expect(await give(right)).toMatchObject({ ok: true, cash: { proof: { result: 'closes' } } });
  expect(await classes()).toEqual([]);
});

test('a bill that never comes is missing when trades move money, and no movement when none do', async () => {
  const none: BillAnswer = { kind: 'no_bill', detail: 'NO_STATEMENT_EXIST' };
  const stage = stageOf();
  await stage.store.orders.create(orderOf(sale(1)));
  stage.bills.set(DAY, billOf([NOON]));
  stage.funds.set(DAY, { kind: 'not_yet', detail: 'STATEMENT_CREATING' });
  await stage.untilDone();
  expect(await cashOf(stage)).toMatchObject({ accounts: { BASIC: { state: 'waiting' } }, proof: null });
  stage.funds.set(DAY, none);
  stage.advance(6 * 3_600_000);
  for (let turns = 0; turns < 2; turns += 1) await stage.turn();
  expect(await cashOf(stage)).toMatchObject({ accounts: { BASIC: { state: 'missing' } }, proof: null });
  expect((await found(stage)).map((one) => one.class)).toEqual(['fund_flow_missing']);
  stage.funds.set(DAY, funds(500, movedBy(NOON)));
  stage.advance(7 * 3_600_000);
  for (let turns = 0; turns < 2; turns += 1) await stage.turn();
  expect(await cashOf(stage)).toMatchObject({ proof: { result: 'closes' } });
  expect(await found(stage)).toEqual([]);
});

const WHOLE_FUNDS = gzipSync(fundBill(500, movedBy(NOON)));

test.each([
  ['cut', WHOLE_FUNDS.subarray(0, WHOLE_FUNDS.length - 20)],
  ['altered', Buffer.from(fundBill(500, movedBy(NOON)).replace('`100.00,', '`100.01,'))],
])('a download that was %s is repeated, however often there was no file before it', async (_, damaged) => {
  const stage = stageOf();
  await stage.store.orders.create(orderOf(sale(1)));
  stage.bills.set(DAY, billOf([NOON]));
  stage.funds.set(DAY, { kind: 'not_yet', detail: 'STATEMENT_CREATING' });
  await stage.untilDone();
  for (let turns = 0; turns < 6; turns += 1) {
    stage.advance(3_600_000);
    await stage.turn();
  }
  stage.funds.set(DAY, bill(damaged));
  stage.advance(3_600_000);
  await stage.turn();
  expect(await cashOf(stage)).toMatchObject({ accounts: { BASIC: { state: 'refused', tries: 1 } } });
  stage.funds.set(DAY, bill(WHOLE_FUNDS));
  stage.advance(3_600_000);
  await stage.turn();
  expect(await cashOf(stage)).toMatchObject({ proof: { result: 'closes' } });
  expect(await found(stage)).toEqual([]);
});

test('a file that does not prove itself is archived, named, and tied to nothing', async () => {
  const stage = stageOf();
  await stage.store.orders.create(orderOf(sale(1)));
  stage.bills.set(DAY, billOf([NOON]));
  stage.funds.set(DAY, bill(Buffer.from(fundBill(500, movedBy(NOON)).replace('`100.00,', '`100.01,'))));
  await stage.untilDone();
  await stage.turn();
  expect(await cashOf(stage)).toMatchObject({ accounts: { BASIC: { state: 'refused' } }, proof: null });
  expect((await found(stage)).map((one) => one.class)).toEqual(['fund_flow_invalid']);
});
