import { processInbox } from '../../lib/inbox/process';
import { PAY_OUT_LASTS_MS } from '../../lib/rules/refunds/pay-out-try';
import { StoreError } from '../../lib/store/errors';
import type { Person } from '../../lib/model/operators/principal';
import { followRefunds } from '../../lib/refunds/follow';
import { fen } from '../../lib/values/fen';
import { isRecord } from '../../lib/values/json';
import type { PayOutAnswer, PayOutRequest, WeChatPay } from '../../lib/wechat/port';
import { PLENTY } from '../inbox/stage';
import { onRefundStage, requested, type RefundStage } from '../refunds/stage';
import { MERCHANT, refundNo } from '../store/builders';
import { LI, operateOn, SILENT } from './operating';

/* An abnormal refund that an operator has paid out to the merchant's own bank account. */

const HAN: Person = { name: 'han', role: 'refund' };
const HOUR = 3_600_000;

interface Shop {
  readonly stage: RefundStage;
  /** What WeChat Pay was asked to pay out. */
  readonly asked: PayOutRequest[];
  /** Its answer. */
  readonly says: { answer: PayOutAnswer };
  readonly act: (by?: Person) => Promise<Readonly<Record<string, unknown>>>;
  readonly approve: (id: string) => Promise<object>;
  /** Lets WeChat Pay say how the refund stands, and the worker hear of it. */
  readonly standing: (state: 'abnormal' | 'succeeded') => Promise<void>;
}

/** A shop with a refund of 40 fen that is abnormal. */
function onShop(
  run: (shop: Shop) => Promise<void>,
  { above = null, offered = true }: { readonly above?: number | null; readonly offered?: boolean } = {},
): Promise<void> {
  return onRefundStage(async (stage) => {
    const asked: PayOutRequest[] = [];
    const says: Shop['says'] = { answer: { kind: 'accepted' } };
    const payOut: Pick<WeChatPay, 'payOutRefund'> = {
      payOutRefund: async (request) => {
        asked.push(request);
        return says.answer;
      },
    };
    const operating = operateOn(stage.store, () => stage.deps.clock.now(), {
      wechat: { ...SILENT, ...stage.deps.wechat, ...(offered ? payOut : {}) },
      payOutMerchants: [MERCHANT],
      secondPerson: { refundAbove: above === null ? null : fen(above), bulkAbove: null, expireMs: HOUR },
      people: () => [LI, HAN],
    });
    await requested(stage, 1, 40);
    const standing: Shop['standing'] = async (state) => {
      stage.desk.standing = {
        ...{ kind: 'refund', refundId: '50', refund: fen(40), settled: null, succeededAt: null },
        state,
      };
      stage.advance(HOUR);
      await followRefunds(stage.deps, PLENTY);
      await processInbox(stage.deps, PLENTY);
    };
    // Accepted, then abnormal.
    stage.advance(60_000);
    await followRefunds(stage.deps, PLENTY);
    await standing('abnormal');
    expect((await stage.refund(refundNo(1))).progress.state).toBe('abnormal');
    await run({
      stage,
      asked,
      says,
      standing,
      act: async (by = LI) => {
        const request = {
          action: 'pay_out_refund',
          names: [refundNo(1)],
          reason: 'card closed, paid in cash',
        };
        const reply = await operating.ask('act', request, by);
        const [one] = 'results' in reply ? reply.results : [];
        if (!isRecord(one)) throw new Error(JSON.stringify(reply));
        return one;
      },
      approve: (id) => operating.ask('approve', { id }, HAN),
    });
  });
}

test('is asked for once, is asked about at once, and ends by WeChat Pay’s word', () =>
  onShop(async ({ stage, asked, act, standing }) => {
    const { subMchId, outTradeNo } = await stage.refund(refundNo(1));
    expect(await act()).toMatchObject({
      ok: true,
      changed: {
        action: 'pay_out_refund',
        refund: { outRefundNo: refundNo(1), amount: 40, state: 'abnormal' },
      },
    });
    expect(asked).toEqual([{ subMchId, outTradeNo, outRefundNo: refundNo(1) }]);
    const refund = await stage.refund(refundNo(1));
    expect(refund).toMatchObject({ progress: { state: 'abnormal' }, nextAskAt: stage.deps.clock.now() });
    await standing('succeeded');
    expect((await stage.refund(refundNo(1))).progress).toMatchObject({
      state: 'succeeded',
      knownBy: 'query',
    });
    expect(await act()).toMatchObject({ ok: false, code: 'NOT_NOW' });
    expect(asked).toHaveLength(1);
  }));

test.each<[string, PayOutAnswer, string]>([
  ['is queried first when asked again', { kind: 'not_abnormal', state: 'processing' }, 'NOT_NOW'],
  ['is unknown to WeChat Pay', { kind: 'no_such_refund' }, 'NOT_NOW'],
  ['is refused', { kind: 'refused', code: 'not_authorised', detail: 'NO_AUTH' }, 'WECHAT_PAY_REFUSED'],
  [
    'WeChat Pay says nothing about first',
    { kind: 'not_asked', reason: 'transport', detail: '' },
    'WECHAT_PAY_UNKNOWN',
  ],
])('one that %s changes nothing, is queried at once and may be asked for again', (_, answer, code) =>
  onShop(async ({ stage, asked, says, act }) => {
    const before = await stage.refund(refundNo(1));
    says.answer = answer;
    expect(await act()).toMatchObject({ ok: false, code });
    const { progress, nextAskAt } = await stage.refund(refundNo(1));
    expect([progress, nextAskAt]).toEqual([before.progress, stage.deps.clock.now()]);
    says.answer = { kind: 'accepted' };
    expect(await act()).toMatchObject({ ok: true });
    expect(asked).toHaveLength(2);
  }),
);

test.each<[string, PayOutAnswer, string | null]>([
  ['was accepted', { kind: 'accepted' }, null],
  ['got no answer', { kind: 'unknown', reason: 'transport', detail: '' }, 'PAY_OUT_UNKNOWN'],
])('is not sent again for ten minutes after one that %s', (_, answer, code) =>
  onShop(async ({ stage, asked, says, act }) => {
    says.answer = answer;
    expect(await act()).toMatchObject(code === null ? { ok: true } : { ok: false, code });
    stage.advance(PAY_OUT_LASTS_MS - 1);
    expect(await act(HAN)).toMatchObject({ ok: false, code: 'PAY_OUT_UNDER_WAY' });
    expect(asked).toHaveLength(1);
    stage.advance(1);
    await act(HAN);
    expect(asked).toHaveLength(2);
  }),
);

test('of several operators at once it is sent once', () =>
  onShop(async ({ stage, asked, act }) => {
    const done = await Promise.all([act(), act(HAN), act(), act(HAN)]);
    expect(asked).toHaveLength(1);
    expect(done.filter(({ ok }) => ok)).toHaveLength(1);
    const { progress, history } = await stage.refund(refundNo(1));
    const at = stage.deps.clock.now();
    expect(progress).toMatchObject({ state: 'abnormal', payOut: { at } });
    expect(history.filter(({ event }) => event === 'refund_pay_out_requested')).toHaveLength(1);
  }));

test('whose request cannot be written down first is not sent', () =>
  onShop(async ({ stage, asked, act }) => {
    const { refunds } = stage.store;
    const note = refunds.note.bind(refunds);
    // The write is done, and its answer is lost.
    const losing = jest.spyOn(refunds, 'note').mockImplementation(async (change) => {
      await note(change);
      throw new StoreError('unavailable', 'the answer was lost');
    });
    expect(await act()).toMatchObject({ ok: false, code: 'INTERNAL' });
    losing.mockRestore();
    expect(await act()).toMatchObject({ ok: false, code: 'PAY_OUT_UNDER_WAY' });
    expect(asked).toEqual([]);
  }));

test.each([-2, 2])('is not sent twice by hosts whose clocks are %d minutes apart', (minutes) =>
  onShop(async ({ stage, asked, act }) => {
    await act();
    stage.advance(minutes * 60_000);
    expect(await act()).toMatchObject({ ok: false, code: 'PAY_OUT_UNDER_WAY' });
    expect(asked).toHaveLength(1);
  }),
);

test('on a channel without the call it says where to go instead', () =>
  onShop(
    async ({ act }) => {
      expect(await act()).toMatchObject({ ok: false, code: 'NOT_OFFERED' });
    },
    { offered: false },
  ));

test('of more than the limit it waits for a second person, who has it done once', () =>
  onShop(
    async ({ asked, act, approve }) => {
      const waiting = await act();
      expect(waiting).toMatchObject({ ok: true, changed: { action: 'ask_approval', of: 'pay_out_refund' } });
      expect(asked).toEqual([]);
      const changed = isRecord(waiting['changed']) ? waiting['changed'] : {};
      const approval = isRecord(changed['approval']) ? String(changed['approval']['id']) : '';
      expect(await approve(approval)).toMatchObject({ results: [{ ok: true }] });
      expect(asked).toHaveLength(1);
      expect(await approve(approval)).toMatchObject({ ok: false });
      expect(asked).toHaveLength(1);
    },
    { above: 39 },
  ));

test('of more than a person may refund at once it is refused, and nobody else is asked', () =>
  onShop(
    async ({ asked, act }) => {
      const limited: Person = { ...HAN, refundLimits: { single: fen(39), day: null } };
      expect(await act(limited)).toMatchObject({ ok: false, code: 'REFUND_OVER_SINGLE' });
      expect(asked).toEqual([]);
    },
    { above: 39 },
  ));

test('is not offered for a merchant whose channel has no such call, and is refused without a claim', () =>
  onShop(async ({ stage, asked }) => {
    const operating = operateOn(stage.store, () => stage.deps.clock.now(), { payOutMerchants: [] });
    const shown = await operating.ask('show_refund', { outRefundNo: refundNo(1) });
    expect(shown).toMatchObject({ refund: { actions: ['ask_refund'] } });
    const before = await stage.refund(refundNo(1));
    const request = { action: 'pay_out_refund', names: [refundNo(1)], reason: 'card closed' };
    expect(await operating.ask('act', request)).toMatchObject({
      results: [{ ok: false, code: 'NOT_OFFERED' }],
    });
    expect(await stage.refund(refundNo(1))).toEqual(before);
    expect(asked).toEqual([]);
  }));
