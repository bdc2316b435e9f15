import fc from 'fast-check';
import { closeOrder } from '../../../functions/closeOrder/function';
import { createOrder } from '../../../functions/createOrder/function';
import { refundOrder } from '../../../functions/refundOrder/function';
import type { Caller } from '../../../lib/model/caller';
import type { MerchantPorts } from '../../../lib/hosting/ports';
import { budgetOf } from '../../../lib/runtime/budget';
import { fen } from '../../../lib/values/fen';
import type { OutTradeNo } from '../../../lib/values/ids';
import { isOutTradeNo } from '../../../lib/values/ids';
import { isRecord } from '../../../lib/values/json';
import type { ApiFaultRequest } from '../../../simulator/api-faults';
import type { DeliveryFaults } from '../../../simulator/notification';
import type { RefundQueryManner } from '../../../simulator/refund/query-refund-api';
import type { RefundScript as Fate } from '../../../simulator/refund/script';
import { SimulatorError } from '../../../simulator/simulator-error';
import { followRefunds } from '../../../workers/followRefunds/worker';
import { processInbox } from '../../../workers/processInbox/worker';
import { reconcileOrders } from '../../../workers/reconcileOrders/worker';
import { reconcileStatement } from '../../../workers/reconcileStatement/worker';
import { PAYER } from '../../store/builders';
import type { Task, World } from './world';

/** The orders of a history, by their place in it. */
export const ORDERS = 2;

const WORKERS = { processInbox, followRefunds, reconcileOrders, reconcileStatement } as const;

/** The workers that have to do with refunds. */
export type WorkerName = keyof typeof WORKERS;

/**
 * An operator's request. The amount is a share of the order's total in tenths; null for everything
 * left.
 */
export interface RefundCall {
  readonly order: number;
  readonly tenths: number | null;
  readonly name: { readonly by: 'rest' } | { readonly by: 'request' | 'number'; readonly n: number };
}

/** One thing that happens. */
export type Play =
  | { readonly does: 'pay'; readonly order: number; readonly faults: DeliveryFaults }
  | { readonly does: 'close'; readonly order: number }
  /** Asked for so many times at once. */
  | { readonly does: 'refund'; readonly call: RefundCall; readonly times: number }
  | {
      readonly does: 'refund_in_back_office';
      readonly order: number;
      readonly tenths: number;
      readonly tells: 'refundCallback' | 'payCallback' | 'nobody';
    }
  | { readonly does: 'handle_abnormal'; readonly as: 'SUCCESS' | 'REFUNDCLOSE' }
  | { readonly does: 'decide_fate'; readonly fate: Fate }
  | { readonly does: 'slow_down_a_refund' }
  | { readonly does: 'disturb'; readonly requests: readonly ApiFaultRequest[] }
  | { readonly does: 'answer_queries'; readonly manner: RefundQueryManner }
  | { readonly does: 'work'; readonly worker: WorkerName }
  | { readonly does: 'pass'; readonly ms: number };

/** A play, and how many steps are taken after it before the next one. */
export interface Scene {
  readonly play: Play;
  readonly steps: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const anOrder = fc.nat(ORDERS - 1);
const tenths = fc.constantFrom(1, 3, 5, 5, 7, 10, 12);

const deliveryFaults: fc.Arbitrary<DeliveryFaults> = fc.constantFrom<DeliveryFaults>(
  {},
  { lose: 'first' },
  { lose: 'all' },
  { duplicates: 2 },
  { concurrent: 3 },
  { delayMs: 10 * MINUTE },
);

const refundCalls: fc.Arbitrary<RefundCall> = fc.oneof(
  fc.record({
    order: anOrder,
    tenths: fc.constant(null),
    name: fc.constant({ by: 'rest' as const }),
  }),
  fc.record({
    order: anOrder,
    tenths: fc.option(tenths, { freq: 9 }),
    name: fc.record({ by: fc.constantFrom('request' as const, 'number' as const), n: fc.nat(3) }),
  }),
);

const fates: fc.Arbitrary<Fate> = fc.record({
  outcome: fc.constantFrom('succeeds' as const, 'succeeds' as const, 'closes' as const, 'pending' as const),
  notify: fc.constantFrom('once' as const, 'never' as const, 'twice' as const),
  takesMs: fc.constantFrom(0, 3_000, 10 * MINUTE, 30 * HOUR),
  source: fc.constantFrom('wx_paycallback', 'wx_paycallback', 'wx_unknown'),
  faults: deliveryFaults,
});

const oddFates: fc.Arbitrary<Fate> = fc.oneof(
  fc.record({
    outcome: fc.constant('abnormal' as const),
    notify: fc.constantFrom('once' as const, 'never' as const, 'overtaken' as const),
    takesMs: fc.constantFrom(0, 10 * MINUTE),
  }),
  fc.record({
    outcome: fc.constantFrom('succeeds' as const, 'closes' as const),
    notify: fc.constant('before_answer' as const),
  }),
);

const disturbances: fc.Arbitrary<ApiFaultRequest> = fc.record({
  api: fc.constantFrom('refund' as const, 'refund' as const, 'queryRefund' as const, 'queryOrder' as const),
  fault: fc.constantFrom<ApiFaultRequest['fault']>(
    { kind: 'lost_request' },
    { kind: 'lost_answer' },
    { kind: 'system_error' },
    { kind: 'system_error', takesEffect: true },
    { kind: 'rate_limited' },
    { kind: 'missing_api_token' },
    { kind: 'refused', code: 'NOTENOUGH', text: '基本账户余额不足，请充值后重新发起' },
    { kind: 'refused', code: 'USER_ACCOUNT_ABNORMAL', text: '用户帐号注销' },
  ),
  times: fc.integer({ min: 1, max: 3 }),
});

/** A refund is accepted, but the answer is lost, and a repeat is refused, as for a full refund. */
const TAKEN_THEN_REFUSED: readonly ApiFaultRequest[] = [
  { api: 'refund', fault: { kind: 'lost_answer' }, times: 1 },
  { api: 'refund', fault: { kind: 'refused', code: 'ERROR', text: '订单已全额退款' }, times: 1 },
];

const plays: fc.Arbitrary<Play> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('pay' as const), order: anOrder, faults: deliveryFaults }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('close' as const), order: anOrder }) },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('refund' as const),
      call: refundCalls,
      times: fc.constantFrom(1, 1, 2, 3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('refund_in_back_office' as const),
      order: anOrder,
      tenths,
      tells: fc.constantFrom('refundCallback' as const, 'payCallback' as const, 'nobody' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('handle_abnormal' as const),
      as: fc.constantFrom('SUCCESS' as const, 'REFUNDCLOSE' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('decide_fate' as const), fate: fc.oneof(fates, oddFates) }),
  },
  { weight: 1, arbitrary: fc.constant({ does: 'slow_down_a_refund' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('disturb' as const),
      requests: fc.oneof(
        { weight: 2, arbitrary: fc.tuple(disturbances) },
        { weight: 1, arbitrary: fc.constant(TAKEN_THEN_REFUSED) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('answer_queries' as const),
      manner: fc.constantFrom('totals' as const, 'whole' as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constant('work' as const),
      worker: fc.constantFrom<WorkerName>(
        'processInbox',
        'processInbox',
        'followRefunds',
        'followRefunds',
        'reconcileOrders',
        'reconcileStatement',
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('pass' as const),
      ms: fc.constantFrom(5_000, MINUTE, 2 * MINUTE, 10 * MINUTE, HOUR, 20 * HOUR),
    }),
  },
);

const steps = fc.constantFrom(0, 1, 3, 10, 40, 200);

/** Most orders are paid soon, some only after they were closed, and most of these become known. */
const openings: fc.Arbitrary<readonly Scene[]> = fc
  .tuple(
    ...Array.from({ length: ORDERS }, () =>
      fc.record({
        begins: fc.constantFrom('paid', 'paid', 'paid', 'closed', 'unpaid'),
        faults: deliveryFaults,
      }),
    ),
  )
  .map((all) => [
    ...all.flatMap(({ begins, faults }, order): Scene[] => {
      const pay: Scene = { play: { does: 'pay', order, faults }, steps: 10 };
      const close: Scene = { play: { does: 'close', order }, steps: 40 };
      if (begins === 'unpaid') return [];
      return begins === 'paid' ? [pay] : [{ play: { does: 'pass', ms: 6 * MINUTE }, steps: 0 }, close, pay];
    }),
    { play: { does: 'pass', ms: 5_000 }, steps: 10 },
    { play: { does: 'work', worker: 'processInbox' }, steps: 40 },
  ]);

/** What happens, one thing after the other; what was begun goes on meanwhile. */
export const histories: fc.Arbitrary<readonly Scene[]> = fc
  .tuple(openings, fc.array(fc.record({ play: plays, steps }), { minLength: 5, maxLength: 40, size: 'max' }))
  .map(([opening, rest]) => [...opening, ...rest]);

const PAYING: Caller = { payer: PAYER, source: 'wx_client', ip: '203.0.113.7', by: { kind: 'nobody' } };
const OPERATOR: Caller = {
  payer: null,
  source: 'wx_devtools',
  ip: '127.0.0.1',
  by: { kind: 'person', name: 'wx_devtools', role: 'act' },
};

/** What a history has done so far. */
export interface Told {
  readonly orders: readonly OutTradeNo[];
  /** Every call that was made for a refund, each once, whether or not anything came of it. */
  readonly calls: Map<string, RefundCall>;
  /** The refunds that callers were promised, by their numbers, and the request each belongs to. */
  readonly promised: Map<string, string>;
  /** The faults that calls to WeChat Pay were given. */
  readonly disturbances: ApiFaultRequest[];
}

/** Makes the orders of a history. */
export async function begin(world: World): Promise<Told> {
  const orders: OutTradeNo[] = [];
  for (let n = 1; n <= ORDERS; n += 1) {
    const event = { requestId: `request-${String(n).padStart(4, '0')}`, cart: [{ sku: 'tea', count: n }] };
    // It may break off or get no answer: the payer tries again.
    for (let tries = 0; orders.length < n && tries < 20; tries += 1) {
      const task = world.begin(async (ports) => {
        const reply: unknown = await createOrder(ports)(event, PAYING);
        const outTradeNo = isRecord(reply) ? reply['outTradeNo'] : undefined;
        if (isOutTradeNo(outTradeNo)) orders.push(outTradeNo);
      });
      await world.finish(task);
    }
  }
  return { orders, calls: new Map(), promised: new Map(), disturbances: [] };
}

/** Begins what a play does. */
export async function act(world: World, told: Told, play: Play): Promise<void> {
  const { simulator, time } = world;
  const number = (n: number): OutTradeNo => {
    const found = told.orders[n];
    if (found === undefined) throw new RangeError('there is no such order');
    return found;
  };
  switch (play.does) {
    case 'pay':
      return maybe(() =>
        simulator.pay(number(play.order), { faults: { ...play.faults, payAfterClose: true } }),
      );
    case 'close': {
      const event = { outTradeNo: number(play.order) };
      world.begin((ports) => closeOrder(ports)(event, PAYING));
      return;
    }
    case 'refund':
      for (let n = 0; n < play.times; n += 1) ask(world, told, play.call);
      return;
    case 'refund_in_back_office': {
      const outTradeNo = number(play.order);
      const total = simulator.describe(outTradeNo)?.order.asked.totalFee ?? 0;
      return maybe(() =>
        simulator.refundInBackOffice({
          outTradeNo,
          refundFee: fen(Math.trunc((total * play.tenths) / 10)),
          callback: play.tells === 'nobody' ? undefined : play.tells,
        }),
      );
    }
    case 'handle_abnormal': {
      const [first] = simulator.refunds().filter(({ state }) => state === 'CHANGE');
      if (first !== undefined) simulator.resolveRefund(first.asked.outRefundNo, play.as);
      return;
    }
    case 'decide_fate':
      simulator.scriptRefund(null, play.fate);
      return;
    case 'slow_down_a_refund':
      world.slowDown();
      return;
    case 'disturb':
      for (const request of play.requests) simulator.disturb(request);
      told.disturbances.push(...play.requests);
      return;
    case 'answer_queries':
      simulator.answerRefundQueries(play.manner);
      return;
    case 'work':
      work(world, play.worker);
      return;
    case 'pass':
      return time.pass(play.ms);
  }
}

/** From now on calls to WeChat Pay work: planned faults that met no call yet are used up. */
export async function calmWeChatPay({ simulator }: World, { disturbances }: Told): Promise<void> {
  for (const { api, times = 1 } of disturbances) {
    for (let n = 0; n < times; n += 1) await simulator.payApi(api, {}).catch(() => undefined);
  }
}

/** Begins a run of a worker. */
export function work(world: World, worker: WorkerName): Task {
  return world.begin((ports: MerchantPorts) => WORKERS[worker](ports)(budgetOf(ports.clock, 60_000)));
}

/** An operator asks for a refund. */
export function ask(world: World, told: Told, call: RefundCall): Task {
  told.calls.set(JSON.stringify(call), call);
  const outTradeNo = told.orders[call.order];
  const total = world.simulator.describe(outTradeNo ?? '')?.order.asked.totalFee ?? 0;
  const event = {
    outTradeNo,
    ...(call.tenths === null ? {} : { amount: Math.trunc((total * call.tenths) / 10) }),
    ...named(call),
  };
  return world.begin(async (ports) => {
    const reply: unknown = await refundOrder(ports)(event, OPERATOR);
    const refund = isRecord(reply) ? reply['refund'] : undefined;
    const outRefundNo = isRecord(refund) ? refund['outRefundNo'] : undefined;
    if (typeof outRefundNo === 'string') told.promised.set(outRefundNo, nameOf(call));
  });
}

/** What makes a call this one: the same name is the same refund, whatever else is said with it. */
export function nameOf({ order, name }: RefundCall): string {
  return name.by === 'rest' ? `rest of ${order}` : `${name.by} ${name.n} of ${order}`;
}

function named({ order, name }: RefundCall): object {
  switch (name.by) {
    case 'rest':
      return {};
    case 'request':
      return { requestId: `refund-request-${name.n}` };
    case 'number':
      return { outRefundNo: `R${order}-${name.n}` };
  }
}

/** What WeChat Pay declines does not happen. */
async function maybe(what: () => unknown): Promise<void> {
  try {
    what();
  } catch (error) {
    if (!(error instanceof SimulatorError)) throw error;
  }
}
