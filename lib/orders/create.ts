import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../model/caller';
import type { Log } from '../runtime/log';
import type { Refusal, Reply } from '../runtime/reply';
import { refuse, refuseForNow } from '../runtime/reply';
import type { Store } from '../store/port';
import type { OutTradeNo, PayerId } from '../values/ids';
import { isNewOutTradeNo } from '../values/ids';
import type { Clock, Instant } from '../values/instant';
import { later } from '../values/instant';
import type { Json } from '../values/json';
import { isJson, isRecord, parseJson } from '../values/json';
import type { PrepayAnswer, PrepayDraft, WeChatPay } from '../wechat/port';
import type { PaymentParameters } from '../model/facts';
import { jittered } from './ask-schedule';
import { checkedPrice } from './checked-price';
import type { Order, WholeOrder } from '../model/order';
import type { Price, PriceCart } from './price';
import type { OrderSettings } from './settings';

/** What creating an order needs. */
export interface CreateDeps {
  readonly orders: Store['orders'];
  readonly wechat: Pick<WeChatPay, 'unifiedOrder' | 'prepayBody'>;
  readonly price: PriceCart;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: OrderSettings;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
}

/** The order number and the parameters of `wx.requestPayment`. */
export type CreateReply = Reply<{ readonly outTradeNo: OutTradeNo; readonly payment: PaymentParameters }>;

/**
 * WeChat Pay keeps a prepay order payable for 2 hours. Ours is reused while at least 5 minutes are
 * left.
 */
const PREPAY_USABLE_MS = (2 * 60 - 5) * 60_000;

/**
 * An order is not offered for payment in the last minute before its deadline, which WeChat Pay
 * requires.
 */
const LAST_MINUTE_MS = 60_000;

const MAX_CART_CHARS = 16 * 1024;

/**
 * Creates an order and its prepay order. Event: `{requestId, cart}`. The merchant's code sets the
 * price. The order is durable before WeChat Pay learns of it, so a notification never precedes its
 * order.
 *
 * Idempotent per payer and `requestId` (8 to 64 of `0-9A-Za-z_-`): the order number is derived from
 * both, so the same request gives the same number, however often and however concurrently it is
 * made. A repeat with another cart is refused.
 */
export async function createOrder(deps: CreateDeps, event: unknown, caller: Caller): Promise<CreateReply> {
  const asked = readRequest(event);
  if (!asked.ok) return asked;
  if (caller.payer === null)
    return refuse('NO_PAYER', 'call this function from the mini program: it needs the payer');
  const order = await createOrFind(deps, asked, caller.payer, caller.ip);
  if ('ok' in order) return order;
  if (!isDeepStrictEqual(order.cart, asked.cart)) {
    return refuse(
      'REQUEST_ID_REUSED',
      'this requestId already names an order with another cart: use a new one',
    );
  }
  return prepay(deps, order, caller.ip);
}

/**
 * The order number for a payer's request: the prefix, and 120 bits of a hash of both in lower-case
 * base 32.
 */
export function orderNumberFor(prefix: string, payer: PayerId, requestId: string): OutTradeNo {
  const digest = createHash('sha256').update(`${payer}\n${requestId}`).digest();
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const number: string =
    prefix + Array.from(digest.subarray(0, 24), (byte) => alphabet.charAt(byte % 32)).join('');
  if (!isNewOutTradeNo(number)) throw new TypeError('orders.numberPrefix may hold up to 8 of 0-9A-Za-z_-');
  return number;
}

/**
 * A cart that was sold when the order was made may be refused by now. The existing order counts.
 */
async function createOrFind(
  deps: CreateDeps,
  asked: Request,
  payer: PayerId,
  ip: string,
): Promise<WholeOrder | Refusal> {
  const outTradeNo = orderNumberFor(deps.settings.numberPrefix, payer, asked.requestId);
  const { price, log, settings } = deps;
  const priced = await checkedPrice(
    { price, log, merchants: settings.merchants, narrowText: settings.narrowText },
    outTradeNo,
    asked.cart,
    payer,
  );
  if (priced.ok) {
    const draft = draftOrder(deps, outTradeNo, asked, payer, priced.price, ip);
    if ((await deps.orders.create(draft)) === 'created') {
      deps.log.info('order_created', { outTradeNo, payer });
      return draft;
    }
  }
  const [standing] = await deps.orders.find([outTradeNo]);
  if (standing) return standing;
  return priced.ok ? refuseForNow('INTERNAL', 'the order could not be read back, please try again') : priced;
}

async function prepay(deps: CreateDeps, order: WholeOrder, payerIp: string): Promise<CreateReply> {
  const now = deps.clock.now();
  const refusal = notPayable(order, now);
  if (refusal) return refusal;
  if (order.prepay && now - order.prepay.at < PREPAY_USABLE_MS) {
    return { ok: true, outTradeNo: order.outTradeNo, payment: order.prepay.payment };
  }
  const answer = await deps.wechat.unifiedOrder({
    ...prepayDraft(order, payerIp),
    keptBody: order.prepayBody ?? null,
  });
  if (answer.kind !== 'prepaid') return declined(deps, order, answer);
  deps.log.info('order_prepaid', { outTradeNo: order.outTradeNo });
  // Failure policy: fail open. The note only saves a second request to WeChat Pay; the payer can
  // pay without it.
  await deps.orders
    .note({
      outTradeNo: order.outTradeNo,
      expectedVersion: order.version,
      prepay: { payment: answer.payment, at: now },
      entry: { at: now, event: 'prepaid', path: 'call', actor: 'payer', evidence: answer.prepayId },
    })
    .catch(() => false);
  return { ok: true, outTradeNo: order.outTradeNo, payment: answer.payment };
}

/** What WeChat Pay is asked to make payable. */
function prepayDraft(
  order: Pick<Order, 'subMchId' | 'outTradeNo' | 'total' | 'body' | 'attach' | 'payer' | 'expiresAt'>,
  payerIp: string,
): PrepayDraft {
  const { subMchId, outTradeNo, total, body, attach, payer, expiresAt } = order;
  const noted = attach === null ? {} : { attach };
  return { subMchId, outTradeNo, total, body, ...noted, payer, payerIp, expiresAt };
}

function notPayable(order: Order, now: Instant): Refusal | null {
  switch (order.payment.state) {
    case 'paid':
      return refuse('ORDER_ALREADY_PAID', `order ${order.outTradeNo} is paid: ask queryOrder for its state`);
    case 'closed':
    case 'failed':
      return refuse(
        'ORDER_NOT_PAYABLE',
        `order ${order.outTradeNo} is ${order.payment.state}: use a new requestId`,
      );
    case 'pending':
      return order.expiresAt - now > LAST_MINUTE_MS
        ? null
        : refuse('ORDER_NOT_PAYABLE', `order ${order.outTradeNo} can no longer be paid: use a new requestId`);
  }
}

function declined(
  deps: CreateDeps,
  order: Order,
  answer: Exclude<PrepayAnswer, { kind: 'prepaid' }>,
): Refusal {
  const { outTradeNo } = order;
  if (answer.kind === 'unknown') {
    deps.log.warn('wechat_pay_unknown', {
      outTradeNo,
      call: 'unifiedOrder',
      reason: answer.reason,
      detail: answer.detail,
    });
    return refuseForNow('WECHAT_PAY_UNKNOWN', 'WeChat Pay did not answer: try again with the same requestId');
  }
  deps.log.warn('wechat_pay_refused', {
    outTradeNo,
    call: 'unifiedOrder',
    code: answer.code,
    detail: answer.detail,
  });
  if (answer.code === 'already_paid') {
    return refuse('ORDER_ALREADY_PAID', `order ${outTradeNo} is paid: ask queryOrder for its state`);
  }
  if (answer.code === 'already_closed' || answer.code === 'number_used') {
    // `number_used`: WeChat Pay has this order with other values, from an earlier attempt.
    const message = `WeChat Pay takes no payment for order ${outTradeNo} any more (${answer.code}): use a new requestId`;
    return refuse('ORDER_NOT_PAYABLE', message);
  }
  return refuse('WECHAT_PAY_REFUSED', `WeChat Pay declined the order (${answer.code})`);
}

type Request = { readonly ok: true; readonly requestId: string; readonly cart: Json };

function readRequest(event: unknown): Request | Refusal {
  if (!isRecord(event)) return refuse('BAD_INPUT', 'send {requestId, cart}');
  const { requestId, cart } = event;
  if (typeof requestId !== 'string' || !/^[0-9A-Za-z_-]{8,64}$/.test(requestId)) {
    return refuse('BAD_INPUT', 'requestId must be 8 to 64 of 0-9 A-Z a-z _ -');
  }
  if (!isJson(cart)) return refuse('BAD_INPUT', 'cart must be a JSON value, at most 32 levels deep');
  const text = JSON.stringify(cart);
  if (text.length > MAX_CART_CHARS) return refuse('BAD_INPUT', 'cart is larger than 16 KiB');
  // Exactly as it will be read back: JSON has no -0, and a repeated request must match the stored
  // cart.
  const kept = parseJson(text);
  return isJson(kept)
    ? { ok: true, requestId, cart: kept }
    : refuse('BAD_INPUT', 'cart must be a JSON value');
}

function draftOrder(
  deps: CreateDeps,
  outTradeNo: OutTradeNo,
  asked: Request,
  payer: PayerId,
  price: Price,
  ip: string,
): WholeOrder {
  const now = deps.clock.now();
  const terms = {
    outTradeNo,
    subMchId: price.subMchId ?? deps.settings.merchants[0],
    payer,
    total: price.total,
    body: price.body,
    attach: price.attach ?? null,
    expiresAt: later(now, deps.settings.payableMs),
  };
  const prepayBody = deps.wechat.prepayBody(prepayDraft(terms, ip));
  return {
    ...terms,
    ...(prepayBody === null ? {} : { prepayBody }),
    requestId: asked.requestId,
    currency: 'CNY',
    cart: asked.cart,
    createdAt: now,
    version: 1,
    payment: { state: 'pending' },
    fulfilment: { state: 'none' },
    prepay: null,
    lastAskedAt: null,
    lastAnswer: null,
    nextAskAt: later(now, jittered(deps.settings.firstAskMs, deps.random())),
    asks: 0,
    otherPayments: [],
    refunds: [],
    statement: null,
    history: [{ at: now, event: 'created', path: 'call', actor: 'payer', evidence: null }],
  };
}
