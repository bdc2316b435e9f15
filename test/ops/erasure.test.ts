import { ERASED_PAYER } from '../../lib/model/erased';
import { keyOf } from '../../lib/model/message';
import type { WholeOrder } from '../../lib/model/order';
import type { Person } from '../../lib/model/operators/principal';
import type { Refund } from '../../lib/model/refund';
import { retain } from '../../lib/retention/retain';
import { whyNotErasable } from '../../lib/rules/erasure';
import { decide } from '../../lib/rules/payment';
import { readConfig } from '../../lib/config/config';
import { StoreError } from '../../lib/store/errors';
import type { Store } from '../../lib/store/port';
import { isPayerId } from '../../lib/values/ids';
import { emptyState } from '../simulation/model/state';
import type { Trade } from '../statement/bill';
import type { StatementStage } from '../statement/runs/stage';
import {
  billOf,
  DAY,
  heardOf,
  MERCHANT,
  orderNo,
  PLENTY,
  paidOrderOf,
  sale,
  stageOf,
  transactionNo,
} from '../statement/runs/stage';
import {
  claimAt,
  discrepancy,
  guarded,
  message,
  order,
  paidAt,
  paymentOf,
  refund,
  settlement,
  START,
  succeededAt,
} from '../store/builders';
import { LI, operateOn } from './operating';

const ALICE = guarded(isPayerId, 'oALICE6uMuAJO_M2pxb1Q9zNjWeS');
const BOB = guarded(isPayerId, 'oBOB-F86uMuAJO_M2pxb1Q9zNjWe');
const MONTH = 30 * 86_400_000;
const HELD = { state: 'held', attempts: 0, heldAt: START, reason: 'verify_above' } as const;

/** Everything that is stored but the bills, as text. */
type Everything = () => string;

interface Shop extends StatementStage {
  readonly all: Everything;
  readonly operating: ReturnType<typeof operateOn>;
  readonly erase: (t: Trade, by?: Person) => Promise<object | undefined>;
  readonly export: () => Promise<readonly unknown[]>;
  readonly one: (t: Trade) => Promise<WholeOrder>;
}

const payerOf = (t: Trade) => (t.number === 2 ? BOB : ALICE);

/** A day of three fulfilled orders, two of them of Alice, whose bill agrees. */
async function shopOf(parts: Parameters<typeof stageOf>[0] = {}): Promise<Shop> {
  const state = emptyState();
  const stage = stageOf({ state, ...parts });
  const { store } = stage;
  const operating = operateOn(store, stage.now, {
    secondPerson: { refundAbove: null, bulkAbove: 5, expireMs: 1 },
  });
  const shop: Shop = {
    ...stage,
    operating,
    all: () =>
      JSON.stringify([state.orders, state.messages, state.discrepancies, state.audit].map((map) => [...map])),
    erase: async (t, by = LI) => {
      const reply = await operating.ask(
        'act',
        { action: 'erase_payer', names: [orderNo(t)], reason: 'asked for it in writing' },
        by,
      );
      return 'results' in reply ? reply.results[0] : reply;
    },
    export: async () => {
      const id = `${MERCHANT}:${DAY}`;
      return Promise.all([
        operating.ask('export_run', { id, part: 'report' }),
        operating.ask('export_run', { id, part: 'differences' }),
      ]);
    },
    one: async (t) => {
      const [found] = await store.orders.find([orderNo(t)]);
      if (found === undefined) throw new Error('the order is gone');
      return found;
    },
  };
  for (const t of TRADES) {
    const payer = payerOf(t);
    await store.orders.create(
      paidOrderOf(t, {
        payer,
        attach: 'leave it with the neighbour',
        fulfilment: { state: 'done', attempts: 1, doneAt: stage.now(), receipt: 'SF1' },
      }),
    );
    const fact = heardOf(t);
    const content = { ...fact, payment: { ...fact.payment, payer } };
    const raw = JSON.stringify({ subOpenid: payer });
    const heard = { content, raw, outTradeNo: orderNo(t), trust: 'platform', path: 'callback' } as const;
    await store.inbox.record({ ...heard, key: keyOf(content, 'platform'), receivedAt: stage.now() });
  }
  const request = claimAt(stage.now(), { limit: 100 });
  const claimed = await store.inbox.claim(request);
  const ended = claimed.map((one) => settlement(one));
  await store.inbox.settle(request.token, stage.now(), ended);
  stage.bills.set(DAY, billOf(TRADES));
  await stage.untilDone();
  return shop;
}

const TRADES = [1, 2, 3].map((n) => sale(n));
const [FIRST, BOBS, LAST] = [sale(1), sale(2), sale(3)];

describe('a person’s erasure', () => {
  it('says how many orders could not be read and may be theirs', async () => {
    const { store, now } = await shopOf();
    const broken = { name: orderNo(BOBS), problem: 'no JSON', raw: '{' };
    const lookUp: typeof store.orders.lookUp = async (query) => {
      expect(query.by).toMatchObject({ kind: 'payer', tail: ALICE.slice(-3) });
      return { ...(await store.orders.lookUp(query)), unreadable: [broken] };
    };
    const { ask } = operateOn({ ...store, orders: { ...store.orders, lookUp } }, now);
    const request = { action: 'erase_payer', names: [orderNo(FIRST)], reason: 'asked for it' };
    expect(await ask('act', request)).toMatchObject({ results: [{ ok: true, changed: { unreadable: 1 } }] });
  });

  it('made again says each time how many could not be read, until they are gone', async () => {
    const { store, now } = await shopOf();
    const unreadable = [{ name: 'unread-0001', problem: 'no JSON', raw: '{' }];
    const orders: typeof store.orders = {
      ...store.orders,
      lookUp: async (query) => ({ ...(await store.orders.lookUp(query)), unreadable }),
      raw: async (name) => unreadable.find((one) => one.name === name) ?? null,
    };
    const { ask } = operateOn({ ...store, orders }, now);
    const request = { action: 'erase_payer', names: [orderNo(FIRST)], reason: 'asked for it' };
    const says = async (stays: object) =>
      expect(await ask('act', request)).toMatchObject({ results: [{ ok: true, changed: stays }] });
    await says({ orders: 2, unreadable: 1 });
    await says({ orders: 0, unreadable: 1 });
    await says({ orders: 0, unreadable: 1 });
    unreadable.pop();
    await says({ orders: 0, unreadable: 0 });
    await says({ orders: 0, unreadable: 0 });
  });

  it('leaves last month’s statement provable, and nothing that names the person but the bill', async () => {
    const shop = await shopOf();
    const [report, sheets, files] = [await shop.report(), await shop.export(), new Map(shop.archive.files)];
    expect(report).toMatchObject({ outcome: 'reconciled', tally: { matched: { payments: { count: 3 } } } });
    shop.advance(MONTH);

    expect(await shop.erase(FIRST)).toMatchObject({
      ok: true,
      changed: { action: 'erase_payer', orders: 2, messages: 2, left: [], leftInAll: 0, isFinished: true },
    });

    expect(shop.all()).not.toContain(ALICE);
    expect(shop.all()).toContain(BOB);
    expect(JSON.stringify(shop.operating.log.lines)).not.toContain(ALICE);
    expect(await shop.one(LAST)).toMatchObject({
      payer: ERASED_PAYER,
      cart: null,
      attach: null,
      total: 1_003,
    });
    // The same bill, the same report, the same papers; and the day compared anew says the same.
    expect(await shop.report()).toEqual(report);
    expect(await shop.export()).toEqual(sheets);
    expect(shop.archive.files).toEqual(files);
    await shop.operating.ask('act', { action: 'run_statement_again', names: [`${MERCHANT}:${DAY}`] });
    await shop.untilDone();
    expect(await shop.report()).toMatchObject({
      outcome: 'reconciled',
      statement: report.statement,
      tally: report.tally,
    });
    expect(await shop.store.discrepancies.countOpen(shop.now())).toBe(0);
  });

  it('is recorded under the order, with the reason, and names no payer', async () => {
    const shop = await shopOf();
    await shop.erase(FIRST);
    const { items } = await shop.store.audit.list({ subject: orderNo(FIRST), after: null, limit: 10 });
    expect(items).toMatchObject([
      { action: 'erase_payer', outcome: 'done', after: { orders: 2, messages: 2, left: 0 } },
      { action: 'erase_payer', outcome: 'begun', who: 'li', reason: 'asked for it in writing' },
    ]);
    expect(JSON.stringify(items)).not.toContain(ALICE);
  });

  it('leaves an order that has not ended, says why, and ends with it later', async () => {
    const shop = await shopOf();
    const open = sale(4);
    await shop.store.orders.create(paidOrderOf(open, { payer: ALICE, fulfilment: HELD }));
    await shop.store.discrepancies.see([
      {
        ...discrepancy(3, shop.now()),
        subject: { kind: 'payment', outTradeNo: orderNo(LAST), transactionId: transactionNo(LAST) },
      },
    ]);
    expect(await shop.erase(FIRST)).toMatchObject({
      changed: {
        orders: 1,
        leftInAll: 2,
        left: [
          { outTradeNo: orderNo(open), why: 'not_fulfilled' },
          { outTradeNo: orderNo(LAST), why: 'discrepancy_open' },
        ],
      },
    });
    // The order that was named is erased: one that stayed leads to the payer now.
    expect(await shop.erase(FIRST)).toMatchObject({ changed: { orders: 0, leftInAll: 2 } });
    const [found] = await shop.store.discrepancies.ofOrder(orderNo(LAST));
    const resolution = { by: 'operator', who: 'li', reason: 'refunded', at: shop.now() } as const;
    await shop.store.discrepancies.resolve(found === undefined ? [] : [found.id], resolution);
    expect(await shop.erase(FIRST)).toMatchObject({ changed: { orders: 1, leftInAll: 1 } });
    expect(await shop.one(open)).toMatchObject({ payer: ALICE });
    expect(await shop.erase(open)).toMatchObject({ changed: { orders: 0, leftInAll: 1 } });
  });

  it('that breaks off is finished by the same call, since the named order comes last', async () => {
    const shop = await shopOf();
    const { store } = shop;
    const broken: Store = {
      ...store,
      personal: {
        ...store.personal,
        eraseOrders: (orders, at) =>
          orders.some(({ outTradeNo }) => outTradeNo === orderNo(FIRST))
            ? Promise.reject(new StoreError('unavailable', 'cut'))
            : store.personal.eraseOrders(orders, at),
      },
    };
    const params = { action: 'erase_payer', names: [orderNo(FIRST)], reason: 'asked for it' };
    expect(await operateOn(broken, shop.now).ask('act', params)).toMatchObject({
      results: [{ ok: false, code: 'INTERNAL' }],
    });
    expect(await shop.one(LAST)).toMatchObject({ payer: ERASED_PAYER });
    expect(await shop.one(FIRST)).toMatchObject({ payer: ALICE });
    expect(await shop.erase(FIRST)).toMatchObject({ changed: { orders: 1, isFinished: true } });
    expect(shop.all()).not.toContain(ALICE);
  });

  it('needs the role act and a reason, and another person for more orders than a bulk action may have', async () => {
    const shop = await shopOf();
    const refused = await shop.erase(FIRST, { name: 'han', role: 'refund' });
    expect(refused).toMatchObject({ ok: false, code: 'NOT_PERMITTED' });
    const plain = { action: 'erase_payer', names: [orderNo(FIRST)] };
    expect(await shop.operating.ask('act', plain)).toMatchObject({ ok: false, code: 'BAD_INPUT' });
    for (let n = 11; n < 15; n += 1) await shop.store.orders.create(paidOrderOf(sale(n), { payer: ALICE }));
    expect(await shop.erase(FIRST)).toMatchObject({ changed: { action: 'ask_approval', of: 'erase_payer' } });
    expect(await shop.one(FIRST)).toMatchObject({ payer: ALICE });
  });

  it('asks another person above a limit of more orders than the store answers at once', async () => {
    const shop = await shopOf();
    const secondPerson = { refundAbove: null, bulkAbove: 1_000, expireMs: 1 };
    const operating = operateOn(shop.store, shop.now, { secondPerson });
    for (let n = 11; n < 1_010; n += 1)
      await shop.store.orders.create(paidOrderOf(sale(n), { payer: ALICE }));
    const params = { action: 'erase_payer', names: [orderNo(FIRST)], reason: 'asked for it' };
    expect(await operating.ask('act', params)).toMatchObject({
      results: [{ ok: true, changed: { action: 'ask_approval', of: 'erase_payer' } }],
    });
    expect(await shop.one(FIRST)).toMatchObject({ payer: ALICE });
  });

  it('refuses an order that retention erased, and asks nobody: nothing leads to its payer', async () => {
    const shop = await shopOf();
    for (let n = 11; n < 17; n += 1) {
      await shop.store.orders.create(
        paidOrderOf(sale(n), { payer: ERASED_PAYER, cart: null, erasedAt: shop.now() }),
      );
    }
    expect(await shop.erase(sale(11))).toMatchObject({ ok: false, code: 'NOT_FOUND' });
  });
});

describe('an export for one payer', () => {
  it('has everything stored about that payer, unmasked, and is recorded', async () => {
    const shop = await shopOf();
    const reply = await shop.operating.ask('export_payer', { outTradeNo: orderNo(FIRST) });
    expect(reply).toMatchObject({
      ok: true,
      next: null,
      orders: [LAST, FIRST].map((t) => ({
        order: { outTradeNo: orderNo(t), payer: ALICE, attach: 'leave it with the neighbour' },
        messages: [{ raw: JSON.stringify({ subOpenid: ALICE }) }],
      })),
    });
    expect(JSON.stringify(reply)).not.toContain(BOB);
    const { items } = await shop.store.audit.list({ subject: orderNo(FIRST), after: null, limit: 10 });
    expect(items.map(({ action }) => action)).toContain('export_payer');
    expect(JSON.stringify(items)).not.toContain(ALICE);
    const asReader = await shop.operating.ask(
      'export_payer',
      { outTradeNo: orderNo(FIRST) },
      { name: 'zhao', role: 'accountant' },
    );
    expect(asReader).toMatchObject({ ok: false });
  });

  it('of an order without personal data finds nobody', async () => {
    const shop = await shopOf();
    await shop.erase(BOBS);
    expect(await shop.operating.ask('export_payer', { outTradeNo: orderNo(BOBS) })).toMatchObject({
      ok: false,
      code: 'NOT_FOUND',
    });
  });
});

describe('an order whose fulfilment failed', () => {
  const returning = { outRefundNo: refund(1).outRefundNo, amount: refund(1).amount };
  const failed = order(1, {
    payment: paidAt(1, START),
    fulfilment: { state: 'dead', attempts: 8, deadAt: START, reason: 'no answer' },
    refunds: [returning],
  });
  const why = (...refunds: readonly Refund[]) =>
    whyNotErasable(failed, { messages: [], refunds, discrepancies: [] });

  it('has ended once its money has gone back, not while a refund is under way', () => {
    expect(why()).toBe('not_fulfilled');
    expect(why(refund(1))).toBe('not_fulfilled');
    expect(why(refund(1, { progress: succeededAt(START, message(1)) }))).toBeNull();
  });
});

describe('an order without personal data', () => {
  it('takes a payment from any payer: nobody knows the right one any more', () => {
    const erased = order(1, { payer: ERASED_PAYER, cart: null, erasedAt: START });
    const content = { kind: 'payment', payment: paymentOf(1, { payer: ALICE }) } as const;
    const { key } = message(1);
    const fact = { content, evidence: key, path: 'callback', heardAt: START } as const;
    expect(decide(erased, fact, START)).toMatchObject({ kind: 'done', outcome: 'applied' });
    expect(decide(order(1), fact, START)).toMatchObject({ kind: 'dead', reason: 'mismatch' });
  });
});

describe('retention.personalDays', () => {
  const settings = readConfig({
    merchants: [{ subMchId: MERCHANT }],
    retention: { personalDays: 90 },
  }).retention;

  it('removes the personal data of orders that have ended by then, and of no others', async () => {
    const shop = await shopOf();
    await shop.store.orders.create(paidOrderOf(sale(4), { payer: BOB, fulfilment: HELD }));
    const deps = { ...shop.deps, settings, archive: { forget: () => Promise.resolve() } };
    shop.advance(89 * 86_400_000);
    expect(await retain(deps, PLENTY)).toMatchObject({ orders: 0 });
    shop.advance(2 * 86_400_000);
    expect(await retain(deps, PLENTY)).toMatchObject({ orders: 3, finished: true });
    expect(await shop.one(FIRST)).toMatchObject({ payer: ERASED_PAYER, cart: null });
    expect(await shop.one(sale(4))).toMatchObject({ payer: BOB });
    expect(await retain(deps, PLENTY)).toMatchObject({ orders: 0, finished: true });
  });

  it('waits for what is open about an order, and then leaves nothing of it', async () => {
    const shop = await shopOf();
    const subject = {
      kind: 'payment',
      outTradeNo: orderNo(BOBS),
      transactionId: transactionNo(BOBS),
    } as const;
    const open = {
      ...discrepancy(1, shop.now(), { class: 'payer_mismatch', ours: BOB, theirs: ALICE }),
      subject,
    };
    await shop.store.discrepancies.see([open]);
    const deps = { ...shop.deps, settings, archive: { forget: () => Promise.resolve() } };
    shop.advance(91 * 86_400_000);
    expect(await retain(deps, PLENTY)).toMatchObject({ orders: 2 });
    expect(await shop.one(BOBS)).toMatchObject({ payer: BOB });
    const resolution = { by: 'operator', who: 'li', reason: 'a friend paid', at: shop.now() } as const;
    await shop.store.discrepancies.resolve([open.id], resolution);
    expect(await retain(deps, PLENTY)).toMatchObject({ orders: 1 });
    expect(shop.all()).not.toContain(BOB);
    expect(shop.all()).not.toContain(ALICE);
  });

  it('is off unless it is set', async () => {
    const shop = await shopOf();
    const off = readConfig({ merchants: [{ subMchId: MERCHANT }] }).retention;
    const deps = { ...shop.deps, settings: off, archive: { forget: () => Promise.resolve() } };
    shop.advance(10 * 365 * 86_400_000);
    expect(await retain(deps, PLENTY)).toMatchObject({ orders: 0 });
    expect(await shop.one(FIRST)).toMatchObject({ payer: ALICE });
  });
});
