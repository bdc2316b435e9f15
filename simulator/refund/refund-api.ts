import { z } from 'zod';
import { withoutMiniProgram, type AnswerWriter, type Fields } from '../api-answer';
import type { OrderBook } from '../order-book';
import { amount, merchant, nonce, orderNumber, refundNumber, transactionNumber } from '../parameters';
import type { AskedRefund, SimulatedRefusal, SimulatedRefund } from './refund';
import type { RefundBook } from './refund-book';
import type { RefundDesk } from './refund-desk';

/** The dependencies of the refund API. */
export interface RefundApiParts {
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly desk: RefundDesk;
  readonly write: AnswerWriter;
  /** Resolves once each of a refund's notifications was sent for the first time. */
  readonly whenNotified: (refund: SimulatedRefund) => Promise<void>;
}

const refundSchema = z
  .object({
    function_name: z.string().min(1).optional(),
    env_id: z.string().min(1).optional(),
    sub_mch_id: merchant,
    nonce_str: nonce,
    transaction_id: transactionNumber.optional(),
    out_trade_no: orderNumber.optional(),
    out_refund_no: refundNumber,
    total_fee: amount,
    refund_fee: amount,
    refund_fee_type: z.literal('CNY').default('CNY'),
    refund_desc: z.string().max(80).optional(),
    refund_account: z
      .enum(['REFUND_SOURCE_UNSETTLED_FUNDS', 'REFUND_SOURCE_RECHARGE_FUNDS'])
      .default('REFUND_SOURCE_UNSETTLED_FUNDS'),
  })
  .refine((asked) => asked.transaction_id !== undefined || asked.out_trade_no !== undefined, {
    path: ['out_trade_no'],
  });

/** Creates the refund API. Its response says that a refund is accepted, never that it succeeded. */
export function createRefundApi(parts: RefundApiParts): (request: Fields) => Promise<Fields> {
  const { orders, refunds, desk } = parts;
  const { success, failure, badRequest } = parts.write;

  function declined(request: Fields, reason: SimulatedRefusal): Fields {
    // v2 refuses this before any other check: with a return code, and without an error code.
    if (reason === 'bad_refund')
      return { return_code: 'FAIL', return_msg: 'invalid refund_fee', ...NO_LISTS };
    const [code, text] = REFUSALS[reason];
    return { ...failure(request, code, text), ...NO_LISTS };
  }

  /** A transaction ID takes precedence over an order number; '' matches no order. */
  function orderNamed(
    subMchId: string,
    transactionId: string | undefined,
    outTradeNo: string | undefined,
  ): string {
    const order =
      transactionId === undefined ? orders.get(subMchId, outTradeNo ?? '') : orders.paidAs(transactionId);
    // An order through API v3 is none of cloud development's.
    return order?.asked.subMchId === subMchId && order.asked.v3 === null ? order.asked.outTradeNo : '';
  }

  return async (request) => {
    const parsed = refundSchema.safeParse(request);
    if (!parsed.success) return badRequest(request, parsed.error);
    const wanted = parsed.data;
    const asked: AskedRefund = {
      subMchId: wanted.sub_mch_id,
      outTradeNo: orderNamed(wanted.sub_mch_id, wanted.transaction_id, wanted.out_trade_no),
      transactionId: wanted.transaction_id ?? null,
      outRefundNo: wanted.out_refund_no,
      totalFee: wanted.total_fee,
      refundFee: wanted.refund_fee,
      desc: wanted.refund_desc ?? null,
      account: wanted.refund_account,
      requestedIn: 'API',
      functionName: wanted.function_name ?? null,
      notifyUrl: null,
    };
    const step = desk.ask(asked);
    if (step.kind === 'refused') return declined(request, step.reason);
    if (step.isNew && step.refund.script.notify === 'before_answer') await parts.whenNotified(step.refund);
    return accepted(request, refunds.get(asked.subMchId, asked.outRefundNo) ?? step.refund);
  };

  /**
   * The form on WeChat Cloud Run's page: lists instead of numbered coupons, and no mini program
   * appid.
   */
  function accepted(request: Fields, refund: SimulatedRefund): Fields {
    const order = orders.get(refund.asked.subMchId, refund.asked.outTradeNo);
    const coupon = order?.payment?.coupon?.fee ?? 0;
    const answer = success(request, {
      transaction_id: refund.transactionId,
      out_trade_no: refund.asked.outTradeNo,
      out_refund_no: refund.asked.outRefundNo,
      refund_id: refund.refundId,
      refund_fee: refund.asked.refundFee,
      total_fee: refund.asked.totalFee,
      cash_fee: refund.asked.totalFee - coupon,
      cash_refund_fee: refund.asked.refundFee - refund.couponFee,
      coupon_refund_fee: refund.couponFee,
      coupon_refund_count: refund.couponFee > 0 ? 1 : 0,
      ...NO_LISTS,
    });
    return withoutMiniProgram(answer);
  }
}

/** The coupon lists that every response has, always empty in reports. */
const NO_LISTS = { coupon_type_list: [], coupon_refund_id_list: [], coupon_refund_fee_list: [] } as const;

/**
 * WeChat Pay's code and text of each refusal (seen in the field,
 * http://www.5ityx.cn/cate109/198585.html). The codes for an unpaid order, a number used for
 * another order and the fifty-first refund are undocumented: INVALID_REQUEST is our assumption.
 */
const REFUSALS: Readonly<Record<Exclude<SimulatedRefusal, 'bad_refund'>, readonly [string, string]>> = {
  no_such_order: ['ORDERNOTEXIST', '订单不存在'],
  not_paid: ['INVALID_REQUEST', '订单未支付'],
  overdue: ['TRADE_OVERDUE', '订单已经超过退款期限'],
  values_differ: ['REFUND_FEE_MISMATCH', '订单金额或退款金额与之前请求不一致，请核实后再试'],
  number_used: ['INVALID_REQUEST', '商户退款单号重复'],
  all_refunded: ['ERROR', '订单已全额退款'],
  too_much: ['INVALID_REQUEST', 'refund_fee大于可退金额'],
  too_many: ['INVALID_REQUEST', '部分退款次数超过50次'],
};
