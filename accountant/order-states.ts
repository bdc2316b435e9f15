import type { OrderState, RowRefundState } from './order-row';

/**
 * The words that shops, shop systems and payment systems use for an order's state. A word that is
 * not here is never taken as paid: its orders are in doubt until `--states` says what it means.
 */
const WORDS: Readonly<Record<'paid' | 'pending' | 'closed' | 'failed', string>> = {
  // Paid once, whatever happened to the goods or to the money since.
  paid: `已支付 已付款 支付成功 付款成功 支付完成 付款完成 已完成支付 已收款 收款成功 已到账 到账成功 已成交 交易成功 交易完成
    已完成 完成 订单完成 成功 已结算 买家已付款 用户已付款 已付 付讫 付清 已付清 全额支付 已全额付款 是 支付 待发货 等待发货 等待卖家发货 备货中 待配送
    已发货 卖家已发货 部分发货 配送中 运输中 待收货 等待买家确认收货 已收货 确认收货 已签收 已送达 待评价 已评价 待核销 已核销 待使用
    已使用 待自提 已自提 已提货 发货失败 暂缓发货 退款 已退款 部分退款 全额退款 全部退款 退款成功 退款完成 退款中 退款处理中 申请退款 退款申请中
    退款失败 转入退款 已部分退款 已全额退款 已全部退款 售后中 售后完成 退货中 退货退款 已退货
    paid pay_success payment_success payed success successful succeeded ok yes true complete completed done finish finished
    settled captured trade_success trade_finished payment_received processing_shipment awaiting_shipment to_ship
    shipped delivered fulfilled received wait_seller_send_goods wait_buyer_confirm_goods seller_consigned_part
    refund refunded refunding partial_refund partially_refunded partial_refunded fully_refunded full_refund
    refund_success refund_processing awaiting_fulfilment awaiting_fulfillment`,
  pending: `待支付 未支付 待付款 未付款 等待付款 等待支付 等待买家付款 待买家付款 等待用户付款 等待用户支付 待用户支付 支付中 付款中 正在支付
    用户支付中 待缴费 未缴费 未付 待付 否 未完成支付 未成功支付 已下单未支付 已下单待支付 待收款 未收款 拼团中未付款 待付定金
    notpay not_pay not_paid unpaid nopay no_pay pending pending_payment payment_pending waiting wait_pay wait_payment wait_buyer_pay
    waiting_payment waiting_for_payment awaiting_payment to_pay topay userpaying user_paying paying created init initial
    new no false unsettled pre_pay prepay accept accepted`,
  closed: `已关闭 关闭 订单关闭 交易关闭 支付关闭 已取消 取消 订单取消 订单已取消 订单已关闭 交易取消 取消订单 取消支付 买家取消 用户取消 卖家取消 系统取消
    超时取消 超时关闭 支付超时 付款超时 超时未支付 超时未付款 未支付已关闭 未付款已关闭 未支付关闭 已超时 已失效 失效 已过期 过期 已撤销 撤销 已冲正 冲正 作废 已作废 无效 已删除
    closed close order_closed trade_closed trade_closed_by_taobao cancelled canceled cancel revoked revoke reversed reverse
    voided void expired timeout timed_out invalid abandoned deleted`,
  failed: `支付失败 付款失败 交易失败 失败 扣款失败 支付异常 付款异常 支付错误 拒绝支付 支付被拒
    failed fail failure payerror pay_error pay_fail pay_failed payment_failed trade_failed error declined rejected`,
};

const REFUND_WORDS: Readonly<Record<'succeeded' | 'processing' | 'closed' | 'abnormal', string>> = {
  succeeded: `退款成功 已退款 成功 退款完成 已完成 完成 已到账 退款到账 已退 退款已到账 全额退款 部分退款 已全额退款 已部分退款 退款 是
    success succeeded successful refunded refund_success refund_succeeded complete completed done finished paid yes true`,
  processing: `退款中 处理中 退款处理中 申请中 退款申请中 已申请 待退款 等待退款 待处理 审核中 待审核 进行中 已受理
    processing pending requested refunding refund_processing in_progress apply applied accepted submitted created`,
  closed: `退款关闭 已关闭 关闭 已取消 取消 已撤销 撤销 退款撤销 退款取消 已拒绝 拒绝退款 拒绝 驳回 退款失败 失败 未退款 无退款 否
    refundclose refund_closed refund_close closed close cancelled canceled rejected refused failed fail refund_failed
    no false none no_refund not_refunded`,
  abnormal: `退款异常 异常 转入代发 change abnormal refund_abnormal error`,
};

const STATE_OF = dictionary(WORDS);
const REFUND_STATE_OF = dictionary(REFUND_WORDS);

/** Meanings that the accountant gives to words, by `--states`. */
export type GivenStates = ReadonlyMap<string, OrderState>;

/** An order's state by its word; `unclear` for a word that is not known. */
export function stateOfWord(word: string, given: GivenStates): OrderState {
  const plain = plainWord(word);
  return given.get(plain) ?? STATE_OF.get(plain) ?? 'unclear';
}

/** A refund's state by its word; `unclear` for a word that is not known. */
export function refundStateOfWord(word: string): RowRefundState {
  return REFUND_STATE_OF.get(plainWord(word)) ?? 'unclear';
}

/**
 * A word as the lists have it: letter case, blanks, hyphens and brackets around it do not matter.
 */
export function plainWord(word: string): string {
  return word
    .normalize('NFKC')
    .replace(/^[[({【「<"']+|[\])}】」>"'。.!！]+$/g, '')
    .trim()
    .replace(/[\s\-_]+/g, '_')
    .toLowerCase();
}

function dictionary<State extends string>(
  words: Readonly<Record<State, string>>,
): ReadonlyMap<string, State> {
  const found = new Map<string, State>();
  for (const state in words) {
    for (const word of words[state].split(/\s+/)) found.set(plainWord(word), state);
  }
  return found;
}
