import { refundOrder } from '../../lib/refunds/request';
import { refundNoOfRequest, refundNoOfRest } from '../../lib/rules/refunds/reservation';
import { fen } from '../../lib/values/fen';
import type { HistoryLine } from '../../lib/model/message';
import type { RefundAnswer } from '../../lib/wechat/port';
import { order, paidAt, PAYER, refund, refundNo, START, tradeNo, transactionId } from '../store/builders';
import type { RefundStage } from './stage';
import { CLIENT, onRefundStage, OPERATOR, OWN_FUNCTION } from './stage';

/** A text with this in it. */
const containing = (text: string): unknown => expect.stringContaining(text);

const outTradeNo = tradeNo(1);
const ALL = { outTradeNo };
const part = (amount: number, requestId = 'request-0001') => ({ outTradeNo, amount, requestId });

const sum = async (stage: RefundStage): Promise<number> =>
  (await stage.order()).refunds.reduce((total, one) => total + one.amount, 0);
const paidBack = ({ desk }: RefundStage): number =>
  [...desk.refunds.values()].reduce((total, one) => total + one.amount, 0);

describe('who may refund', () => {
  test('a mini program’s user may not, and nothing happens', () =>
    onRefundStage(async (stage) => {
      expect(await refundOrder(stage.deps, ALL, CLIENT)).toMatchObject({ ok: false, code: 'NOT_ALLOWED' });
      expect(await sum(stage)).toBe(0);
      expect(stage.desk.calls).toEqual([]);
    }));

  test('how it reached us and who asked are told apart on order and refund', () =>
    onRefundStage(async (stage) => {
      await refundOrder(stage.deps, part(1, 'by-operator'), OPERATOR);
      await refundOrder(stage.deps, part(2, 'by-function'), OWN_FUNCTION);
      const actorsOf = (history: readonly HistoryLine[], event: string) =>
        history.filter((one) => one.event === event).map(({ path, actor }) => `${path} ${actor ?? ''}`);
      const { history } = await stage.order();
      const both = ['call operator', 'call merchant'];
      expect(actorsOf(history, 'refund_reserved')).toEqual(both);
      const refunds = [...(await stage.store.refunds.ofOrder(outTradeNo))].sort(
        (a, b) => a.amount - b.amount,
      );
      expect(refunds.flatMap((one) => actorsOf(one.history, 'refund_requested'))).toEqual(both);
    }));

  test('an operator and the merchant’s own function may; who it was is kept, an OPENID masked', () =>
    onRefundStage(async (stage) => {
      await refundOrder(stage.deps, part(1, 'by-operator'), OPERATOR);
      await refundOrder(stage.deps, part(2, 'by-function'), OWN_FUNCTION);
      const refunds = await stage.store.refunds.ofOrder(outTradeNo);
      const asked = refunds.map(({ amount, origin, requestedBy }) => ({ amount, origin, requestedBy }));
      expect(asked.sort((a, b) => a.amount - b.amount)).toEqual([
        { amount: 1, origin: 'operator', requestedBy: 'oUp***S6o' },
        { amount: 2, origin: 'merchant', requestedBy: 'merchant' },
      ]);
      expect(JSON.stringify([refunds, await stage.order(), stage.log.lines].slice(0, 1))).not.toContain(
        PAYER,
      );
      expect(JSON.stringify(stage.log.lines)).not.toContain(PAYER);
    }));
});

describe('a refund', () => {
  test('of all that is left is set aside, durable, and taken by WeChat Pay', () =>
    onRefundStage(async (stage) => {
      const reply = await refundOrder(stage.deps, { ...ALL, reason: '缺货' }, OPERATOR);
      const outRefundNo = refundNoOfRest(outTradeNo, 1);
      expect(reply).toMatchObject({
        ok: true,
        refund: { outRefundNo, amount: 101, state: 'processing', reason: '缺货', why: null },
      });
      expect(stage.desk.refunds.get(outRefundNo)).toMatchObject({ amount: 101, times: 1 });
      expect((await stage.order()).refunds).toMatchObject([{ outRefundNo, amount: 101 }]);
      expect((await stage.order()).history.map((line) => line.event)).toContain('refund_reserved');
      expect((await stage.refund(outRefundNo)).history.map((line) => line.event)).toEqual([
        'refund_requested',
        'refund_accepted',
      ]);
    }));

  test('asked for again is the same refund, and WeChat Pay is not asked a second time', () =>
    onRefundStage(async (stage) => {
      const first = await refundOrder(stage.deps, part(40), OPERATOR);
      expect(await refundOrder(stage.deps, part(40), OPERATOR)).toEqual(first);
      const rest = await refundOrder(stage.deps, ALL, OPERATOR);
      expect(await refundOrder(stage.deps, ALL, OPERATOR)).toEqual(rest);
      expect(rest).toMatchObject({ refund: { amount: 61 } });
      expect(stage.desk.calls).toHaveLength(2);
      expect(paidBack(stage)).toBe(101);
    }));

  test('of an equal part is another refund when its requestId is another', () =>
    onRefundStage(async (stage) => {
      await refundOrder(stage.deps, part(40, 'request-0001'), OPERATOR);
      await refundOrder(stage.deps, part(40, 'request-0002'), OPERATOR);
      expect(paidBack(stage)).toBe(80);
    }));

  test('has the number its caller gave it, which then means this refund and no other', () =>
    onRefundStage(async (stage) => {
      const mine = { outTradeNo, amount: 40, outRefundNo: refundNo(7) };
      expect(await refundOrder(stage.deps, mine, OPERATOR)).toMatchObject({
        refund: { outRefundNo: refundNo(7) },
      });
      for (const other of [
        { ...mine, amount: 41 },
        { ...mine, reason: 'another' },
      ]) {
        expect(await refundOrder(stage.deps, other, OPERATOR)).toMatchObject({ code: 'REFUND_NUMBER_USED' });
      }
      await stage.store.orders.create(order(2, { payment: paidAt(2, START) }));
      const elsewhere = { ...mine, outTradeNo: tradeNo(2) };
      expect(await refundOrder(stage.deps, elsewhere, OPERATOR)).toMatchObject({
        code: 'REFUND_NUMBER_USED',
      });
      expect((await stage.order(tradeNo(2))).refunds).toEqual([]);
      expect(paidBack(stage)).toBe(40);
    }));

  test('whose number another order takes at the same moment gives its money back', () =>
    onRefundStage(async (stage) => {
      await stage.store.orders.create(order(2, { payment: paidAt(2, START) }));
      const { refunds } = stage.store;
      const create: typeof refunds.create = async (made) => {
        await refunds.create(refund(7, { outTradeNo: tradeNo(2) }));
        return refunds.create(made);
      };
      const deps = { ...stage.deps, store: { ...stage.store, refunds: { ...refunds, create } } };
      const mine = { outTradeNo, amount: 40, outRefundNo: refundNo(7) };
      expect(await refundOrder(deps, mine, OPERATOR)).toMatchObject({ code: 'REFUND_NUMBER_USED' });
      expect(await sum(stage)).toBe(0);
      expect(stage.desk.calls).toEqual([]);
    }));

  test.each<[string, unknown, string]>([
    ['an unpaid order', { outTradeNo: tradeNo(3) }, 'ORDER_NOT_REFUNDABLE'],
    ['no such order', { outTradeNo: tradeNo(9) }, 'ORDER_NOT_FOUND'],
    ['more than was paid', part(102), 'REFUND_TOO_LARGE'],
    ['a part without a name', { outTradeNo, amount: 40 }, 'BAD_INPUT'],
    ['a part in yuan', { outTradeNo, amount: 0.4, requestId: 'request-0001' }, 'BAD_INPUT'],
    ['nothing', part(0), 'BAD_INPUT'],
    ['two names', { ...part(40), outRefundNo: refundNo(1) }, 'BAD_INPUT'],
    ['a short requestId', part(40, 'short'), 'BAD_INPUT'],
    ['a number like ours', { outTradeNo, amount: 40, outRefundNo: `${outTradeNo}@all1` }, 'BAD_INPUT'],
    [
      'a number like another order’s',
      { outTradeNo, amount: 40, outRefundNo: refundNoOfRest(tradeNo(2), 1) },
      'BAD_INPUT',
    ],
    [
      'a number like a request’s',
      { outTradeNo, amount: 40, outRefundNo: refundNoOfRequest(tradeNo(2), 'request-0001') },
      'BAD_INPUT',
    ],
    ['a long reason', { outTradeNo, reason: '退'.repeat(27) }, 'BAD_INPUT'],
    ['no order at all', {}, 'BAD_INPUT'],
    ['no event', null, 'BAD_INPUT'],
  ])('of %s is refused and changes nothing', (_, event, code) =>
    onRefundStage(async (stage) => {
      await stage.store.orders.create(order(3));
      expect(await refundOrder(stage.deps, event, OPERATOR)).toMatchObject({ ok: false, code, retry: false });
      expect(await sum(stage)).toBe(0);
      expect(stage.desk.calls).toEqual([]);
    }),
  );

  test('of more than is left is refused; what is left still goes', () =>
    onRefundStage(async (stage) => {
      await refundOrder(stage.deps, part(60), OPERATOR);
      const more = await refundOrder(stage.deps, part(42, 'request-0002'), OPERATOR);
      expect(more).toMatchObject({ code: 'REFUND_TOO_LARGE', message: containing('41 fen') });
      expect(await refundOrder(stage.deps, part(41, 'request-0003'), OPERATOR)).toMatchObject({ ok: true });
      expect(await refundOrder(stage.deps, part(1, 'request-0004'), OPERATOR)).toMatchObject({
        code: 'REFUND_TOO_LARGE',
      });
      expect(paidBack(stage)).toBe(101);
    }));

  test('of late money goes back too; of money that was paid twice, the payment that is named', () =>
    onRefundStage(async (stage) => {
      const { evidence } = paidAt(2, START);
      const late = { transactionId: transactionId(2), total: fen(102), paidAt: START, evidence };
      await stage.store.orders.create(
        order(2, {
          payment: { state: 'closed', at: START, evidence },
          otherPayments: [{ ...late, as: 'paid_after_close' }],
        }),
      );
      await stage.store.orders.create(
        order(3, {
          payment: paidAt(3, START),
          otherPayments: [{ ...late, total: fen(103), as: 'duplicate_payment' }],
        }),
      );
      stage.desk.mishaps.push(...accepts(3));
      expect(await refundOrder(stage.deps, { outTradeNo: tradeNo(2) }, OPERATOR)).toMatchObject({
        refund: { amount: 102, state: 'processing' },
      });
      const second = { outTradeNo: tradeNo(3), transactionId: transactionId(2) };
      expect(await refundOrder(stage.deps, second, OPERATOR)).toMatchObject({ refund: { amount: 103 } });
      // Asked again it is the same refund, and never the other payment.
      expect(await refundOrder(stage.deps, second, OPERATOR)).toMatchObject({ refund: { amount: 103 } });
      const more = { ...second, amount: 1, requestId: 'request-0001' };
      expect(await refundOrder(stage.deps, more, OPERATOR)).toMatchObject({
        code: 'REFUND_TOO_LARGE',
        message: containing(`name a transactionId to give back another payment: ${transactionId(3)}`),
      });
      const first = { outTradeNo: tradeNo(3), requestId: 'request-0002' };
      expect(await refundOrder(stage.deps, first, OPERATOR)).toMatchObject({ refund: { amount: 103 } });
      expect(await refundOrder(stage.deps, { ...first, requestId: 'request-0003' }, OPERATOR)).toMatchObject({
        code: 'REFUND_TOO_LARGE',
      });
      const refunds = await stage.store.refunds.ofOrder(tradeNo(3));
      expect(refunds.map((one) => one.transactionId).sort()).toEqual([transactionId(2), transactionId(3)]);
      expect(stage.desk.named).toEqual([transactionId(2), transactionId(2), transactionId(3)]);
    }));
});

const accepts = (times: number): RefundAnswer[] =>
  Array.from({ length: times }, () => ({
    kind: 'accepted',
    refundId: '50',
    outRefundNo: refundNo(1),
    refund: fen(1),
    settled: null,
  }));

describe('many at once', () => {
  test('never reserve more than was paid, whichever wins', () =>
    onRefundStage(async (stage) => {
      const calls = Array.from({ length: 10 }, (_, n) =>
        refundOrder(stage.deps, part(40, `request-${n}000`), OPERATOR),
      );
      const replies = await Promise.all(calls);
      expect(replies.filter((reply) => reply.ok)).toHaveLength(2);
      for (const reply of replies) if (!reply.ok) expect(reply.code).toBe('REFUND_TOO_LARGE');
      expect(await sum(stage)).toBe(80);
      expect(paidBack(stage)).toBe(80);
    }));

  test('of the same call are one refund', () =>
    onRefundStage(async (stage) => {
      const events = [part(40), part(40), part(40), ALL, ALL, ALL];
      const replies = await Promise.all(events.map((event) => refundOrder(stage.deps, event, OPERATOR)));
      expect(replies.every((reply) => reply.ok)).toBe(true);
      expect(stage.desk.refunds.size).toBe(2);
      expect(paidBack(stage)).toBe(101);
    }));

  test('are 50 for one order, as WeChat Pay allows, and no more', () =>
    onRefundStage(async (stage) => {
      const calls = Array.from({ length: 55 }, (_, n) =>
        refundOrder(stage.deps, part(1, `request-${String(n).padStart(4, '0')}`), OPERATOR),
      );
      const replies = await Promise.all(calls);
      expect(replies.filter((reply) => reply.ok)).toHaveLength(50);
      for (const reply of replies) if (!reply.ok) expect(reply.code).toBe('TOO_MANY_REFUNDS');
      expect(stage.desk.refunds.size).toBe(50);
      expect(await sum(stage)).toBe(50);
    }));
});

describe('what WeChat Pay answers', () => {
  const outRefundNo = refundNoOfRequest(outTradeNo, 'request-0001');

  test.each(['answer_lost', 'request_lost'] as const)(
    'with its %s, the refund stays requested and is asked for again with the same number',
    (mishap) =>
      onRefundStage(async (stage) => {
        stage.desk.mishaps.push(mishap);
        const reply = await refundOrder(stage.deps, part(40), OPERATOR);
        expect(reply).toMatchObject({ ok: true, refund: { state: 'requested', why: 'transport' } });
        expect(await refundOrder(stage.deps, part(40), OPERATOR)).toMatchObject({
          ok: true,
          refund: { state: 'processing' },
        });
        expect(stage.desk.calls).toEqual([`refund ${outRefundNo}`, `refund ${outRefundNo}`]);
        expect(paidBack(stage)).toBe(40);
      }),
  );

  test.each(['too_old', 'amount_mismatch', 'no_such_order', 'payer_account', 'bad_request'] as const)(
    '%s: the refund is closed and its money can be refunded again; the same call says so again',
    (code) =>
      onRefundStage(async (stage) => {
        stage.desk.mishaps.push({ kind: 'refused', code, detail: 'no' });
        for (let calls = 0; calls < 2; calls += 1) {
          expect(await refundOrder(stage.deps, part(40), OPERATOR)).toMatchObject({
            ok: false,
            code: 'REFUND_CLOSED',
            message: containing(code),
          });
        }
        expect(await stage.refund(outRefundNo)).toMatchObject({
          progress: { state: 'closed', reason: code, knownBy: 'refund' },
        });
        expect(await sum(stage)).toBe(0);
        expect(await stage.store.inbox.find((await closedBy(stage)).evidence)).toMatchObject({
          state: 'done',
          outcome: 'applied',
          raw: containing(code),
        });
        expect(await refundOrder(stage.deps, ALL, OPERATOR)).toMatchObject({ refund: { amount: 101 } });
      }),
  );

  const closedBy = async (stage: RefundStage) => {
    const { progress } = await stage.refund(outRefundNo);
    if (progress.state !== 'closed') throw new Error('not closed');
    return progress;
  };

  test('a try for all that is left after one that was closed is another refund', () =>
    onRefundStage(async (stage) => {
      stage.desk.mishaps.push({ kind: 'refused', code: 'payer_account', detail: 'no' });
      expect(await refundOrder(stage.deps, ALL, OPERATOR)).toMatchObject({ code: 'REFUND_CLOSED' });
      expect(await refundOrder(stage.deps, ALL, OPERATOR)).toMatchObject({
        refund: { outRefundNo: refundNoOfRest(outTradeNo, 2), state: 'processing' },
      });
    }));

  test('a refusal of a refund that an earlier try may have brought about does not end it', () =>
    onRefundStage(async (stage) => {
      stage.desk.mishaps.push('answer_lost');
      await refundOrder(stage.deps, part(101), OPERATOR);
      stage.desk.mishaps.push({ kind: 'refused', code: 'amount_mismatch', detail: 'ERROR 订单已全额退款' });
      expect(await refundOrder(stage.deps, part(101), OPERATOR)).toMatchObject({
        ok: true,
        refund: { state: 'requested', why: 'amount_mismatch' },
      });
      expect(await sum(stage)).toBe(101);
      expect(stage.log.lines.map((line) => line.event)).toContain('refund_unclear');

      stage.desk.mishaps.push({ kind: 'refused', code: 'amount_mismatch', detail: 'ERROR 订单已全额退款' });
      const succeededAt = START;
      stage.desk.standing = {
        kind: 'refund',
        state: 'succeeded',
        refundId: '50',
        refund: fen(101),
        settled: null,
        succeededAt,
      };
      expect(await refundOrder(stage.deps, part(101), OPERATOR)).toMatchObject({
        refund: { state: 'succeeded', succeededAt },
      });
    }));

  test('a refusal that crosses with an acceptance does not end the refund either', () =>
    onRefundStage(async (stage) => {
      const { pay } = stage.desk;
      const crossed: typeof pay = {
        ...pay,
        // Another caller requests the same refund and has it noted, between our refusal and the
        // query after it.
        queryRefund: async () => {
          await refundOrder(stage.deps, part(40), OPERATOR);
          return { kind: 'no_such_refund' };
        },
      };
      stage.desk.mishaps.push({ kind: 'refused', code: 'bad_request', detail: 'no' });
      const reply = await refundOrder({ ...stage.deps, wechat: crossed }, part(40), OPERATOR);
      expect(reply).toMatchObject({ ok: true, refund: { state: 'processing' } });
      expect(await sum(stage)).toBe(40);
    }));

  test.each([
    ['not_enough_funds', 'refund_needs_funds', 3_600_000],
    ['not_authorised', 'refund_not_authorised', 60_000],
    ['other', 'wechat_pay_refused', 60_000],
  ] as const)(
    '%s: it stays requested, with an alarm, and is asked for again in its time',
    (code, event, ms) =>
      onRefundStage(async (stage) => {
        stage.desk.mishaps.push({ kind: 'refused', code, detail: 'no' });
        expect(await refundOrder(stage.deps, part(40), OPERATOR)).toMatchObject({
          ok: true,
          refund: { state: 'requested', why: code },
        });
        expect(stage.log.lines.filter((line) => line.event === event)).toHaveLength(1);
        expect(await sum(stage)).toBe(40);
        expect((await stage.refund(outRefundNo)).nextAskAt).toBe(START + ms);
        stage.advance(ms - 1);
        await stage.work();
        expect(stage.desk.refunds.size).toBe(0);
        stage.advance(1);
        await stage.work();
        expect(stage.desk.refunds.size).toBe(1);
      }),
  );
});
