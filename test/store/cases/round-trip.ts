import type { Content } from '../../../lib/model/message';
import { keyOf, orderOf } from '../../../lib/model/message';
import type { Promotion } from '../../../lib/model/facts';
import type { OtherPayment } from '../../../lib/model/order';
import { importedOrder, importedRefunds } from '../../../lib/rules/imported-order';
import { fen } from '../../../lib/values/fen';
import { isSubMchId } from '../../../lib/values/ids';
import { instant, later } from '../../../lib/values/instant';
import type { Json } from '../../../lib/values/json';
import {
  claimAt,
  day,
  guarded,
  discrepancy,
  MERCHANT,
  message,
  order,
  paidBy,
  paymentOf,
  settlement,
  tradeNo,
  transactionId,
  refundNo,
  refundOf,
  withoutCart,
} from '../builders';
import type { OpenHarness } from '../harness';
import { withHarness } from '../harness';

const OTHER_MERCHANT = guarded(isSubMchId, '1900000999');

const AWKWARD_TEXTS = [
  '',
  ' ',
  '👩‍👩‍👧‍👦🧧 买一送一 「限定」',
  `'; DROP TABLE inbox; -- " \\ \` %_ ?1 :key @p $set`,
  'line\nline\r\n\ttab \u2028\u2029 \u0001 end',
  '$literal.$inc',
  '{"$date":1}',
  '42000022482026030112000000000001',
  'null',
] as const;

const AWKWARD_JSON: Json = {
  $set: { 'a.b': 1, '': 'empty key', $inc: -1 },
  'with.dots.': [null, true, false, 0, -0.5, 1e21, '', [], {}, [[]]],
  规格: { '颜色🎨': '红' },
  number: Number.MAX_SAFE_INTEGER,
  small: -Number.MAX_SAFE_INTEGER,
  digits: '42000022482026030112000000000001',
  $date: 1_772_337_600_000,
  __proto_like: { constructor: 'x', toString: 'y' },
  nested: { $numberLong: '5', $oid: 'aaaaaaaaaaaaaaaaaaaaaaaa' },
};

const PROMOTIONS: readonly Promotion[] = [
  {
    id: '109519',
    name: '单品惠 🧧',
    scope: 'SINGLE',
    type: 'NOCASH',
    amount: fen(100),
    borneBy: { wechat: fen(0), merchant: fen(100), other: null },
  },
  {
    id: '',
    name: null,
    scope: null,
    type: null,
    amount: fen(Number.MAX_SAFE_INTEGER),
    borneBy: { wechat: null, merchant: null, other: null },
  },
];

const CONTENTS: readonly Content[] = [
  { kind: 'payment', payment: paymentOf(1) },
  {
    kind: 'payment',
    payment: paymentOf(2, {
      payer: null,
      cash: null,
      coupon: fen(0),
      settlementTotal: fen(Number.MAX_SAFE_INTEGER),
      total: fen(Number.MAX_SAFE_INTEGER),
      bankType: null,
      attach: '附加 "数据" 🧧',
      currency: 'USD',
      cashFeeType: 'JPY',
      promotions: PROMOTIONS,
    }),
  },
  { kind: 'closure', outTradeNo: tradeNo(3), subMchId: MERCHANT, as: 'closed' },
  {
    kind: 'refund',
    refund: refundOf(3, { outTradeNo: null, refundId: null, settled: null, succeededAt: null }),
  },
  ...(['processing', 'closed', 'abnormal', 'unknown'] as const).map((state) => ({
    kind: 'refund' as const,
    refund: refundOf(4, { state, transactionId: null, subMchId: null, total: null, refund: null }),
  })),
  {
    kind: 'unusable',
    reason: 'missing_fields',
    problems: ['totalFee is missing', '“timeEnd” 不是时间', ''],
    outTradeNo: null,
    digest: 'ab'.repeat(32),
  },
  {
    kind: 'unusable',
    reason: 'missing_fields',
    problems: ['outRefundNo: missing'],
    outTradeNo: tradeNo(1),
    about: 'refund',
    digest: 'cd'.repeat(32),
  },
];

/** What goes in comes out: every field, every awkward value. */
export function roundTripCases(open: OpenHarness): void {
  describe('round trip', () => {
    it.each(CONTENTS)('of a $kind message', async (content) => {
      await withHarness(open, async ({ store, now }) => {
        const outTradeNo = orderOf(content);
        const one = message(1, { content, key: keyOf(content, 'platform'), outTradeNo });
        await store.inbox.record(one);
        expect(await store.inbox.find(one.key)).toMatchObject({ content, outTradeNo, key: one.key });
        expect(await store.inbox.claim(claimAt(now()))).toMatchObject([{ content, outTradeNo }]);
      })();
    });

    it('of an order that was imported, with its refund', async () => {
      await withHarness(open, async ({ store, now }) => {
        const stated = {
          outTradeNo: tradeNo(1),
          subMchId: MERCHANT,
          transactionId: transactionId(1),
          total: fen(101),
          paidAt: later(now(), -1_000),
          refunds: [{ outRefundNo: refundNo(1), amount: fen(1), refundedAt: now() }],
        };
        const importing = { who: 'li', at: now(), source: 'a file' };
        const [order, [refund]] = [importedOrder(stated, importing), importedRefunds(stated, importing)];
        if (refund === undefined) throw new TypeError('it has a refund');
        expect(await store.refunds.create(refund)).toBe('created');
        expect(await store.orders.create(order)).toBe('created');
        expect(await store.orders.create({ ...order, total: fen(1) })).toBe('exists');
        expect(await store.orders.find([tradeNo(1)])).toEqual([order]);
        expect(await store.refunds.ofOrder(tradeNo(1))).toEqual([refund]);
        expect(await store.orders.ofTransaction(transactionId(1))).toEqual(withoutCart(order));
      })();
    });

    it.each([...AWKWARD_TEXTS, '长'.repeat(34_000), `{"big":"${'x'.repeat(100_000)}"}`])(
      'of the raw notification, number %#',
      async (raw) => {
        await withHarness(open, async ({ store }) => {
          const one = message(1, { raw });
          await store.inbox.record(one);
          expect((await store.inbox.find(one.key))?.raw).toBe(raw);
        })();
      },
    );

    it.each(AWKWARD_TEXTS)('of texts in messages and orders, number %#', async (text) => {
      await withHarness(open, async ({ store, now }) => {
        const one = message(1);
        const before = order(1, { body: text, attach: text, cart: { [text]: text } });
        expect(await store.orders.create(before)).toBe('created');
        expect(await store.orders.find([tradeNo(1)])).toEqual([before]);
        await store.inbox.record(one);
        const request = claimAt(now());
        await store.inbox.claim(request);
        const change = paidBy(before, one, now());
        const entry = { at: now(), event: 'hold_lifted', path: 'worker', evidence: text } as const;
        const found = discrepancy(1, now(), { ours: { [text]: text }, theirs: text });
        await store.inbox.settle(request.token, now(), [
          settlement(
            one,
            { kind: 'dead', reason: 'operator', error: text },
            { change: { ...change, entry }, discrepancies: [found] },
          ),
        ]);
        expect(await store.inbox.find(one.key)).toMatchObject({ state: 'dead', lastError: text });
        expect(await store.discrepancies.ofOrder(tradeNo(1))).toEqual([found]);
        const fulfilment = claimAt(now());
        await store.orders.claimFulfilments(fulfilment);
        await store.orders.finishFulfilment(fulfilment.token, now(), tradeNo(1), {
          kind: 'done',
          receipt: text,
        });
        const [after] = await store.orders.find([tradeNo(1)]);
        expect(after).toMatchObject({
          body: text,
          attach: text,
          fulfilment: { state: 'done', receipt: text },
        });
        expect(after?.history[1]).toEqual(entry);
      })();
    });

    it.each([AWKWARD_JSON, null, [], {}, '', 0, false, [AWKWARD_JSON, AWKWARD_JSON]] as const)(
      'of a cart and of both sides of a discrepancy, number %#',
      async (value) => {
        await withHarness(open, async ({ store, now }) => {
          await store.orders.create(order(1, { cart: value }));
          const [found] = await store.orders.find([tradeNo(1)]);
          expect(found?.cart).toEqual(value);
          await store.inbox.record(message(1));
          const request = claimAt(now());
          await store.inbox.claim(request);
          const one = discrepancy(1, now(), { ours: value, theirs: value });
          await store.inbox.settle(request.token, now(), [
            settlement(message(1), undefined, { discrepancies: [one] }),
          ]);
          expect(await store.discrepancies.ofOrder(tradeNo(1))).toEqual([one]);
        })();
      },
    );

    it(
      'of money beside the payment and what operators said of it, made, noted and settled',
      withHarness(open, async ({ store, now }) => {
        const proposed = { state: 'proposed', who: 'li', reason: '电话确认 🧧', at: now() } as const;
        const accepted = { ...proposed, state: 'accepted', approver: null } as const;
        const beside = (n: number, over: Partial<OtherPayment> = {}): OtherPayment => ({
          transactionId: transactionId(n),
          total: fen(60 + n),
          paidAt: now(),
          as: 'mismatch',
          evidence: message(n).key,
          ...over,
        });
        const made = [beside(2), beside(3, { as: 'duplicate_payment', acceptance: proposed })];
        const before = order(1, { otherPayments: made });
        await store.orders.create(before);
        expect(await store.orders.find([tradeNo(1)])).toEqual([before]);

        const noted = [
          beside(1, { acceptance: accepted }),
          beside(2, { as: 'paid_after_close', acceptance: { ...accepted, approver: 'wang' } }),
          beside(3, { paidTo: OTHER_MERCHANT }),
        ];
        const { outTradeNo, version: expectedVersion } = before;
        expect(await store.orders.note({ outTradeNo, expectedVersion, otherPayments: noted })).toBe(true);
        const [after] = await store.orders.find([tradeNo(1)]);
        expect(after).toEqual({ ...before, version: expectedVersion + 1, otherPayments: noted });

        await store.inbox.record(message(1));
        const request = claimAt(now());
        await store.inbox.claim(request);
        const paid = paidBy(after ?? before, message(1), now());
        if (paid.payment.state !== 'paid') throw new TypeError('the change of the case pays the order');
        const payment = { ...paid.payment, acceptance: { ...accepted, approver: 'wang', total: fen(61) } };
        const change = { ...paid, payment, otherPayments: noted };
        expect(
          await store.inbox.settle(request.token, now(), [settlement(message(1), undefined, { change })]),
        ).toEqual(['settled']);
        const [settled] = await store.orders.find([tradeNo(1)]);
        expect(settled).toMatchObject({ payment, otherPayments: noted });
        expect(settled?.otherPayments).toEqual(noted);
      }),
    );

    it(
      'of an order with everything in it',
      withHarness(open, async ({ store, now }) => {
        const full = order(1, {
          total: fen(Number.MAX_SAFE_INTEGER),
          attach: '附加',
          cart: AWKWARD_JSON,
          prepay: {
            payment: {
              appId: 'wx0123456789abcdef',
              timeStamp: '1772337600',
              nonceStr: 'n',
              package: 'prepay_id=wx1',
              signType: 'MD5',
              paySign: '+/==',
            },
            at: now(),
          },
          lastAskedAt: later(now(), 1),
          nextAskAt: instant(2),
          asks: 41,
          lastAnswer: { at: later(now(), 3), said: 'close:refused:too_early' },
          version: 9,
          refunds: [
            { outRefundNo: refundNo(1), amount: fen(1) },
            { outRefundNo: refundNo(2), amount: fen(Number.MAX_SAFE_INTEGER - 1) },
          ],
          statement: { day: day(-1), round: 2, chunk: 4_001 },
          payment: {
            state: 'paid',
            transactionId: transactionId(1),
            paidAt: later(now(), -1),
            knownAt: now(),
            knownBy: 'statement',
            evidence: message(1).key,
            cash: fen(0),
            cashFeeType: 'HKD',
            coupon: fen(Number.MAX_SAFE_INTEGER),
            settlementTotal: fen(Number.MAX_SAFE_INTEGER),
            promotions: PROMOTIONS,
          },
          fulfilment: { state: 'due', attempts: 3, dueAt: instant(1), lease: null, lastError: '' },
          otherPayments: [
            {
              transactionId: transactionId(2),
              total: fen(1),
              paidAt: now(),
              as: 'paid_after_close',
              evidence: message(2).key,
            },
          ],
          history: [],
        });
        await store.orders.create(full);
        expect(await store.orders.find([full.outTradeNo])).toEqual([full]);
        const lean = withoutCart(full);
        expect((await store.orders.list({ after: null, limit: 10 })).items).toEqual([lean]);
        expect(await store.orders.findWithoutCarts([full.outTradeNo])).toEqual([lean]);
        const claimed = await store.orders.claimFulfilments(claimAt(now()));
        const { version, fulfilment } = claimed[0] ?? full;
        expect(claimed).toEqual([{ ...full, version, fulfilment }]);
      }),
    );

    it.each(['closed', 'failed'] as const)('of an order that is %s', async (state) => {
      await withHarness(open, async ({ store, now }) => {
        const one = order(1, { payment: { state, at: now(), evidence: message(1).key } });
        await store.orders.create(one);
        expect(await store.orders.find([one.outTradeNo])).toEqual([one]);
      })();
    });
  });
}
