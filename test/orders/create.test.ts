import { processInbox } from '../../lib/inbox/process';
import type { CreateDeps } from '../../lib/orders/create';
import { createOrder, orderNumberFor } from '../../lib/orders/create';
import type { Price, PriceCart } from '../../lib/orders/price';
import { PriceRefused } from '../../lib/orders/price';
import type { Caller } from '../../lib/model/caller';
import { StoreError } from '../../lib/store/errors';
import { fen } from '../../lib/values/fen';
import { isPayerId } from '../../lib/values/ids';
import type { PrepayAnswer, PrepayRequest } from '../../lib/wechat/port';
import { MERCHANT, message, PAYER, paymentOf } from '../store/builders';
import type { Stage } from '../inbox/stage';
import { onStage, PLENTY } from '../inbox/stage';

const CALLER: Caller = { payer: PAYER, source: 'wx_client', ip: '203.0.113.7', by: { kind: 'nobody' } };
const PAYMENT = { timeStamp: '1', nonceStr: 'n', package: 'prepay_id=p', signType: 'MD5', paySign: 's' };
const PREPAID: PrepayAnswer = { kind: 'prepaid', prepayId: 'p', payment: PAYMENT };
const EVENT = { requestId: 'request-0001', cart: [{ sku: 'tea', count: 2 }], total: 1 };

function shop(stage: Stage, over: Partial<CreateDeps> = {}, answers: PrepayAnswer[] = []) {
  const asked: PrepayRequest[] = [];
  const deps: CreateDeps = {
    orders: stage.store.orders,
    wechat: {
      prepayBody: () => null,
      unifiedOrder: async (request) => {
        asked.push(request);
        return answers.shift() ?? PREPAID;
      },
    },
    price: () => ({ total: fen(11_600), body: '龙井茶' }),
    clock: stage.deps.clock,
    random: () => 0,
    log: stage.log,
    settings: stage.deps.orderSettings,
    ...over,
  };
  return {
    deps,
    asked,
    create: (event: unknown = EVENT, caller = CALLER) => createOrder(deps, event, caller),
  };
}

test('an order is made at the merchant’s price, whatever the client says it costs', () =>
  onStage(async (stage) => {
    const { create, asked } = shop(stage);
    const reply = await create();
    if (!reply.ok) throw new Error(reply.message);
    expect(reply.payment).toEqual(PAYMENT);
    const [made] = await stage.store.orders.find([reply.outTradeNo]);
    expect(made).toMatchObject({
      total: 11_600,
      payer: PAYER,
      payment: { state: 'pending' },
      prepay: { payment: PAYMENT },
    });
    expect(asked[0]).toMatchObject({ total: 11_600, payer: PAYER, payerIp: '203.0.113.7' });
  }));

test('the order is durable before WeChat Pay hears of it', () =>
  onStage(async (stage) => {
    let there = 0;
    const { create } = shop(stage, {
      wechat: {
        prepayBody: () => null,
        unifiedOrder: async ({ outTradeNo }) => {
          there = (await stage.store.orders.find([outTradeNo])).length;
          return PREPAID;
        },
      },
    });
    await create();
    expect(there).toBe(1);
  }));

test('twenty identical requests at once make one order, and each gets a payment for it', () =>
  onStage(async (stage) => {
    const { create } = shop(stage);
    const replies = await Promise.all(Array.from({ length: 20 }, () => create()));
    expect(new Set(replies.map((reply) => reply.ok && reply.outTradeNo)).size).toBe(1);
    expect(replies.every((reply) => reply.ok)).toBe(true);
    expect((await stage.store.orders.list({ after: null, limit: 10 })).items).toHaveLength(1);
  }));

test('a repeat uses the prepay order while it is good, and asks again with the same values later', () =>
  onStage(async (stage) => {
    const { create, asked } = shop(stage, {
      settings: { ...stage.deps.orderSettings, payableMs: 4 * 3_600_000 },
    });
    await create();
    await create();
    expect(asked).toHaveLength(1);
    stage.advance(2 * 3_600_000);
    await create();
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual(asked[0]);
  }));

test('the request is written once, kept with the order, and sent again byte for byte until the order ends', () =>
  onStage(async (stage) => {
    const drafts: unknown[] = [];
    const requests: PrepayRequest[] = [];
    const answers: PrepayAnswer[] = [{ kind: 'unknown', reason: 'transport', detail: '' }];
    const { create } = shop(stage, {
      wechat: {
        prepayBody: (draft) => {
          drafts.push(draft);
          return `{"openid":"${draft.payer}","ip":"${draft.payerIp}","n":${drafts.length}}`;
        },
        unifiedOrder: async (request) => {
          requests.push(request);
          return answers.shift() ?? PREPAID;
        },
      },
    });
    expect(await create()).toMatchObject({ code: 'WECHAT_PAY_UNKNOWN' });
    const elsewhere = { ...CALLER, ip: '198.51.100.4' };
    const reply = await create(EVENT, elsewhere);
    if (!reply.ok) throw new Error(reply.message);
    const kept = `{"openid":"${PAYER}","ip":"203.0.113.7","n":1}`;
    expect(requests.map(({ keptBody }) => keptBody)).toEqual([kept, kept]);
    const [made] = await stage.store.orders.find([reply.outTradeNo]);
    expect(made?.prepayBody).toBe(kept);
    if (made === undefined) throw new Error('no order');
    const payment = paymentOf(1, { outTradeNo: made.outTradeNo, total: made.total });
    const { outTradeNo } = made;
    await stage.store.inbox.record(message(1, { outTradeNo, content: { kind: 'payment', payment } }));
    await processInbox(stage.deps, PLENTY);
    const [paid] = await stage.store.orders.find([reply.outTradeNo]);
    expect(paid?.payment.state).toBe('paid');
    expect(paid).not.toHaveProperty('prepayBody');
  }));

test('a cart with a number that JSON writes otherwise is the same cart the next time', () =>
  onStage(async (stage) => {
    const { create } = shop(stage);
    const event: unknown = JSON.parse(
      '{"requestId": "request-0001", "cart": {"discount": -0, "rate": 1e-7}}',
    );
    expect(await create(event)).toMatchObject({ ok: true });
    expect(await create(event)).toMatchObject({ ok: true });
  }));

test('the same requestId with another cart is refused; another payer’s is another order', () =>
  onStage(async (stage) => {
    const { create } = shop(stage);
    await create();
    expect(await create({ ...EVENT, cart: [] })).toMatchObject({ ok: false, code: 'REQUEST_ID_REUSED' });
    const other = 'oSomebodyElse000000000000001';
    if (!isPayerId(other)) throw new Error('the example is wrong');
    expect(await create(EVENT, { ...CALLER, payer: other })).toMatchObject({ ok: true });
    expect(orderNumberFor('t', other, EVENT.requestId)).not.toBe(orderNumberFor('t', PAYER, EVENT.requestId));
  }));

test('an order that stands is paid at its price although the shop would refuse the cart by now', () =>
  onStage(async (stage) => {
    await shop(stage, {}, [{ kind: 'unknown', reason: 'transport', detail: '' }]).create();
    const soldOut = shop(stage, {
      price: () => {
        throw new PriceRefused('sold out');
      },
    });
    expect(await soldOut.create()).toMatchObject({ ok: true });
    expect(await soldOut.create({ ...EVENT, requestId: 'request-0002' })).toMatchObject({
      code: 'PRICE_REFUSED',
      message: 'sold out',
    });
  }));

const broken = (throws: () => Error) => (): never => {
  throw throws();
};
const price = (text: string): Price => ({ total: fen(100), body: text });
const body = (text: string) => (): Price => price(text);

test.each<[string, PriceCart, string]>([
  ['yuan times a hundred', () => ({ total: fen(19.9 * 100), body: 'tea' }), 'Math.round'],
  ['a bug', broken(() => new TypeError('x is undefined')), 'x is undefined'],
  ['a total of nothing', () => ({ total: fen(0), body: 'tea' }), 'at least 1 fen'],
  ['a body of two lines', body('tea\n`2026-03-01'), 'control characters'],
  ['a body with a C1 control', body('tea\u009b31m'), 'control characters'],
  ['a body that turns the direction of writing', body('tea\u202efdp'), 'control characters'],
  ['a body with half a character', body('tea\ud83d'), 'control characters'],
  ['an attach with a separator', () => ({ ...body('tea')(), attach: 'a\u2028b' }), 'control characters'],
])(
  'a fault in the merchant’s price is told to the developer, not to the payer as worth a retry: %s',
  (_, price, told) =>
    onStage(async (stage) => {
      const { create, asked } = shop(stage, { price });
      expect(await create()).toMatchObject({ ok: false, code: 'PRICE_BROKEN', retry: false });
      expect(asked).toEqual([]);
      const lines = stage.log.lines.filter(({ event }) => event === 'price_failed');
      expect(lines.map(({ fields }) => [String(fields['error']).includes(told), fields['fix']])).toEqual([
        [true, 'correct merchant/price.ts'],
      ]);
      expect((await stage.store.orders.list({ after: null, limit: 10 })).items).toEqual([]);
    }),
);

test.each<[string, Price, boolean, string]>([
  ['127 bytes are kept', price('茶'.repeat(42) + 'x'), false, '茶'.repeat(42) + 'x'],
  ['128 bytes are cut between characters', price('茶'.repeat(43)), false, '茶'.repeat(42)],
  ['an emoji is not cut in two', price('x'.repeat(120) + '👨‍👩‍👧'), false, 'x'.repeat(120)],
  ['cloudpay keeps emoji', price('🍵 茶'), false, '🍵 茶'],
  ['API v3 gets none', price('🍵 茶👨‍👩‍👧礼盒'), true, '茶礼盒'],
  ['nor a rare character', price('𠮷野家'), true, '□野家'],
])(
  'a description that its channel refuses is sent as it takes it, and logged: %s',
  (_, given, isNarrow, sent) =>
    onStage(async (stage) => {
      const settings = { ...stage.deps.orderSettings, narrowText: isNarrow ? [MERCHANT] : [] };
      const { create, asked } = shop(stage, { price: () => given, settings });
      expect(await create()).toMatchObject({ ok: true });
      expect(asked.map(({ body: text }) => text)).toEqual([sent]);
      const logged = stage.log.lines.filter(({ event }) => event === 'goods_description_changed');
      expect(logged).toHaveLength(sent === given.body ? 0 : 1);
    }),
);

test.each<[string, Price, boolean]>([
  ['128 bytes on cloudpay', { ...price('tea'), attach: 'a'.repeat(128) }, false],
  ['129 bytes on API v3', { ...price('tea'), attach: 'a'.repeat(129) }, true],
  ['emoji on API v3', { ...price('tea'), attach: '🍵' }, true],
  ['a body of nothing but emoji on API v3', price('🍵🍵'), true],
])('an attach that its channel refuses is refused to the developer: %s', (_, given, isNarrow) =>
  onStage(async (stage) => {
    const settings = { ...stage.deps.orderSettings, narrowText: isNarrow ? [MERCHANT] : [] };
    const { create, asked } = shop(stage, { price: () => given, settings });
    expect(await create()).toMatchObject({ ok: false, code: 'PRICE_BROKEN', retry: false });
    expect(asked).toEqual([]);
  }),
);

test('an attach of 128 bytes is taken on API v3', () =>
  onStage(async (stage) => {
    const settings = { ...stage.deps.orderSettings, narrowText: [MERCHANT] };
    const given = { ...price('tea'), attach: 'a'.repeat(128) };
    expect(await shop(stage, { price: () => given, settings }).create()).toMatchObject({ ok: true });
  }));

test('a body in any script, with emoji, is no fault', () =>
  onStage(async (stage) => {
    const { create } = shop(stage, { price: body('龙井茶 👨‍👩‍👧 عرض') });
    expect(await create()).toMatchObject({ ok: true });
  }));

test.each<[string, () => Error]>([
  ['a database that does not answer', () => new Error('request timeout')],
  ['a network that failed', () => new TypeError('fetch failed', { cause: new Error('ECONNRESET') })],
])('%s while pricing is worth a retry, and is logged', (_, throws) =>
  onStage(async (stage) => {
    const { create } = shop(stage, { price: broken(throws) });
    expect(await create()).toMatchObject({ ok: false, code: 'INTERNAL', retry: true });
    expect(stage.log.lines.map(({ event }) => event)).toEqual(['price_failed']);
  }),
);

test('a prepay order that could not be noted is handed to the payer all the same', () =>
  onStage(async (stage) => {
    let notes = 0;
    const note = async () => {
      notes += 1;
      throw new StoreError('unavailable', 'no answer');
    };
    const { create } = shop(stage, { orders: { ...stage.store.orders, note } });
    expect(await create()).toMatchObject({ ok: true, payment: PAYMENT });
    expect(notes).toBe(1);
  }));

test.each<[string, PrepayAnswer, string, boolean]>([
  ['no answer', { kind: 'unknown', reason: 'transport', detail: '' }, 'WECHAT_PAY_UNKNOWN', true],
  ['paid already', { kind: 'refused', code: 'already_paid', detail: '' }, 'ORDER_ALREADY_PAID', false],
  ['a refusal', { kind: 'refused', code: 'not_authorised', detail: '' }, 'WECHAT_PAY_REFUSED', false],
  ['closed already', { kind: 'refused', code: 'already_closed', detail: '' }, 'ORDER_NOT_PAYABLE', false],
  ['a number used before', { kind: 'refused', code: 'number_used', detail: '' }, 'ORDER_NOT_PAYABLE', false],
])('%s from WeChat Pay leaves the order pending', (_, answer, code, retry) =>
  onStage(async (stage) => {
    const { create } = shop(stage, {}, [answer]);
    expect(await create()).toMatchObject({ ok: false, code, retry });
    expect((await stage.store.orders.counts()).payment).toMatchObject({ pending: 1 });
    expect(await create()).toMatchObject({ ok: true });
  }),
);

test('an order about to expire is not offered for payment', () =>
  onStage(async (stage) => {
    const { create } = shop(stage, {}, [{ kind: 'unknown', reason: 'transport', detail: '' }]);
    await create();
    stage.advance(1_800_000 - 60_000);
    expect(await create()).toMatchObject({ code: 'ORDER_NOT_PAYABLE' });
  }));

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['no requestId', { cart: [] }],
  ['a short requestId', { requestId: 'short', cart: [] }],
  ['no cart', { requestId: EVENT.requestId }],
  ['a cart that is no JSON', { requestId: EVENT.requestId, cart: { price: Number.NaN } }],
  ['a huge cart', { requestId: EVENT.requestId, cart: 'x'.repeat(20_000) }],
])('%s is refused by name and changes nothing', (_, event) =>
  onStage(async (stage) => {
    const { create, asked } = shop(stage);
    expect(await create(event ?? null)).toMatchObject({ ok: false, code: 'BAD_INPUT', retry: false });
    expect(asked).toEqual([]);
  }),
);

test('without a payer there is no order', () =>
  onStage(async (stage) => {
    expect(await shop(stage).create(EVENT, { ...CALLER, payer: null })).toMatchObject({ code: 'NO_PAYER' });
  }));
