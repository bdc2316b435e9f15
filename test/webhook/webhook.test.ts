import { randomBytes } from 'node:crypto';
import type { FulfilDeps } from '../../lib/orders/fulfil';
import { fulfilDue } from '../../lib/orders/fulfil';
import type { WholeOrder } from '../../lib/model/order';
import { isRecord, parseJson } from '../../lib/values/json';
import type { Timers } from '../../lib/runtime/timers';
import { systemTimers } from '../../lib/runtime/timers';
import { testFulfilment } from '../../lib/ops/running/test-fulfilment';
import type { Webhook, WebhookSettings } from '../../lib/webhook/webhook';
import { openWebhook } from '../../lib/webhook/webhook';
import { verified } from '../../examples/receiver/receiver';
import type { Stage } from '../inbox/stage';
import { onStage, PLENTY } from '../inbox/stage';
import { LI, operateOn } from '../ops/operating';
import type { LoopbackRobot, Received } from '../robots/loopback';
import { says, withRobot } from '../robots/loopback';
import { order, START, tradeNo } from '../store/builders';

const secret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
const SECRET = secret();
const NEXT = secret();

interface Shop {
  readonly stage: Stage;
  readonly receiver: LoopbackRobot;
  readonly webhook: Webhook;
  readonly deps: FulfilDeps;
  readonly run: () => ReturnType<typeof fulfilDue>;
  readonly pay: (...numbers: readonly number[]) => Promise<void>;
  readonly seen: (n: number) => Promise<WholeOrder | undefined>;
}

/** Paid orders, a receiver on this machine, and a webhook that calls it. */
function withShop(
  over: Partial<WebhookSettings>,
  run: (shop: Shop) => Promise<void>,
  timers: Timers = systemTimers,
): Promise<void> {
  return withRobot((receiver) =>
    onStage(async (stage) => {
      const settings = {
        url: `${receiver.url}/fulfil?shop=1`,
        perSecond: null,
        breaker: { failures: 3, pauseMs: 30_000, longestPauseMs: 300_000 },
        timeoutMs: 10_000,
        secrets: [SECRET],
        ...over,
      };
      const webhook = openWebhook(settings, { ...stage.deps, timers, store: stage.store });
      const deps: FulfilDeps = {
        ...stage.deps,
        timers,
        store: stage.store,
        fulfil: webhook.fulfil,
        gate: webhook.gate,
        settings: {
          concurrency: 8,
          attempts: 3,
          timeoutMs: settings.timeoutMs,
          quickRetries: 2,
          backoff: { firstMs: 1_000, maxMs: 8_000 },
        },
      };
      await run({
        stage,
        receiver,
        webhook,
        deps,
        run: () => fulfilDue(deps, PLENTY),
        pay: async (...numbers) => {
          for (const n of numbers) {
            const dueAt = stage.deps.clock.now();
            const fulfilment = { state: 'due', attempts: 0, dueAt, lease: null, lastError: null } as const;
            await stage.store.orders.create(order(n, { fulfilment }));
          }
        },
        seen: async (n) => (await stage.store.orders.find([tradeNo(n)]))[0],
      });
    }),
  );
}

const readBy = ({ headers, text }: Received, key: string, at: number = START): unknown =>
  verified(headers, text, key, at);

test('a paid order is called for with its key and a signature, and the receipt and the call are kept', () =>
  withShop({}, async ({ receiver, run, pay, seen }) => {
    await pay(1);
    receiver.behave(says('{"receipt":"SF1\\ud83d"}', 201));
    expect(await run()).toMatchObject({ done: 1 });
    const [received] = receiver.received;
    if (received === undefined) throw new Error('nothing was received');
    expect(received.headers['webhook-id']).toBe(`fulfil:${tradeNo(1)}`);
    const one = order(1);
    expect(readBy(received, SECRET)).toEqual({
      type: 'order.paid',
      timestamp: new Date(START).toISOString(),
      data: {
        idempotencyKey: `fulfil:${tradeNo(1)}`,
        order: {
          outTradeNo: one.outTradeNo,
          requestId: one.requestId,
          subMchId: one.subMchId,
          payer: one.payer,
          total: one.total,
          currency: 'CNY',
          body: one.body,
          attach: one.attach,
          cart: one.cart,
          createdAt: one.createdAt,
          expiresAt: one.expiresAt,
          payment: one.payment,
          otherPayments: [],
          refunds: [],
        },
      },
    });
    expect(readBy(received, NEXT)).toBe(null);
    expect(await seen(1)).toMatchObject({
      fulfilment: { state: 'done', receipt: 'SF1' },
      calls: [{ at: START, ms: 0, result: 'fulfilled', status: 201, said: '{"receipt":"SF1\\ud83d"}' }],
    });
  }));

test('during a rotation a receiver of either secret accepts a call', () =>
  withShop({ secrets: [SECRET, NEXT] }, async ({ receiver, run, pay }) => {
    await pay(1);
    receiver.behave(says(''));
    await run();
    const [received] = receiver.received;
    if (received === undefined) throw new Error('nothing was received');
    expect(readBy(received, SECRET)).toMatchObject({ type: 'order.paid' });
    expect(readBy(received, NEXT)).toMatchObject({ type: 'order.paid' });
    expect(readBy(received, secret())).toBe(null);
    expect(readBy({ ...received, text: `${received.text} ` }, SECRET)).toBe(null);
    expect(readBy(received, SECRET, START + 301_000)).toBe(null);
  }));

test('what the receiver says of an order ends it or spends its attempts, and nothing else does', () =>
  withShop({}, async ({ stage, receiver, run, pay, seen }) => {
    await pay(1);
    receiver.behave(says(`{"ok":false,"message":"sold\\u0000 out for ${order(1).payer}"}`, 422));
    expect(await run()).toMatchObject({ retried: 1 });
    expect(receiver.received).toHaveLength(1);
    const declined = await seen(1);
    expect(declined).toMatchObject({
      fulfilment: { state: 'due', attempts: 1 },
      calls: [{ result: 'declined' }],
    });
    expect(JSON.stringify([declined?.fulfilment, declined?.calls, stage.log.lines])).not.toContain(
      order(1).payer,
    );
    stage.advance(8_000);
    receiver.behave(says('{"ok":false,"permanent":true,"message":"no such course"}'));
    expect(await run()).toMatchObject({ dead: 1 });
    expect(await seen(1)).toMatchObject({
      fulfilment: { state: 'dead', attempts: 2, reason: 'PermanentFulfilmentError: no such course' },
      calls: [
        { result: 'declined', status: 422 },
        { result: 'refused', status: 200 },
      ],
    });
    await pay(2);
    receiver.behave({
      kind: 'answer',
      status: 302,
      text: '',
      headers: { location: `${receiver.url}/elsewhere` },
    });
    const before = receiver.received.length;
    expect(await run()).toMatchObject({ waiting: 1 });
    expect(receiver.received.slice(before).map(({ path }) => path)).toEqual(['/fulfil']);
    expect(await seen(2)).toMatchObject({
      fulfilment: { state: 'due', attempts: 0, lastError: 'FulfilmentUnavailable: HTTP 302' },
    });
  }));

test('a refusal that cannot be read whole never counts as fulfilled', () =>
  withShop({}, async ({ stage, receiver, webhook, run, pay, seen }) => {
    const refusal = JSON.stringify({ stack: 'x'.repeat(20_000), ok: false, message: 'sold out' });
    const compressed = { 'content-encoding': 'gzip' };
    await pay(1);
    receiver.behave(says(refusal), { kind: 'answer', text: 'binary', headers: compressed });
    expect(await run()).toMatchObject({ done: 0, waiting: 1 });
    stage.advance(8_000);
    expect(await run()).toMatchObject({ done: 0, waiting: 1 });
    expect(await seen(1)).toMatchObject({
      fulfilment: { state: 'due', attempts: 0 },
      calls: [{ result: 'unavailable', status: 200 }, { result: 'unavailable' }],
    });
    expect(await webhook.test('test:1')).toMatchObject({ problem: 'unreadable' });
    expect(receiver.received[0]?.headers['accept-encoding']).toBe('identity');
  }));

test('an outage of days spends no attempt and writes no history; one order tests it, and all follow', () =>
  withShop({}, async ({ stage, receiver, webhook, run, pay, seen }) => {
    receiver.behave({ kind: 'reset' });
    await pay(1, 2, 3, 4, 5);
    expect(await run()).toMatchObject({ waiting: 5 });
    expect(webhook.gate.allowed()).toBe('none');
    const calls = receiver.received.length;
    stage.advance(20_000);
    expect(await run()).toMatchObject({ claimed: 0 });
    expect(receiver.received).toHaveLength(calls);
    for (let hour = 0; hour < 48; hour += 1) {
      stage.advance(3_600_000);
      expect(await run()).toMatchObject({ claimed: 1, waiting: 1 });
    }
    expect(receiver.received).toHaveLength(calls + 48);
    const kept = await Promise.all([1, 2, 3, 4, 5].map(seen));
    for (const one of kept) {
      expect(one).toMatchObject({
        fulfilment: { state: 'due', attempts: 0 },
        history: [{ event: 'created' }],
      });
      expect(one?.calls?.length).toBeLessThanOrEqual(20);
    }
    receiver.behave(says(''));
    stage.advance(300_000);
    expect(await run()).toMatchObject({ claimed: 5, done: 5 });
    const logged = stage.log.lines.map(({ event }) => event);
    expect(logged.filter((event) => event === 'fulfilment_paused')).toHaveLength(1);
    expect(logged.filter((event) => event === 'fulfilment_resumed')).toHaveLength(1);
    // Neither the path nor the query of the address is logged.
    expect(JSON.stringify(stage.log.lines)).not.toContain('shop=1');
  }));

test('a receiver that asks for time gets it, and loses no order', () =>
  withShop({}, async ({ stage, receiver, webhook, run, pay, seen }) => {
    receiver.behave(
      { kind: 'answer', status: 429, text: 'slow down', headers: { 'retry-after': '60' } },
      says(''),
    );
    await pay(1);
    expect(await run()).toMatchObject({ waiting: 1 });
    expect(webhook.gate.allowed()).toBe('none');
    expect(await seen(1)).toMatchObject({
      calls: [{ status: 429, said: 'slow down', result: 'unavailable' }],
    });
    stage.advance(59_999);
    expect(await run()).toMatchObject({ claimed: 0 });
    stage.advance(1);
    expect(await run()).toMatchObject({ done: 1 });
  }));

test.each([{ kind: 'silent' }, { kind: 'trickle' }] as const)(
  'a receiver that is $kind for too long is asked again with the same key, and the connection is let go',
  (behaviour) => {
    const due = new Set<() => void>();
    const timers: Timers = {
      after: (_ms, then) => {
        due.add(then);
        return () => due.delete(then);
      },
    };
    const story = async ({ stage, receiver, run, pay, seen }: Shop): Promise<void> => {
      receiver.behave(behaviour, says('{"receipt":"late"}'));
      await pay(1);
      const asked = run();
      await receiver.whenReceived(1);
      for (const then of due) then();
      expect(await asked).toMatchObject({ waiting: 1, retried: 0 });
      expect(await seen(1)).toMatchObject({
        fulfilment: { state: 'due', attempts: 0 },
        calls: [{ result: 'unavailable', status: null, said: 'timeout' }],
      });
      stage.advance(8_000);
      expect(await run()).toMatchObject({ done: 1 });
      const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
      expect(ids).toEqual([`fulfil:${tradeNo(1)}`, `fulfil:${tradeNo(1)}`]);
    };
    return withShop({}, story, timers);
  },
);

test('calls start at the configured rate, and what gets no turn in time is left untouched', () =>
  withShop({ perSecond: 2 }, async ({ stage, receiver, deps, webhook, run, pay, seen }) => {
    receiver.behave(says(''));
    await pay(1);
    expect(webhook.gate.most).toBe(4);
    const take = () => Promise.resolve(null);
    const busy = openWebhook(
      {
        url: receiver.url,
        perSecond: 2,
        breaker: { failures: 3, pauseMs: 1, longestPauseMs: 1 },
        timeoutMs: 10_000,
        secrets: [SECRET],
      },
      { ...stage.deps, store: { paces: { take } } },
    );
    expect(await fulfilDue({ ...deps, ...busy }, PLENTY)).toMatchObject({ done: 0 });
    expect(receiver.received).toEqual([]);
    expect(await seen(1)).toMatchObject({ fulfilment: { state: 'due', attempts: 0 } });
    expect(await run()).toMatchObject({ done: 1 });
  }));

test('a test call names no order, says what is wrong, and is recorded; it changes nothing that is known', () =>
  withShop({}, async ({ stage, receiver, webhook }) => {
    const { deps, ask } = operateOn(stage.store, () => stage.deps.clock.now(), { webhook });
    receiver.behave(says('{"message":"the signature does not fit"}', 401), says('', 204));
    const refused = await ask('test_fulfilment');
    expect(refused).toMatchObject({
      ok: true,
      tested: {
        status: 401,
        result: 'unavailable',
        problem: 'unauthorized',
        host: new URL(receiver.url).host,
      },
    });
    const tested = await testFulfilment(deps, LI);
    expect(tested).toMatchObject({ status: 204, problem: null });
    const events = receiver.received.map((one) => readBy(one, SECRET));
    expect(events).toMatchObject([{ type: 'test' }, { type: 'test' }]);
    const ids = receiver.received.map(({ text }) => {
      const event = parseJson(text);
      return isRecord(event) && isRecord(event['data']) ? event['data']['idempotencyKey'] : null;
    });
    expect(ids).toEqual([expect.stringMatching(/^test:/), isRecord(tested) ? tested['id'] : null]);
    expect(webhook.gate.allowed()).toBe('any');
    const { items } = await stage.store.audit.list({ after: null, limit: 9, subject: null });
    expect(items[0]).toMatchObject({ action: 'test_fulfilment', outcome: 'done', who: 'li' });
    expect(await ask('test_fulfilment', {}, { name: 'zhao', role: 'read' })).toMatchObject({
      code: 'READ_ONLY',
    });
    const without = operateOn(stage.store, () => stage.deps.clock.now());
    expect(await without.ask('test_fulfilment')).toEqual({ ok: true, tested: null });
  }));
