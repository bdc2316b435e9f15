import { z } from 'zod';
import { beijingTime, formatBeijing, type Clock } from '../lib/values/instant';
import type { AnswerWriter, Fields } from './api-answer';
import { paymentEvent, type Parties } from './event';
import { close, prepay, type AskedOrder, type SimulatedOrder, type StepRefusal } from './order';
import type { OrderBook } from './order-book';
import { amount, merchant, nonce, orderNumber, transactionNumber } from './parameters';
import { hex, type Random } from './randomness';
import type { RefundBook } from './refund/refund-book';
import { tradeState } from './trade-state';

/**
 * The dependencies of the order APIs. `speed`: how many times faster than the clock orders become
 * old enough to close.
 */
export interface OrderApiParts {
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly write: AnswerWriter;
  readonly clock: Clock;
  readonly speed: number;
  readonly parties: Parties;
  readonly random: Random;
}

/** The APIs that create, query and close orders. */
export interface OrderApi {
  unifiedOrder(request: Fields): Fields;
  queryOrder(request: Fields): Fields;
  closeOrder(request: Fields): Fields;
}

const beijing = z.string().refine((text) => text.length === 14 && beijingTime(text) !== null);

const unifiedOrderSchema = z.object({
  function_name: z.string().min(1),
  env_id: z.string().min(1),
  sub_mch_id: merchant,
  nonce_str: nonce,
  body: z.string().min(1).max(128),
  attach: z.string().max(127).optional(),
  out_trade_no: orderNumber,
  fee_type: z.literal('CNY').default('CNY'),
  total_fee: amount,
  spbill_create_ip: z.string().min(1).max(64),
  time_start: beijing.optional(),
  time_expire: beijing.optional(),
  trade_type: z.literal('JSAPI').default('JSAPI'),
  sub_openid: z.string().min(1).max(128),
});
const queryOrderSchema = z
  .object({
    sub_mch_id: merchant,
    nonce_str: nonce,
    transaction_id: transactionNumber.optional(),
    out_trade_no: orderNumber.optional(),
  })
  .refine((asked) => asked.transaction_id !== undefined || asked.out_trade_no !== undefined, {
    path: ['out_trade_no'],
  });
const closeOrderSchema = z.object({ sub_mch_id: merchant, nonce_str: nonce, out_trade_no: orderNumber });

/** Creates the order APIs. */
export function createOrderApi(parts: OrderApiParts): OrderApi {
  const { orders, clock, parties, random } = parts;
  const { success, failure, badRequest } = parts.write;

  function refusal(request: Fields, reason: StepRefusal): Fields {
    const [code, text] = REFUSALS[reason];
    return failure(request, code, text);
  }

  function unifiedOrder(request: Fields): Fields {
    const parsed = unifiedOrderSchema.safeParse(request);
    if (!parsed.success) return badRequest(request, parsed.error);
    const { data } = parsed;
    const asked: AskedOrder = {
      subMchId: data.sub_mch_id,
      outTradeNo: data.out_trade_no,
      totalFee: data.total_fee,
      feeType: data.fee_type,
      body: data.body,
      attach: data.attach ?? null,
      subOpenid: data.sub_openid,
      timeExpire: data.time_expire ?? null,
      expiresAt: data.time_expire === undefined ? null : beijingTime(data.time_expire),
      functionName: data.function_name,
      envId: data.env_id,
      v3: null,
    };
    const now = clock.now();
    const existing = orders.get(asked.subMchId, asked.outTradeNo);
    const prepayId = `wx${formatBeijing(now, 'DDHHmmss')}${hex(random, 26)}`;
    const step = prepay(existing, asked, { prepayId, now });
    if (step.kind === 'refused') return refusal(request, step.reason);
    if (step.order !== existing) orders.put(step.order);
    return success(request, {
      trade_type: 'JSAPI',
      prepay_id: step.order.prepayId,
      payment: {
        appId: parties.subAppid,
        timeStamp: String(Math.floor(now / 1000)),
        nonceStr: hex(random, 32),
        package: `prepay_id=${step.order.prepayId}`,
        signType: 'MD5',
        paySign: hex(random, 32).toUpperCase(),
      },
    });
  }

  function queryOrder(request: Fields): Fields {
    const parsed = queryOrderSchema.safeParse(request);
    if (!parsed.success) return badRequest(request, parsed.error);
    const { sub_mch_id, transaction_id, out_trade_no } = parsed.data;
    const order =
      transaction_id === undefined
        ? orders.get(sub_mch_id, out_trade_no ?? '')
        : orders.paidAs(transaction_id);
    if (order?.asked.subMchId !== sub_mch_id || order.asked.v3 !== null)
      return failure(request, 'ORDERNOTEXIST', 'order not exist');
    return success(request, orderFields(order));
  }

  function orderFields(order: SimulatedOrder): Fields {
    const { asked, payment } = order;
    const trade_state = tradeState(order, parts.refunds.ofOrder(asked.subMchId, asked.outTradeNo));
    const state = {
      out_trade_no: asked.outTradeNo,
      ...(asked.attach === null ? {} : { attach: asked.attach }),
      trade_state,
      trade_state_desc: STATE_TEXTS[trade_state],
    };
    // For an order that is not SUCCESS, v2 returns no more than this, even if it was paid and then
    // refunded.
    if (payment === null || trade_state !== 'SUCCESS') return state;
    const event = paymentEvent(parties, asked, payment, hex(random, 32));
    const fields = new Map<string, unknown>();
    for (const [name, value] of Object.entries(event)) {
      // The platform's addition and the codes are not fields of the order.
      if (name === 'userInfo' || name === 'returnCode' || name === 'resultCode') continue;
      fields.set(
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        value,
      );
    }
    return { ...Object.fromEntries(fields), ...state };
  }

  function closeOrder(request: Fields): Fields {
    const parsed = closeOrderSchema.safeParse(request);
    if (!parsed.success) return badRequest(request, parsed.error);
    const order = orders.get(parsed.data.sub_mch_id, parsed.data.out_trade_no);
    if (order === null) return failure(request, 'ORDERNOTEXIST', '订单不存在');
    const step = close(order, (clock.now() - order.createdAt) * parts.speed);
    if (step.kind === 'refused') return refusal(request, step.reason);
    orders.put(step.order);
    return success(request, { result_msg: 'OK' });
  }

  return { unifiedOrder, queryOrder, closeOrder };
}

/**
 * The real API's code and text of each refusal. The code for closing too early is undocumented;
 * INVALID_REQUEST with a text about the five minutes is our assumption.
 */
const REFUSALS: Readonly<Record<StepRefusal, readonly [string, string]>> = {
  paid: ['ORDERPAID', '该订单已支付'],
  not_paid: ['INVALID_REQUEST', '订单未支付'],
  closed: ['ORDERCLOSED', '订单已关闭'],
  number_used: ['OUT_TRADE_NO_USED', '201 商户订单号重复'],
  too_early: ['INVALID_REQUEST', '订单生成5分钟后才能关单'],
  expired: ['INVALID_REQUEST', '订单已过期'],
  abandoned: ['INVALID_REQUEST', '支付已取消'],
};

const STATE_TEXTS = {
  NOTPAY: '订单未支付',
  SUCCESS: '支付成功',
  REFUND: '订单发生过退款，退款详情请查询退款单',
  CLOSED: '订单已关闭',
} as const;
