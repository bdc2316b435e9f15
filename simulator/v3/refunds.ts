import { constants, privateDecrypt } from 'node:crypto';
import { z } from 'zod';
import type { OrderBook } from '../order-book';
import { RECEIVING_ACCOUNT } from '../refund/event';
import { succeededAt, type AskedRefund, type SimulatedRefusal, type SimulatedRefund } from '../refund/refund';
import type { RefundBook } from '../refund/refund-book';
import type { RefundDesk } from '../refund/refund-desk';
import type { V3Call } from './call';
import { bytes, notifyUrl, orderNumberV3, payable, refundNumberV3 } from './fields';
import type { SimulatedKeys } from './keys';
import { badParameter, refusal, TAILS, type V3Outcome } from './outcome';
import { rfc3339 } from './payment';
import { refundAmounts, STATUS_V3 } from './refund-fields';

/** The dependencies of the refund APIs. */
export interface RefundsV3Parts {
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly desk: RefundDesk;
  readonly keys: SimulatedKeys;
  /** The serials of the certificates that are listed now. */
  readonly listed: () => readonly string[];
  /** Resolves once each of a refund's notifications was sent for the first time. */
  readonly whenNotified: (refund: SimulatedRefund) => Promise<void>;
}

/** The APIs of refunds. */
export interface RefundsV3 {
  readonly refund: (call: V3Call) => Promise<V3Outcome>;
  readonly query: (call: V3Call) => V3Outcome;
  readonly applyAbnormal: (call: V3Call) => V3Outcome;
}

const refundSchema = z
  .strictObject({
    sub_mchid: bytes(32).optional(),
    transaction_id: bytes(32).optional(),
    out_trade_no: orderNumberV3.optional(),
    out_refund_no: refundNumberV3,
    reason: bytes(80).optional(),
    notify_url: notifyUrl(256).optional(),
    funds_account: z.enum(['AVAILABLE', 'UNSETTLED']).optional(),
    amount: z.strictObject({
      refund: payable,
      total: payable,
      currency: z.literal('CNY'),
      from: z.array(z.strictObject({ account: z.string(), amount: payable })).optional(),
    }),
    goods_detail: z
      .array(
        z.strictObject({
          merchant_goods_id: bytes(32),
          wechatpay_goods_id: bytes(32).optional(),
          goods_name: bytes(256).optional(),
          unit_price: payable,
          refund_amount: payable,
          refund_quantity: z.int().min(1),
        }),
      )
      .optional(),
  })
  .refine((asked) => (asked.transaction_id === undefined) !== (asked.out_trade_no === undefined), {
    path: ['out_trade_no'],
  });

const abnormalSchema = z.strictObject({
  sub_mchid: bytes(32).optional(),
  out_refund_no: refundNumberV3,
  type: z.enum(['USER_BANK_CARD', 'MERCHANT_BANK_CARD']),
  bank_type: bytes(16).optional(),
  bank_account: z.string().min(1).max(1024).optional(),
  real_name: z.string().min(1).max(1024).optional(),
});

/** Creates the refund APIs of API v3. An accepted refund is a promise, never a success. */
export function createRefundsV3(parts: RefundsV3Parts): RefundsV3 {
  const { orders, refunds, desk, keys, whenNotified } = parts;

  /** The refund as this caller may see it. */
  function seen(call: V3Call, refund: SimulatedRefund | null): SimulatedRefund | null {
    if (refund === null || refund.asked.subMchId !== call.collector) return null;
    const order = orders.get(refund.asked.subMchId, refund.asked.outTradeNo);
    return order?.asked.v3?.signer === call.signer ? refund : null;
  }

  function answered(refund: SimulatedRefund): V3Outcome {
    const order = orders.get(refund.asked.subMchId, refund.asked.outTradeNo);
    const succeeded = succeededAt(refund);
    return {
      kind: 'json',
      fields: {
        refund_id: refund.refundId,
        out_refund_no: refund.asked.outRefundNo,
        transaction_id: refund.transactionId,
        out_trade_no: refund.asked.outTradeNo,
        channel: 'ORIGINAL',
        user_received_account: RECEIVING_ACCOUNT,
        create_time: rfc3339(refund.acceptedAt),
        ...(succeeded === null ? {} : { success_time: rfc3339(succeeded) }),
        status: STATUS_V3[refund.state],
        funds_account: refund.asked.account === 'REFUND_SOURCE_RECHARGE_FUNDS' ? 'AVAILABLE' : 'UNSETTLED',
        amount: refundAmounts(order, refund),
      },
    };
  }

  return {
    async refund(call) {
      const parsed = refundSchema.safeParse(call.body);
      if (!parsed.success) return badParameter(parsed.error, 'body');
      const script = parsed.data;
      const paidAs = script.transaction_id;
      const order =
        paidAs === undefined ? orders.get(call.collector, script.out_trade_no ?? '') : orders.paidAs(paidAs);
      if (order?.asked.v3?.signer !== call.signer || order.asked.subMchId !== call.collector) return NO_ORDER;
      const asked: AskedRefund = {
        subMchId: call.collector,
        outTradeNo: order.asked.outTradeNo,
        transactionId: paidAs ?? null,
        outRefundNo: script.out_refund_no,
        totalFee: script.amount.total,
        refundFee: script.amount.refund,
        desc: script.reason ?? null,
        account:
          script.funds_account === 'AVAILABLE'
            ? 'REFUND_SOURCE_RECHARGE_FUNDS'
            : 'REFUND_SOURCE_UNSETTLED_FUNDS',
        requestedIn: 'API',
        functionName: null,
        notifyUrl: script.notify_url ?? null,
      };
      const step = desk.ask(asked);
      if (step.kind === 'refused') return declined(step.reason);
      if (step.isNew && step.refund.script.notify === 'before_answer') await whenNotified(step.refund);
      return answered(refunds.get(asked.subMchId, asked.outRefundNo) ?? step.refund);
    },
    query(call) {
      const found = seen(call, refunds.get(call.collector, call.parameters[0] ?? ''));
      return found === null ? NO_REFUND : answered(found);
    },
    applyAbnormal(call) {
      const parsed = abnormalSchema.safeParse(call.body);
      if (!parsed.success) return badParameter(parsed.error, 'body');
      const script = parsed.data;
      const found = seen(call, refunds.called(call.parameters[0] ?? ''));
      if (found?.asked.outRefundNo !== script.out_refund_no) return NO_REFUND;
      if (found.state !== 'CHANGE') {
        return refusal(400, 'INVALID_REQUEST', '退款单状态不是退款异常，不能发起异常退款');
      }
      const named = call.headers['wechatpay-serial'] ?? '';
      if (named !== keys.wechatKeyId && !parts.listed().includes(named)) {
        return refusal(400, 'PARAM_ERROR', '平台证书序列号Wechatpay-Serial错误', TAILS.bad_parameter);
      }
      const { type, bank_type, bank_account, real_name } = script;
      if (
        type === 'USER_BANK_CARD' &&
        (bank_type === undefined || !opens(bank_account) || !opens(real_name))
      ) {
        return refusal(400, 'PARAM_ERROR', '银行卡信息缺失或解密失败', TAILS.bad_parameter);
      }
      const before = { ...found, state: 'PROCESSING' } as const;
      desk.resolve(script.out_refund_no, 'SUCCESS');
      return answered(before);
    },
  };

  /** True for a field that was encrypted with WeChat Pay's public key. */
  function opens(field: string | undefined): boolean {
    if (field === undefined) return false;
    try {
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      privateDecrypt({ key: keys.wechatKey, padding }, Buffer.from(field, 'base64'));
      return true;
    } catch {
      return false;
    }
  }
}

const NO_ORDER = refusal(404, 'RESOURCE_NOT_EXISTS', '订单不存在', TAILS.no_such_order);
const NO_REFUND = refusal(404, 'RESOURCE_NOT_EXISTS', '退款单不存在');

/** The codes of FAQ pages only (TRADE_OVERDUE) and those nobody documents are our assumption. */
function declined(reason: SimulatedRefusal): V3Outcome {
  switch (reason) {
    case 'no_such_order':
    case 'not_paid':
      return NO_ORDER;
    case 'overdue':
      return refusal(400, 'TRADE_OVERDUE', '订单已经超过退款期限');
    case 'values_differ':
      return refusal(400, 'INVALID_REQUEST', '订单金额或退款金额与之前请求不一致，请核实后再试');
    case 'number_used':
      return refusal(400, 'INVALID_REQUEST', '商户退款单号重复');
    case 'bad_refund':
      return refusal(400, 'PARAM_ERROR', '退款金额大于订单金额', TAILS.bad_parameter);
    case 'all_refunded':
      return refusal(400, 'INVALID_REQUEST', '订单已全额退款');
    case 'too_much':
      return refusal(400, 'INVALID_REQUEST', '退款金额超过订单可退金额');
    case 'too_many':
      return refusal(400, 'INVALID_REQUEST', '部分退款次数超过50次');
  }
}
