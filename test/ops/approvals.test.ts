import { operatorsOf } from '../../lib/config/operators';
import { processInbox } from '../../lib/inbox/process';
import { principalOf } from '../../lib/model/caller';
import type { Person } from '../../lib/model/operators/principal';
import { personOf } from '../../lib/model/operators/principal';
import { refundOrder } from '../../lib/refunds/request';
import { INTERRUPTED_MS } from '../../lib/rules/second-person';
import { fen } from '../../lib/values/fen';
import type { Instant } from '../../lib/values/instant';
import { later } from '../../lib/values/instant';
import { isRecord } from '../../lib/values/json';
import type { RefundRequest } from '../../lib/wechat/port';
import { onStage, PLENTY } from '../inbox/stage';
import { message, order, PAYER, paymentOf, START, tradeNo } from '../store/builders';
import type { Operating } from './operating';
import { LI, operateOn, SILENT } from './operating';

const HAN: Person = { name: 'han', role: 'refund' };
const MEI: Person = { name: 'mei', role: 'act' };
const YAN: Person = { name: 'yan', role: 'accountant' };
const POLICY = { refundAbove: fen(50), bulkAbove: 2, expireMs: 3_600_000 };

interface Shop {
  readonly operating: Operating;
  /** What WeChat Pay was asked to refund. */
  readonly asked: RefundRequest[];
  readonly time: { now: Instant };
  /** Who may come in; a test may change it. */
  readonly staff: Person[];
  readonly refund: (
    amount: number | null,
    by?: Person,
    requestId?: string,
  ) => Promise<Readonly<Record<string, unknown>>>;
  readonly ask: (op: 'approve' | 'decline', params: object, by: Person) => Promise<object>;
}

/** How long a read of orders takes, and how long one call may start items. */
interface Slow {
  readonly readMs: number;
  readonly actForMs?: number;
}

/**
 * Three paid orders, of 101 fen and more, in a shop where a refund above 50 fen needs a second
 * person.
 */
function onShop(run: (shop: Shop) => Promise<void>, slow: Slow = { readMs: 0 }): Promise<void> {
  return onStage(async ({ store }) => {
    const asked: RefundRequest[] = [];
    const time = { now: later(START, 60_000) };
    const staff = [LI, HAN, MEI, YAN];
    const findWithoutCarts: typeof store.orders.findWithoutCarts = (names) => {
      time.now = later(time.now, slow.readMs);
      return store.orders.findWithoutCarts(names);
    };
    const slowed = { ...store, orders: { ...store.orders, findWithoutCarts } };
    const operating = operateOn(slowed, () => time.now, {
      ...(slow.actForMs === undefined ? {} : { actForMs: slow.actForMs }),
      secondPerson: POLICY,
      people: () => staff,
      wechat: {
        ...SILENT,
        refund: async (request) => {
          asked.push(request);
          const { outRefundNo, refund } = request;
          return { kind: 'accepted', refundId: '50', outRefundNo, refund, settled: null };
        },
      },
    });
    for (const n of [1, 2, 3]) {
      await store.orders.create(order(n));
      const payment = paymentOf(n, { outTradeNo: tradeNo(n), total: fen(100 + n) });
      await store.inbox.record(message(n, { content: { kind: 'payment', payment }, outTradeNo: tradeNo(n) }));
    }
    await processInbox(operating.deps, PLENTY);
    let requests = 0;
    await run({
      operating,
      asked,
      time,
      staff,
      refund: async (amount, by = LI, requestId = `partial-${(requests += 1)}`) => {
        const part = amount === null ? {} : { amount, requestId };
        const request = { action: 'refund_order', names: [tradeNo(1)], reason: 'broken', ...part };
        const reply = await operating.ask('act', request, by);
        const [one] = 'results' in reply ? reply.results : [];
        if (!isRecord(one)) throw new Error(JSON.stringify(reply));
        return one;
      },
      ask: (op, params, by) => operating.ask(op, params, by),
    });
  });
}

test('a slow store does not make a call that needs a second person last longer than its time', () =>
  onShop(
    async ({ operating, asked, ask }) => {
      const refund = { action: 'refund_order', reason: 'broken' };
      const bulk = await operating.ask('act', { ...refund, names: [1, 2, 3].map(tradeNo) }, LI);
      const [one] = 'results' in bulk ? bulk.results : [];
      const id = requestOf(isRecord(one) ? one : {});
      // Reading the states takes longer than the call may: one refund begins all the same.
      const approved = await ask('approve', { id }, HAN);
      expect(approved).toMatchObject({
        results: [{ ok: true }, { code: 'NOT_BEGUN' }, { code: 'NOT_BEGUN' }],
      });
      expect(asked).toHaveLength(1);
    },
    { readMs: 3_000, actForMs: 2_000 },
  ));

test('of items that each need a second person, one alone is asked for after the time of the call', () =>
  onShop(
    async ({ operating }) => {
      const names = [tradeNo(2), tradeNo(3)];
      const reply = await operating.ask('act', { action: 'refund_order', reason: 'broken', names }, LI);
      expect(reply).toMatchObject({ results: [{ ok: true }, { code: 'NOT_BEGUN' }] });
      const listed = await operating.ask('list_approvals', {}, HAN);
      expect(listed).toMatchObject({ items: [{ items: [{ name: tradeNo(2) }] }] });
    },
    { readMs: 2_000, actForMs: 1_500 },
  ));

function requestOf(result: Readonly<Record<string, unknown>>): string {
  const changed = isRecord(result['changed']) ? result['changed'] : {};
  const approval = isRecord(changed['approval']) ? changed['approval'] : {};
  if (typeof approval['id'] !== 'string') throw new Error(`no request: ${JSON.stringify(result)}`);
  return approval['id'];
}

test('a refund above the amount waits for another person, and is made once even if two approve at once', () =>
  onShop(async ({ operating, asked, refund, ask }) => {
    expect(await refund(20)).toMatchObject({ changed: { action: 'refund_order' } });
    // 20 were refunded already: 40 more are above 50.
    const id = requestOf(await refund(40));
    expect(asked).toHaveLength(1);
    expect(await ask('approve', { id }, LI)).toMatchObject({ code: 'SAME_PERSON' });
    expect(await ask('approve', { id }, YAN)).toMatchObject({ code: 'NOT_PERMITTED' });
    const listed = await operating.ask('list_approvals', {}, HAN);
    expect(listed).toMatchObject({
      items: [
        { id, asker: { name: 'li' }, amount: 40, state: 'waiting', isApprovable: true, isDeclinable: true },
      ],
    });
    const both = await Promise.all([ask('approve', { id }, HAN), ask('approve', { id }, MEI)]);
    expect(both).toContainEqual(
      expect.objectContaining({ results: [expect.objectContaining({ ok: true, name: tradeNo(1) })] }),
    );
    expect(both).toContainEqual(expect.objectContaining({ code: 'APPROVED' }));
    expect(asked.map((one) => one.refund)).toEqual([20, 40]);
    const done = await operating.ask('list_approvals', { decided: true }, YAN);
    expect(done).toMatchObject({
      items: [{ state: 'approved', outcome: [{ name: tradeNo(1), result: 'done' }], isApprovable: false }],
    });
    const [latest] = await operating.deps.store.refunds.ofOrder(tradeNo(1));
    expect(latest?.requestedBy).toBe('li');
  }));

test('it is made as it was shown, or not at all; a declined or expired one never is', () =>
  onShop(async ({ asked, refund, ask, time }) => {
    const whole = requestOf(await refund(null));
    const declined = requestOf(await refund(null));
    const late = requestOf(await refund(null));
    const withdrawn = requestOf(await refund(null));
    expect(await ask('decline', { id: withdrawn, reason: 'a mistake' }, LI)).toMatchObject({ ok: true });
    expect(await ask('decline', { id: declined, reason: 'they kept it' }, HAN)).toMatchObject({ ok: true });
    expect(await ask('approve', { id: declined }, MEI)).toMatchObject({ code: 'DECLINED' });
    expect(await refund(1)).toMatchObject({ ok: true });
    expect(await ask('approve', { id: whole }, MEI)).toMatchObject({
      results: [{ ok: false, code: 'CHANGED_SINCE' }],
    });
    time.now = later(time.now, POLICY.expireMs);
    expect(await ask('approve', { id: late }, MEI)).toMatchObject({ code: 'EXPIRED' });
    expect(asked.map((one) => one.refund)).toEqual([1]);
  }));

test('nothing is done for an asker who has left or was demoted, and only within the limits they have now', () =>
  onShop(async ({ operating, asked, refund, ask, staff }) => {
    const id = requestOf(await refund(60));
    const listed = async () => {
      const reply = await operating.ask('list_approvals', {}, HAN);
      return 'items' in reply ? reply.items : [];
    };
    for (const now of [[], [{ ...LI, role: 'read' } as const], [LI, LI]]) {
      staff.splice(0, 10, ...now, HAN, MEI);
      expect(await ask('approve', { id }, HAN)).toMatchObject({ code: 'ASKER_NOT_PERMITTED' });
      expect(await listed()).toMatchObject([{ state: 'waiting', isApprovable: false, isDeclinable: true }]);
    }
    staff.splice(0, 10, { ...LI, refundLimits: { single: fen(59), day: null } }, HAN);
    expect(await ask('approve', { id }, HAN)).toMatchObject({
      results: [{ ok: false, code: 'REFUND_OVER_SINGLE' }],
    });
    expect(asked).toEqual([]);
  }));

test('a decision that cannot be recorded is not made, and can be made at once again', () =>
  onShop(async ({ operating, asked, refund, ask }) => {
    const [first, second] = [requestOf(await refund(60)), requestOf(await refund(61))];
    const { audit } = operating.deps.store;
    const append = audit.append.bind(audit);
    const fail = () => Object.assign(audit, { append: () => Promise.reject(new Error('disk full')) });
    fail();
    expect(await ask('approve', { id: first }, HAN)).toMatchObject({ code: 'NOT_RECORDED' });
    expect(await ask('decline', { id: second, reason: 'no' }, HAN)).toMatchObject({ code: 'NOT_RECORDED' });
    Object.assign(audit, { append });
    expect(await ask('approve', { id: first }, HAN)).toMatchObject({ results: [{ ok: true }] });
    expect(await ask('decline', { id: second, reason: 'no' }, HAN)).toMatchObject({ ok: true });
    expect(asked.map((one) => one.refund)).toEqual([60]);
  }));

test('an approval that broke off after the money was reserved goes on with the same refund', () =>
  onShop(async ({ operating, asked, refund, ask, time }) => {
    const id = requestOf(await refund(60));
    const { approvals } = operating.deps.store;
    const save = approvals.save.bind(approvals);
    let saves = 0;
    Object.assign(approvals, {
      save: (one: Parameters<typeof save>[0]) => {
        saves += 1;
        return saves === 2 ? Promise.reject(new Error('the process ended')) : save(one);
      },
    });
    expect(await ask('approve', { id }, HAN)).toMatchObject({ results: [{ ok: true }] });
    expect(await ask('approve', { id }, MEI)).toMatchObject({ code: 'APPROVED' });
    time.now = later(time.now, INTERRUPTED_MS);
    expect(await ask('approve', { id }, MEI)).toMatchObject({ results: [{ ok: true }] });
    expect(new Set(asked.map((one) => one.outRefundNo)).size).toBe(1);
    const refunds = await operating.deps.store.refunds.ofOrder(tradeNo(1));
    expect(refunds.map(({ amount }) => amount)).toEqual([60]);
  }));

test('a partial refund that is asked for again is the same refund, before and after its approval', () =>
  onShop(async ({ asked, refund, ask }) => {
    expect(await refund(30, LI, 'a-parcel')).toMatchObject({ changed: { action: 'refund_order' } });
    // 30 are refunded: 30 more would be above 50, but these are the same.
    expect(await refund(30, LI, 'a-parcel')).toMatchObject({ changed: { action: 'refund_order' } });
    const ids = [await refund(40, LI, 'a-bicycle'), await refund(40, LI, 'a-bicycle')].map(requestOf);
    for (const id of ids)
      expect(await ask('approve', { id }, HAN)).toMatchObject({ results: [{ ok: true }] });
    expect(await refund(40, LI, 'a-bicycle')).toMatchObject({ changed: { action: 'refund_order' } });
    expect(new Set(asked.map((one) => one.outRefundNo)).size).toBe(2);
    expect(new Set(asked.map((one) => one.refund))).toEqual(new Set([30, 40]));
  }));

test('no way around it: the refund function refuses, and many items at once ask for one approval', () =>
  onShop(async ({ operating, asked, ask }) => {
    const caller = {
      payer: null,
      source: 'wx_client',
      ip: '127.0.0.1',
      by: { kind: 'person', ...LI },
    } as const;
    const settings = { ...operating.deps.refundSettings, secondPersonAbove: POLICY.refundAbove };
    const deps = { ...operating.deps, refundSettings: settings };
    expect(await refundOrder(deps, { outTradeNo: tradeNo(1) }, caller)).toMatchObject({
      code: 'NEEDS_APPROVAL',
    });
    const names = [1, 2, 3].map((n) => tradeNo(n));
    const reply = await operating.ask('act', { action: 'refund_order', names, reason: 'recall' });
    const results = 'results' in reply ? reply.results : [];
    const ids = new Set(results.map((one) => requestOf({ ...one })));
    expect([results.length, ids.size, asked.length]).toEqual([3, 1, 0]);
    const [id = ''] = ids;
    const approved = await ask('approve', { id }, MEI);
    expect(approved).toMatchObject({ results: [{ ok: true }, { ok: true }, { ok: true }] });
    expect(asked.map((one) => one.refund)).toEqual([101, 102, 103]);
  }));

test('in the cloud an OPENID is a named person, with their own limit and under their own name', () =>
  onShop(async ({ operating, refund, asked }) => {
    const people = operatorsOf({
      operators: [
        {
          name: '李雷',
          role: 'refund',
          openIds: [PAYER],
          tokens: [],
          refund: { single: 30, day: 45 },
          revoked: false,
        },
      ],
      readers: [],
    });
    const by = personOf(principalOf('wx_client', PAYER, people)) ?? LI;
    expect(await refund(31, by)).toMatchObject({ ok: false, code: 'REFUND_OVER_SINGLE' });
    expect(await refund(30, by)).toMatchObject({ ok: true });
    const over = await refund(20, by);
    expect(over['code']).toBe('REFUND_OVER_OPERATOR_DAY');
    expect(over['message']).toContain('your own limit allows 0.45 yuan');
    expect(await refund(15, by)).toMatchObject({ ok: true });
    expect(asked.map((one) => one.refund)).toEqual([30, 15]);
    const { items } = await operating.deps.store.audit.list({ subject: null, after: null, limit: 1 });
    expect(items).toMatchObject([{ who: '李雷', action: 'refund_order', outcome: 'done' }]);
    const closing = await operating.ask('act', { action: 'close_order', names: [tradeNo(1)] }, by);
    expect(closing).toMatchObject({ code: 'NOT_PERMITTED' });
    const revoked = people.map((one) => ({ ...one, revoked: true }));
    expect(personOf(principalOf('wx_client', PAYER, revoked))).toBeNull();
  }));

test('the record names both, is sealed with every action, and shows what was changed in it', () =>
  onShop(async ({ operating, refund, ask }) => {
    const id = requestOf(await refund(60));
    await ask('approve', { id }, HAN);
    const { audit } = operating.deps.store;
    const { items } = await audit.list({ subject: null, after: null, limit: 50 });
    const ended = items.filter(({ outcome }) => outcome === 'done');
    expect(ended.map(({ who, action }) => `${who} ${action}`).sort()).toEqual([
      'han approve',
      'li ask_approval',
      'li refund_order',
    ]);
    const whole = await operating.ask('verify_record', {}, YAN);
    expect(whole).toMatchObject({ seals: 2, entries: 6, faults: [], head: { n: 2 }, next: null });
    const [newest] = await audit.seals({ before: null, limit: 1 });
    const anchor = { n: 2, hash: newest?.hash ?? '' };
    expect(await operating.ask('verify_record', { anchor })).toMatchObject({ faults: [] });
    const cut = { anchor: { n: 3, hash: anchor.hash } };
    expect(await operating.ask('verify_record', cut)).toMatchObject({
      faults: [{ fault: 'anchor_differs', n: 3 }],
    });
    const find = audit.find.bind(audit);
    Object.assign(audit, {
      find: async (ids: readonly string[]) =>
        (await find(ids)).map((one) => (one.action === 'refund_order' ? { ...one, who: 'nobody' } : one)),
    });
    expect(await operating.ask('verify_record', {})).toMatchObject({
      faults: [{ fault: 'entry_changed' }, { fault: 'entry_changed' }],
    });
  }));
