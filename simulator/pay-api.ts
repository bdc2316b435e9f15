import { z } from 'zod';
import { isPayableFen, type Fen } from '../lib/values/fen';
import { beijingTime, formatBeijing, type Clock } from '../lib/values/instant';
import { paymentEvent, type Parties } from './event';
import { close, prepay, type AskedOrder, type SimulatedOrder, type StepRefusal } from './order';
import type { OrderBook } from './order-book';
import { hex, type Random } from './randomness';

/** An answer as the pay gateway sends it: never of the exact content type with which the SDK expects its own errors. */
export interface PayApiAnswer {
  readonly body: string;
  readonly contentType: string;
}

/** What the pay APIs stand on. `speed`: how many times faster than the clock the simulator's own time goes. */
export interface PayApiParts {
  readonly book: OrderBook;
  readonly clock: Clock;
  readonly speed: number;
  readonly parties: Parties;
  readonly random: Random;
}

type Fields = Readonly<Record<string, unknown>>;

const orderNumber = z.string().regex(/^[0-9A-Za-z_\-|*]{1,32}$/);
const merchant = z.string().regex(/^\d{1,32}$/);
const nonce = z.string().min(1).max(32);
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
  total_fee: z.custom<Fen>(isPayableFen),
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
    transaction_id: z.string().min(1).max(32).optional(),
    out_trade_no: orderNumber.optional(),
  })
  .refine((asked) => asked.transaction_id !== undefined || asked.out_trade_no !== undefined, {
    path: ['out_trade_no'],
  });
const closeOrderSchema = z.object({ sub_mch_id: merchant, nonce_str: nonce, out_trade_no: orderNumber });

/**
 * The pay APIs, by the names and in the snake_case of the wire. Orders can be made, asked about and closed; refunds
 * and statements are not played yet, and say so as the real API does to a merchant who lacks the permission
 * (`NOAUTH`) rather than by inventing money.
 */
export function createPayApi(parts: PayApiParts): (apiName: string, request: Fields) => PayApiAnswer {
  const { book, clock, parties, random } = parts;

  function common(request: Fields): Fields {
    return {
      return_code: 'SUCCESS',
      return_msg: 'OK',
      appid: parties.appid,
      mch_id: parties.mchId,
      sub_appid: parties.subAppid,
      ...(typeof request.sub_mch_id === 'string' ? { sub_mch_id: request.sub_mch_id } : {}),
      nonce_str: hex(random, 32),
      sign: hex(random, 32).toUpperCase(),
    };
  }
  const success = (request: Fields, more: Fields): Fields => ({
    ...common(request),
    result_code: 'SUCCESS',
    ...more,
  });
  const failure = (request: Fields, err_code: string, err_code_des: string): Fields => ({
    ...common(request),
    result_code: 'FAIL',
    err_code,
    err_code_des,
  });
  function badRequest(request: Fields, error: z.ZodError): Fields {
    const name = String(error.issues[0]?.path[0] ?? '');
    return request[name] === undefined
      ? failure(request, 'LACK_PARAMS', `缺少参数 ${name}`)
      : failure(request, 'PARAM_ERROR', `参数错误 ${name}`);
  }
  function refusal(request: Fields, reason: StepRefusal): Fields {
    const [code, text] = REFUSALS[reason];
    return failure(request, code, text);
  }

  function unifiedOrder(request: Fields): Fields {
    const parsed = unifiedOrderSchema.safeParse(request);
    if (!parsed.success) return badRequest(request, parsed.error);
    const wish = parsed.data;
    const asked: AskedOrder = {
      subMchId: wish.sub_mch_id,
      outTradeNo: wish.out_trade_no,
      totalFee: wish.total_fee,
      feeType: wish.fee_type,
      body: wish.body,
      attach: wish.attach ?? null,
      subOpenid: wish.sub_openid,
      timeExpire: wish.time_expire ?? null,
      expiresAt: wish.time_expire === undefined ? null : beijingTime(wish.time_expire),
      functionName: wish.function_name,
      envId: wish.env_id,
    };
    const now = clock.now();
    const existing = book.get(asked.subMchId, asked.outTradeNo);
    const prepayId = `wx${formatBeijing(now, 'DDHHmmss')}${hex(random, 26)}`;
    const step = prepay(existing, asked, { prepayId, now });
    if (step.kind === 'refused') return refusal(request, step.reason);
    if (step.order !== existing) book.put(step.order);
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
      transaction_id === undefined ? book.get(sub_mch_id, out_trade_no ?? '') : book.paidAs(transaction_id);
    if (order?.asked.subMchId !== sub_mch_id) return failure(request, 'ORDERNOTEXIST', 'order not exist');
    return success(request, orderFields(order));
  }

  function orderFields(order: SimulatedOrder): Fields {
    const { asked, payment } = order;
    const state = {
      out_trade_no: asked.outTradeNo,
      ...(asked.attach === null ? {} : { attach: asked.attach }),
      trade_state: order.state,
      trade_state_desc: STATE_TEXTS[order.state],
    };
    if (payment === null) return state;
    const event = paymentEvent(parties, asked, payment, hex(random, 32));
    const fields = new Map<string, unknown>();
    for (const [name, value] of Object.entries(event)) {
      // The platform's addition and the codes are no fields of the order.
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
    const order = book.get(parsed.data.sub_mch_id, parsed.data.out_trade_no);
    if (order === null) return failure(request, 'ORDERNOTEXIST', '订单不存在');
    const step = close(order, (clock.now() - order.createdAt) * parts.speed);
    if (step.kind === 'refused') return refusal(request, step.reason);
    book.put(step.order);
    return success(request, { result_msg: 'OK' });
  }

  function answer(apiName: string, request: Fields): Fields {
    switch (apiName) {
      case 'unifiedOrder':
        return unifiedOrder(request);
      case 'queryOrder':
        return queryOrder(request);
      case 'closeOrder':
        return closeOrder(request);
      case 'refund':
      case 'queryRefund':
        return failure(request, 'NOAUTH', '商户无此接口权限');
      case 'downloadBill':
        return { return_code: 'FAIL', return_msg: '商户无此接口权限', error_code: 'NOAUTH' };
      default:
        return { errcode: -604100, errmsg: `API not found: ${apiName}` };
    }
  }

  return (apiName, request) => ({
    body: JSON.stringify(answer(apiName, request)),
    contentType: 'application/octet-stream',
  });
}

/**
 * How the real API words each refusal. No page gives a code for closing too early; INVALID_REQUEST with a text that
 * names the five minutes is our assumption.
 */
const REFUSALS: Readonly<Record<StepRefusal, readonly [string, string]>> = {
  paid: ['ORDERPAID', '该订单已支付'],
  closed: ['ORDERCLOSED', '订单已关闭'],
  number_used: ['OUT_TRADE_NO_USED', '201 商户订单号重复'],
  too_early: ['INVALID_REQUEST', '订单生成5分钟后才能关单'],
  expired: ['INVALID_REQUEST', '订单已过期'],
  abandoned: ['INVALID_REQUEST', '支付已取消'],
};

const STATE_TEXTS = { NOTPAY: '订单未支付', SUCCESS: '支付成功', CLOSED: '订单已关闭' } as const;
