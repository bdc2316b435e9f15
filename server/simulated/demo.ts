import { isInboxKey } from '../../lib/model/message';
import type { Order } from '../../lib/model/order';
import { viewOf } from '../../lib/orders/view';
import { fen, isFen, isPayableFen } from '../../lib/values/fen';
import { sideText, yuan } from '../../lib/values/yuan';
import type { OutTradeNo } from '../../lib/values/ids';
import { isOutTradeNo, maskPayer } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';
import type { PaymentFaults, PaymentRequest } from '../../simulator/simulator';
import { SimulatorError } from '../../simulator/simulator-error';
import type { SimulatedSystem, System } from '../compose';
import type { Answer } from '../door/http';
import { json, problem } from '../door/http';

/** The newest orders as their payers see them, at most 20, for the demo page. */
export async function recentOrders(system: SimulatedSystem): Promise<Answer> {
  const { items } = await system.store.orders.list({ after: null, limit: 20 });
  return json(200, {
    ok: true,
    orders: items.map((order) => ({
      ...viewOf(order),
      amount: yuan(order.total),
      createdAt: order.createdAt,
    })),
  });
}

/**
 * An order's whole timeline: the order with its payer masked, its inbox messages, its
 * discrepancies, and what the simulator delivered.
 */
export async function orderStory(system: SimulatedSystem, outTradeNo: string): Promise<Answer> {
  if (!isOutTradeNo(outTradeNo))
    return problem(400, 'BAD_INPUT', 'an order number has 1 to 32 of 0-9A-Za-z_-|*');
  const [order] = await system.store.orders.find([outTradeNo]);
  if (order === undefined) return problem(404, 'ORDER_NOT_FOUND', 'no order has this number');
  const [messages, discrepancies] = await Promise.all([
    system.store.inbox.ofOrder(outTradeNo),
    system.store.discrepancies.ofOrder(outTradeNo),
  ]);
  const simulated = system.simulator.describe(outTradeNo);
  return json(200, {
    ok: true,
    order: masked(order),
    messages: messages.map((message) => ({ ...message, raw: undefined, content: message.content.kind })),
    discrepancies: discrepancies.map((one) =>
      one.class === 'payer_mismatch'
        ? { ...one, ours: '***', theirs: '***' }
        : { ...one, ours: sideText(one.ours), theirs: sideText(one.theirs) },
    ),
    simulator:
      simulated === null
        ? null
        : { deliveries: simulated.deliveries, acks: simulated.acks, state: simulated.order.state },
  });
}

/** What the sample `merchant/price.ts` sells. */
const ARTICLES = [
  { sku: 'tea', price: fen(5_800) },
  { sku: 'cup', price: fen(3_200) },
  { sku: 'cake', price: fen(990) },
] as const;

/**
 * What the demo page offers: articles with their prices in yuan, and the merchants that an order
 * can be paid to, with their channels.
 */
export function demoShop(system: SimulatedSystem): Answer {
  const merchants = system.config.merchants.map(({ subMchId, name, channel }) => ({
    subMchId,
    name,
    channel: channel.kind === 'v3' ? `v3 ${channel.party.mode}` : channel.kind,
  }));
  const articles = ARTICLES.map(({ sku, price }) => ({ sku, amount: yuan(price) }));
  return json(200, { ok: true, articles, merchants });
}

/** Pays an order as its payer: `{outTradeNo, coupon?: fen, faults?}`. */
export function simulatePayment(system: SimulatedSystem, body: unknown): Answer {
  if (!isRecord(body) || !isOutTradeNo(body['outTradeNo']))
    return problem(400, 'BAD_INPUT', 'send {outTradeNo, faults?}');
  const request = requestOf(body);
  if (request === null) {
    return problem(
      400,
      'BAD_INPUT',
      'faults may hold duplicates, concurrent, delayMs, lose, probes, wrongAmount, payAfterClose, again',
    );
  }
  return simulated(() => {
    const payment = system.simulator.pay(String(body['outTradeNo']), request);
    return { ok: true, transactionId: payment.transactionId };
  });
}

/** Abandons an order as its payer: `{outTradeNo}`. */
export function simulateAbandon(system: SimulatedSystem, body: unknown): Answer {
  if (!isRecord(body) || !isOutTradeNo(body['outTradeNo']))
    return problem(400, 'BAD_INPUT', 'send {outTradeNo}');
  return simulated(() => {
    system.simulator.abandon(String(body['outTradeNo']));
    return { ok: true };
  });
}

/**
 * Calls the callback as somebody other than WeChat Pay: `{outTradeNo, source?}`. Returns the
 * callback's answer.
 */
export async function simulateForgery(system: SimulatedSystem, body: unknown): Promise<Answer> {
  if (!isRecord(body) || !isOutTradeNo(body['outTradeNo']))
    return problem(400, 'BAD_INPUT', 'send {outTradeNo, source?}');
  const source = typeof body['source'] === 'string' ? body['source'] : 'wx_client';
  if (source === 'wx_paycallback')
    return problem(400, 'BAD_INPUT', 'a forger cannot set the platform’s own mark');
  const { answer } = await system.simulator.forge({ outTradeNo: body['outTradeNo'], source });
  return json(200, { ok: true, answer: isRecord(answer) ? answer : null });
}

/** The simulator's record of an order. */
export function simulatedOrder(system: SimulatedSystem, outTradeNo: string): Answer {
  const found = system.simulator.describe(outTradeNo);
  if (found === null) return problem(404, 'ORDER_NOT_FOUND', 'no order in the simulator has this number');
  return json(200, { ok: true, state: found.order.state, deliveries: found.deliveries, acks: found.acks });
}

/** Replays a dead message: `{key}`. */
export async function replayMessage(
  system: SimulatedSystem,
  body: unknown,
  now: Parameters<System['store']['inbox']['replay']>[2],
): Promise<Answer> {
  const key = isRecord(body) ? body['key'] : undefined;
  if (!isInboxKey(key)) return problem(400, 'BAD_INPUT', 'send {key} of a dead message');
  const [replayed] = await system.store.inbox.replay([key], 'the page', now);
  if (replayed !== true) return problem(409, 'NOT_DEAD', 'only a dead message can be replayed');
  system.workers.wake('processInbox');
  return json(200, { ok: true });
}

function simulated(act: () => object): Answer {
  try {
    return json(200, act());
  } catch (error) {
    if (error instanceof SimulatorError) return problem(409, error.code, error.message);
    throw error;
  }
}

function requestOf(body: Readonly<Record<string, unknown>>): PaymentRequest | null {
  const faults = faultsOf(body['faults'] ?? {});
  if (faults === null) return null;
  const coupon = body['coupon'];
  if (coupon === undefined) return { faults };
  return isPayableFen(coupon) ? { faults, coupon: { fee: coupon, type: 'NO_CASH' } } : null;
}

function faultsOf(value: unknown): PaymentFaults | null {
  if (!isRecord(value)) return null;
  const { duplicates, concurrent, delayMs, lose, probes, wrongAmount, payAfterClose, again } = value;
  const count = (given: unknown): given is number | undefined =>
    given === undefined || typeof given === 'number';
  if (!count(duplicates) || !count(concurrent) || !count(delayMs) || !count(probes)) return null;
  if (lose !== undefined && lose !== 'first' && lose !== 'all' && typeof lose !== 'number') return null;
  if (wrongAmount !== undefined && !isFen(wrongAmount)) return null;
  return {
    ...(duplicates === undefined ? {} : { duplicates }),
    ...(concurrent === undefined ? {} : { concurrent }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(lose === undefined ? {} : { lose }),
    ...(probes === undefined ? {} : { probes }),
    ...(wrongAmount === undefined ? {} : { wrongAmount }),
    payAfterClose: payAfterClose === true,
    again: again === true,
  };
}

function masked(order: Order): object {
  const numberOf: OutTradeNo = order.outTradeNo;
  return {
    ...order,
    outTradeNo: numberOf,
    payer: maskPayer(order.payer),
    prepay: order.prepay === null ? null : { at: order.prepay.at },
  };
}
