import { z } from 'zod';
import { formatBeijing, instant, later, zonedTime, type Clock } from '../../lib/values/instant';
import { close, paymentCalled, prepay, type AskedOrder, type SimulatedOrder } from '../order';
import type { OrderBook } from '../order-book';
import { hex, type Random } from '../randomness';
import type { RefundBook } from '../refund/refund-book';
import { tradeState } from '../trade-state';
import type { V3Call } from './call';
import { bytes, notifyUrl, orderNumberV3, payable, zoned } from './fields';
import { badParameter, refusal, TAILS, type V3Outcome } from './outcome';
import type { SimulatedParty } from './party';
import { orderFieldsV3 } from './payment';

/** The dependencies of the order APIs. */
export interface OrdersV3Parts {
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly clock: Clock;
  readonly random: Random;
}

/** The APIs that create, query and close orders. */
export interface OrdersV3 {
  readonly prepay: (call: V3Call) => V3Outcome;
  readonly query: (call: V3Call) => V3Outcome;
  readonly queryTransaction: (call: V3Call) => V3Outcome;
  readonly close: (call: V3Call) => V3Outcome;
}

const count = z.int().min(0);
const common = {
  description: bytes(127),
  out_trade_no: orderNumberV3,
  time_expire: zoned.optional(),
  attach: bytes(128).optional(),
  notify_url: notifyUrl(255),
  goods_tag: bytes(32).optional(),
  support_fapiao: z.boolean().optional(),
  limit_pay: z.array(z.string()).optional(),
  settle_info: z.strictObject({ profit_sharing: z.boolean().optional() }).optional(),
  amount: z.strictObject({ total: payable, currency: z.literal('CNY').optional() }),
  detail: z
    .strictObject({
      cost_price: count.optional(),
      invoice_id: bytes(32).optional(),
      goods_detail: z
        .array(
          z.strictObject({
            merchant_goods_id: bytes(32),
            wechatpay_goods_id: bytes(32).optional(),
            goods_name: bytes(256).optional(),
            quantity: z.int().min(1),
            unit_price: count,
          }),
        )
        .optional(),
    })
    .optional(),
  scene_info: z
    .strictObject({
      payer_client_ip: bytes(45),
      device_id: bytes(32).optional(),
      store_info: z
        .strictObject({
          id: bytes(32),
          name: bytes(256).optional(),
          area_code: bytes(32).optional(),
          address: bytes(512).optional(),
        })
        .optional(),
    })
    .optional(),
};
const directSchema = z.strictObject({
  appid: bytes(32),
  mchid: bytes(32),
  ...common,
  payer: z.strictObject({ openid: bytes(128) }),
});
const partnerSchema = z.strictObject({
  sp_appid: bytes(32),
  sp_mchid: bytes(32),
  sub_appid: bytes(32).optional(),
  sub_mchid: bytes(32),
  ...common,
  payer: z
    .strictObject({ sp_openid: bytes(128).optional(), sub_openid: bytes(128).optional() })
    .refine((payer) => (payer.sp_openid ?? payer.sub_openid) !== undefined),
});
const closeSchema = z.union([
  z.strictObject({ mchid: bytes(32) }),
  z.strictObject({ sp_mchid: bytes(32), sub_mchid: bytes(32) }),
]);

/** An order that is not paid within a week cannot be paid any more; a longer time is cut. */
const PAYABLE_MS = 7 * 24 * 3600_000;
/** An earlier time_expire is silently raised to this. */
const LEAST_MS = 60_000;

type OrderRequest = z.infer<typeof directSchema> | z.infer<typeof partnerSchema>;

/** Creates the order APIs of API v3. */
export function createOrdersV3({ orders, refunds, clock, random }: OrdersV3Parts): OrdersV3 {
  function asked(request: OrderRequest): AskedOrder {
    const now = clock.now();
    const wanted = request.time_expire === undefined ? null : zonedTime(request.time_expire);
    const expiresAt = Math.min(Math.max(wanted ?? Infinity, later(now, LEAST_MS)), later(now, PAYABLE_MS));
    const direct = 'mchid' in request;
    const subOpenid = direct
      ? request.payer.openid
      : (request.payer.sub_openid ?? request.payer.sp_openid ?? '');
    return {
      subMchId: direct ? request.mchid : request.sub_mchid,
      outTradeNo: request.out_trade_no,
      totalFee: request.amount.total,
      feeType: 'CNY',
      body: request.description,
      attach: request.attach ?? null,
      subOpenid,
      timeExpire: request.time_expire ?? null,
      expiresAt: instant(expiresAt),
      functionName: '',
      envId: '',
      v3: {
        signer: direct ? request.mchid : request.sp_mchid,
        subMchId: direct ? null : request.sub_mchid,
        appId: direct ? request.appid : request.sp_appid,
        subAppId: direct ? null : (request.sub_appid ?? null),
        payerOf: direct ? 'own' : request.payer.sub_openid === undefined ? 'sp' : 'sub',
        notifyUrl: request.notify_url,
        values: JSON.stringify(request),
      },
    };
  }

  function ask(request: OrderRequest): V3Outcome {
    const wanted = asked(request);
    const existing = orders.get(wanted.subMchId, wanted.outTradeNo);
    const elsewhere = orders
      .called(wanted.outTradeNo)
      .some((one) => one.asked.v3?.signer === wanted.v3?.signer && one.asked.subMchId !== wanted.subMchId);
    // Unique per provider over all its merchants.
    if (elsewhere) return refusal(403, 'OUT_TRADE_NO_USED', '商户订单号重复', TAILS.reentry_differs);
    const now = clock.now();
    const prepayId = `wx${formatBeijing(now, 'DDHHmmss')}${hex(random, 26)}`;
    const step = prepay(existing, wanted, { prepayId, now });
    if (step.kind === 'moved') {
      if (step.order !== existing) orders.put(step.order);
      return { kind: 'json', fields: { prepay_id: step.order.prepayId } };
    }
    if (step.reason === 'paid') return refusal(400, 'INVALID_REQUEST', '该订单已支付', TAILS.already_paid);
    if (step.reason === 'closed') return refusal(400, 'ORDER_CLOSED', '该订单已关闭', TAILS.closed);
    return reentry(existing, wanted);
  }

  return {
    prepay(call) {
      const parsed = (call.mode === 'direct' ? directSchema : partnerSchema).safeParse(call.body);
      if (!parsed.success) return badParameter(parsed.error, 'body');
      const request = parsed.data;
      const appId = 'mchid' in request ? request.appid : request.sp_appid;
      if (appId !== appIdOf(call.party)) return WRONG_APP;
      if ('sub_mchid' in request) {
        const sub = call.party.mode === 'partner' ? call.party.subAppId : '';
        if (request.sub_appid !== undefined && request.sub_appid !== sub) return WRONG_APP;
        if (request.payer.sub_openid !== undefined && request.sub_appid === undefined) {
          return refusal(400, 'PARAM_ERROR', '传入sub_openid时，sub_appid必填', TAILS.bad_parameter);
        }
      }
      return ask(request);
    },
    query(call) {
      const order = orders.get(call.collector, call.parameters[0] ?? '');
      return order === null ? NO_ORDER : answerQuery(call, order, order.payment);
    },
    queryTransaction(call) {
      const order = orders.paidAs(call.parameters[0] ?? '');
      if (order === null) return NO_ORDER;
      return answerQuery(call, order, paymentCalled(order, call.parameters[0] ?? ''));
    },
    close(call) {
      const parsed = closeSchema.safeParse(call.body);
      if (!parsed.success) return badParameter(parsed.error, 'body');
      const order = orders.get(call.collector, call.parameters[0] ?? '');
      // A wrong number is answered like a right one, as developers found out.
      if (order?.asked.v3?.signer !== call.signer) return { kind: 'empty' };
      const step = close(order, Infinity);
      if (step.kind === 'moved') orders.put(step.order);
      else if (step.reason === 'paid') return refusal(400, 'ORDER_PAID', '订单已支付', TAILS.already_paid);
      return { kind: 'empty' };
    },
  };

  function answerQuery(call: V3Call, order: SimulatedOrder, payment: SimulatedOrder['payment']): V3Outcome {
    const { v3, subMchId, outTradeNo } = order.asked;
    if (v3?.signer !== call.signer || subMchId !== call.collector) return NO_ORDER;
    const state = tradeState(order, refunds.ofOrder(subMchId, outTradeNo));
    return { kind: 'json', fields: orderFieldsV3(order, v3, payment, state) };
  }
}

const NO_ORDER = refusal(404, 'ORDER_NOT_EXIST', '订单不存在', TAILS.no_such_order);
const WRONG_APP = refusal(400, 'APPID_MCHID_NOT_MATCH', 'appid和mchid不匹配', TAILS.appid_mchid);

/**
 * The refusal of an order number that was used with other values. WeChat Pay's words vary with what
 * differs.
 */
function reentry(existing: SimulatedOrder | null, wanted: AskedOrder): V3Outcome {
  if (existing?.asked.subOpenid !== wanted.subOpenid) {
    return refusal(400, 'INVALID_REQUEST', '重入请求数据和已存在的业务单据数据不一致', TAILS.reentry_differs);
  }
  if (existing.asked.totalFee !== wanted.totalFee) {
    return refusal(400, 'INVALID_REQUEST', '201 商户订单号重复', TAILS.reentry_differs);
  }
  return refusal(403, 'OUT_TRADE_NO_USED', '商户订单号重复', TAILS.reentry_differs);
}

function appIdOf(party: SimulatedParty): string {
  return party.mode === 'direct' ? party.appId : party.spAppId;
}
