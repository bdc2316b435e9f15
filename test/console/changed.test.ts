import { changeText } from '../../console/language/audited';
import { changedText, doneText, resultText } from '../../console/language/changed';
import { en } from '../../console/language/en';
import { sideWords } from '../../console/reading/evidence';
import { itemName, runName } from '../../console/reading/names';
import { zh } from '../../console/language/zh';
import { WORDS } from '../../operator/words';
import { isDone } from '../../operator/changed';
import { resultsText } from '../../operator/views/views';
import type { ActResult } from '../../lib/ops/changed';
import type { OpsReply } from '../../lib/ops/api';
import { readArguments } from '../../operator/arguments';
import { fen } from '../../lib/values/fen';
import { later } from '../../lib/values/instant';
import { processInbox } from '../../lib/inbox/process';
import type { Store } from '../../lib/store/port';
import { onStage, PLENTY } from '../inbox/stage';
import {
  message,
  NO_TALLY,
  order,
  paidAt,
  paymentOf,
  refund,
  refundNo,
  START,
  statementRun,
  succeededAt,
  tradeNo,
  transactionId,
} from '../store/builders';
import { operateOn, SILENT } from '../ops/operating';

/** The only result of an action. */
function resultOf(reply: OpsReply): ActResult {
  const [result] = 'results' in reply ? reply.results : [];
  if (result === undefined) throw new Error(`no result: ${JSON.stringify(reply)}`);
  return result;
}

const unknown = { kind: 'unknown', reason: 'transport', detail: '' } as const;

describe('an order that WeChat Pay did not close', () => {
  test('is still pending, and the result says so with both answers of WeChat Pay', () =>
    onStage(async ({ store }) => {
      await store.orders.create(order(1));
      const wechat = {
        ...SILENT,
        closeOrder: async () => ({ kind: 'already_paid' }) as const,
        queryOrder: async () => unknown,
      };
      const { ask } = operateOn(store, () => START, { wechat });
      const result = resultOf(await ask('act', { action: 'close_order', names: [tradeNo(1)] }));
      expect(result).toMatchObject({
        ok: true,
        changed: {
          action: 'close_order',
          order: { payment: { before: 'pending', after: 'pending' } },
          said: ['close:already_paid', 'unknown:transport'],
        },
      });
      expect(resultText(en, result)).toBe(
        'still awaiting payment; WeChat Pay says: already paid, unknown: no response',
      );
      expect(resultText(zh, result)).toBe('仍为待付款；微信支付返回：订单已付款、未知：没有响应');
      expect(resultsText(WORDS.en, [result])).toContain('done: 0, unchanged: 1, refused: 0');
      expect(resultsText(WORDS.zh, [result])).toContain('未变');
    }));

  test('is named with its payment where the query finds one', () =>
    onStage(async ({ store }) => {
      await store.orders.create(order(1));
      const wechat = {
        ...SILENT,
        closeOrder: async () => ({ kind: 'already_paid' }) as const,
        queryOrder: async () => ({ kind: 'paid', payment: paymentOf(1) }) as const,
      };
      const { ask } = operateOn(store, () => START, { wechat });
      const result = resultOf(await ask('act', { action: 'close_order', names: [tradeNo(1)] }));
      if (!result.ok) throw new Error(result.message);
      expect(doneText(en, result.changed)).toBe(
        'Close order: awaiting payment → paid; fulfilment not due → due; WeChat Pay says: already paid, paid',
      );
      expect(resultsText(WORDS.en, [result])).toMatch(/ok +payment pending → paid; fulfilment none → due/);
      expect(isDone(result)).toBe(false);
    }));

  test('is refused with the answer, which the audit log keeps', () =>
    onStage(async ({ store }) => {
      await store.orders.create(order(1));
      const { ask } = operateOn(store, () => START, {
        wechat: {
          ...SILENT,
          closeOrder: async () => ({ kind: 'refused', code: 'other', detail: '' }) as const,
        },
      });
      const result = resultOf(await ask('act', { action: 'close_order', names: [tradeNo(1)] }));
      expect(result).toMatchObject({
        ok: false,
        code: 'WECHAT_PAY_REFUSED',
        said: ['close:refused:other'],
      });
      expect(resultText(en, result)).toBe('WeChat Pay refused. WeChat Pay says: refused (see the log)');
      const { items } = await store.audit.list({ subject: tradeNo(1), after: null, limit: 2 });
      expect(items[0]).toMatchObject({ outcome: 'refused', after: { said: ['close:refused:other'] } });
      const [entry] = items;
      expect(entry === undefined ? null : changeText(zh, entry)).toBe(
        '付款 待付款、发货 无需发货、退款 0 → 微信支付返回：被拒绝，原因见日志',
      );
    }));
});

test.each([
  ['retry_fulfilment', { state: 'dead', attempts: 12, deadAt: START, reason: 'no such address' }],
  ['release_hold', { state: 'held', attempts: 0, heldAt: START, reason: 'verify_above' }],
] as const)('%s names what it wrote, although reads are behind', (action, fulfilment) =>
  onStage(async ({ store }) => {
    const before = order(1, { payment: paidAt(1, START), fulfilment });
    await store.orders.create(before);
    const orders = { ...store.orders, find: async () => [before] };
    const { ask } = operateOn({ ...store, orders }, () => START);
    const result = resultOf(await ask('act', { action, names: [tradeNo(1)], reason: 'address is fixed' }));
    const moved = { before: fulfilment.state, after: 'due' };
    expect(result).toMatchObject({ ok: true, changed: { order: { fulfilment: moved } } });
    const { items } = await store.audit.list({ subject: tradeNo(1), after: null, limit: 2 });
    expect(items[0]).toMatchObject({ outcome: 'done', after: { payment: 'paid', fulfilment: 'due' } });
  }),
);

const NO_BILL = {
  outcome: 'none',
  statement: null,
  file: null,
  refusal: null,
  tally: NO_TALLY,
  workedMs: 5,
  finishedAt: START,
} as const;

/** The store, of which no read finds an order as a settlement left it. */
function behindSettling(store: Store): Store {
  let shown: Awaited<ReturnType<typeof store.orders.find>> | null = null;
  return {
    ...store,
    orders: { ...store.orders, find: async (numbers) => shown ?? store.orders.find(numbers) },
    inbox: {
      ...store.inbox,
      settle: async (...asked) => {
        shown = await store.orders.find([tradeNo(1)]);
        return store.inbox.settle(...asked);
      },
    },
  };
}

test.each([
  ['close_order', [tradeNo(1)], 'closed'],
  ['ask_order', [tradeNo(1)], 'paid'],
  ['accept_payment', [`payment:${tradeNo(1)}:${transactionId(1)}`], 'paid'],
] as const)(
  '%s names what WeChat Pay’s answer made of the order, although reads are behind',
  (action, names, after) =>
    onStage(async ({ store, deps }) => {
      await store.orders.create(order(1));
      if (action === 'accept_payment') {
        await store.inbox.record(
          message(1, { content: { kind: 'payment', payment: paymentOf(1, { total: fen(61) }) } }),
        );
        await processInbox(deps, PLENTY);
      }
      const wechat = {
        ...SILENT,
        closeOrder: async () => ({ kind: 'closed' }) as const,
        queryOrder: async () => ({ kind: 'paid', payment: paymentOf(1) }) as const,
      };
      const { ask } = operateOn(behindSettling(store), () => later(START, 60_000), { wechat });
      const result = resultOf(await ask('act', { action, names, reason: 'the customer agreed' }));
      const payment = { before: 'pending', after };
      expect(result).toMatchObject({ ok: true, changed: { order: { payment } } });
      const { items } = await store.audit.list({ subject: tradeNo(1), after: null, limit: 2 });
      expect(items[0]).toMatchObject({ outcome: 'done', after: { payment: after } });
    }),
);

test('a rerun names the round that it began, although reads are behind', () =>
  onStage(async ({ store }) => {
    const done = statementRun(0, { round: 4, work: { state: 'done', report: NO_BILL } });
    await store.statementRuns.open(done);
    const statementRuns = { ...store.statementRuns, find: async () => ({ ...done, round: 3 }) };
    const { ask } = operateOn({ ...store, statementRuns }, () => START);
    const result = resultOf(await ask('act', { action: 'run_statement_again', names: [done.id] }));
    expect(result).toMatchObject({ ok: true, changed: { round: 5 } });
  }));

test('a replay names what it did, not what another run did since', () =>
  onStage(async ({ store }) => {
    const { key } = message(1);
    await store.inbox.record(message(1));
    await store.inbox.dismiss([key], 'li', 'to be replayed', START);
    const inbox: typeof store.inbox = {
      ...store.inbox,
      replay: async (...asked) => {
        const replayed = await store.inbox.replay(...asked);
        await store.inbox.dismiss([key], 'wang', 'dealt with by phone', START);
        return replayed;
      },
    };
    const { ask } = operateOn({ ...store, inbox }, () => START);
    const result = resultOf(await ask('act', { action: 'replay_message', names: [key] }));
    expect(result).toMatchObject({ ok: true, changed: { message: { before: 'dead', after: 'pending' } } });
  }));

test('a query that changes nothing shows WeChat Pay’s answer', () =>
  onStage(async ({ store }) => {
    await store.orders.create(order(1));
    const { ask } = operateOn(store, () => START, {
      wechat: { ...SILENT, queryOrder: async () => ({ kind: 'not_paid' }) as const },
    });
    const result = resultOf(await ask('act', { action: 'ask_order', names: [tradeNo(1)] }));
    expect(resultText(en, result)).toBe('still awaiting payment; WeChat Pay says: not paid');
    expect(resultText(zh, result)).toBe('仍为待付款；微信支付返回：未付款');
  }));

test.each([
  [
    {
      action: 'refund_order',
      refund: { outRefundNo: refundNo(1), amount: fen(123_450), state: 'processing' },
    },
    'Refund: ¥1,234.50 processing',
  ],
  [{ action: 'replay_message', message: { before: 'dead', after: 'dead' } }, 'Replay: the message is dead'],
  [
    {
      action: 'retry_fulfilment',
      order: {
        payment: { before: 'paid', after: 'paid' },
        fulfilment: { before: 'dead', after: 'due' },
      },
    },
    'Retry fulfilment: fulfilment failed → due',
  ],
  [{ action: 'run_statement_again', round: 2 }, 'Rerun day: round 2 waits for its bill'],
] as const)('%j is told as what changed', (changed, text) => {
  expect(doneText(en, changed)).toBe(text);
  expect(changedText(zh, changed)).not.toBe('');
});

describe('the refunded sum', () => {
  const number = (n: number) => refundNo(n);
  const reserved = (n: number, amount: number) => ({ outRefundNo: number(n), amount: fen(amount) });

  test('counts what has gone back; what was asked for stands apart', () =>
    onStage(async ({ store }) => {
      await store.orders.create(
        order(1, {
          payment: paidAt(1, START),
          refunds: [reserved(1, 1_000), reserved(2, 500), reserved(3, 200), reserved(4, 100)],
        }),
      );
      const at = { outTradeNo: tradeNo(1) };
      const made = [
        refund(1, { ...at, amount: fen(1_000), progress: succeededAt(START, message(1)) }),
        refund(2, { ...at, amount: fen(500), progress: { state: 'requested' } }),
      ];
      for (const one of made) await store.refunds.create(one);
      const { ask } = operateOn(store, () => START);
      const sums = { refunded: 1_000, refunding: 800 };
      expect(await ask('list_orders')).toMatchObject({ items: [sums] });
      expect(await ask('show_order', { outTradeNo: tradeNo(1) })).toMatchObject(sums);
    }));
});

test('late orders are listed apart from those that merely wait for their payer', () =>
  onStage(async ({ store }) => {
    const now = later(START, 12 * 3_600_000);
    await store.orders.create(order(1, { createdAt: START, nextAskAt: now }));
    await store.orders.create(order(2, { createdAt: now, nextAskAt: later(now, 60_000) }));
    const { ask } = operateOn(store, () => now);
    expect(await ask('overview')).toMatchObject({ late: { unknown: 1, unfulfilled: 0 } });
    const listed = await ask('list_orders', { late: 'unknown' });
    expect('items' in listed ? listed.items : []).toMatchObject([{ outTradeNo: tradeNo(1) }]);
  }));

test('ops takes an amount in yuan, and never guesses whether a whole number is fen', () => {
  const read = (amount: string) =>
    readArguments(['refund', 'a', '--amount', amount, '--request-id', 'request-1'], {}).command;
  expect(read('58.00')).toMatchObject({ more: { amount: 5_800 } });
  expect(() => read('5800')).toThrow('58.00');
});

test('a discrepancy’s states are named by what they are states of', () => {
  expect(sideWords(zh, 'unpaid_order', 'pending')).toBe('待付款');
  expect(sideWords(zh, 'refund_state_mismatch', 'closed')).toBe(zh.refund.state.closed);
  expect(sideWords(zh, 'amount_mismatch', 5_800)).toBe('¥58.00');
  expect(sideWords(zh, 'fulfilment_held', { fulfilment: 'held', reason: 'refund_message_open' })).toBe(
    zh.hold.refund_message_open,
  );
});

test('a statement run is named by its day', () => {
  expect(itemName('run', '1900000109:20260301')).toBe('2026-03-01 · 1900000109');
  expect(runName('1900000109:20260301#2')).toBe('2026-03-01 · 1900000109 #2');
  expect(itemName('order', '1900000109:20260301')).toBe('1900000109:20260301');
});
