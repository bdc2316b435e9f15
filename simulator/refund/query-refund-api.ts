import { z } from 'zod';
import { formatBeijing } from '../../lib/values/instant';
import { withoutMiniProgram, type AnswerWriter, type Fields } from '../api-answer';
import type { OrderBook } from '../order-book';
import { merchant, nonce, orderNumber, refundNumber, transactionNumber } from '../parameters';
import { RECEIVING_ACCOUNT } from './event';
import { succeededAt, type SimulatedRefund } from './refund';
import type { RefundBook } from './refund-book';

/**
 * The form of queryRefund's response. `totals`: as in cloud development, with every list about the
 * single refunds empty (five reports from 2020 to 2023,
 * https://developers.weixin.qq.com/community/develop/doc/000484fe0ec200394c409a2a466800). `whole`:
 * as documented for v2, with numbered fields for each refund.
 */
export type RefundQueryManner = 'totals' | 'whole';

/** The dependencies of the queryRefund API. */
export interface QueryRefundApiParts {
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly write: AnswerWriter;
  readonly manner: () => RefundQueryManner;
}

/**
 * Refunds per page, and how many an order may have before they must be queried one by one (v2
 * queryRefund).
 */
const PAGE = 10;

const queryRefundSchema = z
  .object({
    sub_mch_id: merchant,
    nonce_str: nonce,
    refund_id: z.string().min(1).max(32).optional(),
    out_refund_no: refundNumber.optional(),
    transaction_id: transactionNumber.optional(),
    out_trade_no: orderNumber.optional(),
    offset: z.int().min(0).default(0),
  })
  .refine(
    (asked) =>
      (asked.refund_id ?? asked.out_refund_no ?? asked.transaction_id ?? asked.out_trade_no) !== undefined,
    { path: ['out_refund_no'] },
  );

/** Creates the queryRefund API. */
export function createQueryRefundApi(parts: QueryRefundApiParts): (request: Fields) => Fields {
  const { orders, refunds } = parts;
  const { success, failure, badRequest } = parts.write;

  /** The refunds that a request names; of several numbers the most precise decides. */
  function named(asked: z.infer<typeof queryRefundSchema>): readonly SimulatedRefund[] {
    const ofMerchant = (found: SimulatedRefund | null): readonly SimulatedRefund[] =>
      found?.asked.subMchId === asked.sub_mch_id ? [found] : [];
    if (asked.refund_id !== undefined) return ofMerchant(refunds.called(asked.refund_id));
    if (asked.out_refund_no !== undefined) {
      return ofMerchant(refunds.get(asked.sub_mch_id, asked.out_refund_no));
    }
    const outTradeNo =
      asked.transaction_id === undefined
        ? asked.out_trade_no
        : orders.paidAs(asked.transaction_id)?.asked.outTradeNo;
    return refunds.ofOrder(asked.sub_mch_id, outTradeNo ?? '');
  }

  return (request) => {
    const parsed = queryRefundSchema.safeParse(request);
    if (!parsed.success) return badRequest(request, parsed.error);
    const found = named(parsed.data);
    const [first] = found;
    if (first === undefined) return failure(request, 'REFUNDNOTEXIST', 'not exist');
    const { offset } = parsed.data;
    if (offset > 0 && offset >= found.length) return failure(request, 'PARAM_ERROR', '参数错误 offset');
    const page = found.slice(offset, offset + PAGE);
    const order = orders.get(first.asked.subMchId, first.asked.outTradeNo);
    const totals = {
      transaction_id: first.transactionId,
      out_trade_no: first.asked.outTradeNo,
      total_fee: first.asked.totalFee,
      cash_fee: first.asked.totalFee - (order?.payment?.coupon?.fee ?? 0),
      refund_count: page.length,
    };
    switch (parts.manner()) {
      case 'totals':
        return withoutMiniProgram(success(request, { ...totals, ...EMPTY_LISTS }));
      case 'whole':
        return success(request, {
          ...totals,
          total_refund_count: found.length,
          ...Object.fromEntries(page.flatMap((refund, n) => Object.entries(numbered(refund, n)))),
        });
    }
  };
}

function numbered(refund: SimulatedRefund, n: number): Fields {
  const succeeded = succeededAt(refund);
  return {
    [`out_refund_no_${n}`]: refund.asked.outRefundNo,
    [`refund_id_${n}`]: refund.refundId,
    [`refund_channel_${n}`]: 'ORIGINAL',
    [`refund_fee_${n}`]: refund.asked.refundFee,
    [`settlement_refund_fee_${n}`]: refund.settlementFee,
    [`coupon_refund_fee_${n}`]: refund.couponFee,
    [`coupon_refund_count_${n}`]: refund.couponFee > 0 ? 1 : 0,
    [`refund_status_${n}`]: refund.state,
    [`refund_account_${n}`]: refund.asked.account,
    [`refund_recv_accout_${n}`]: RECEIVING_ACCOUNT,
    ...(succeeded === null
      ? {}
      : { [`refund_success_time_${n}`]: formatBeijing(succeeded, 'YYYY-MM-DD HH:mm:ss') }),
  };
}

/** The list fields of the provider's API as they arrive: all present, all empty. */
const EMPTY_LISTS = {
  out_refund_no_list: [],
  refund_id_list: [],
  refund_channel: [],
  refund_fee_list: [],
  settlement_refund_fee_list: [],
  coupon_type_array: [],
  coupon_refund_fee_list: [],
  coupon_refund_count_list: [],
  coupon_refund_id_array: [],
  coupon_refund_fee_array: [],
  refund_status_list: [],
  refund_account_list: [],
  refund_recv_accout_list: [],
  refund_success_time_list: [],
} as const;
