import type { MoneyBack, OrderState, RowRefundState } from './order-row';
import { simplified } from './simplified';

/**
 * The words that shops, shop systems and payment systems use for an order's state. A word that is
 * not here is never taken as paid: its orders are in doubt until `--states` says what it means.
 */
const WORDS: Readonly<Record<'paid' | 'pending' | 'closed' | 'failed', string>> = {
  // Paid once, whatever happened to the goods or to the money since.
  paid: `已支付 已付款 支付成功 付款成功 支付完成 付款完成 已完成支付 已收款 收款成功 已到账 到账成功 已成交 交易成功 交易完成
    已完成 完成 订单完成 成功 已结算 已入账 入账成功 买家已付款 用户已付款 已付 付讫 付清 已付清 全额支付 已全额付款 是 支付 全额付款 已全额支付 待成团 待分享 拼团成功 已成团 待接单 已接单 商家已接单 制作中 备餐中 待取餐 已取餐 待取货 已取货
    待入住 已入住 已预约 待出库 等待出库 正在出库 已出库 待签收 等待收货 等待买家确认 等待买家收货 已确认收货 卖家部分发货 待发货 等待发货 等待卖家发货 备货中 待配送
    已发货 卖家已发货 部分发货 配送中 运输中 待收货 等待买家确认收货 已收货 确认收货 已签收 已送达 待评价 已评价 待核销 已核销 待使用
    已使用 待自提 已自提 已提货 发货失败 暂缓发货 退款 已退款 部分退款 全额退款 全部退款 退款成功 退款完成 退款中 退款处理中 申请退款 退款申请中
    退款失败 退款关闭 退款取消 售后关闭 售后取消 售后失败 拒绝退款 已拒绝退款 转入退款 已部分退款 已全额退款 已全部退款 售后中 售后完成 退货中 退货退款 已退货 已退货退款 买家已签收
    paid pay_success payment_success payed success successful succeeded ok yes true complete completed done finish finished
    settled captured trade_success trade_finished payment_received processing_shipment awaiting_shipment to_ship
    trade_buyer_signed paid_forbid_consign shipped delivered fulfilled received wait_seller_send_goods wait_buyer_confirm_goods seller_consigned_part
    refund refunded refunding partial_refund partially_refunded partial_refunded fully_refunded full_refund
    refund_success refund_processing awaiting_fulfilment awaiting_fulfillment wc_processing wc_completed wc_refunded`,
  pending: `待支付 未支付 待付款 未付款 等待付款 等待支付 等待买家付款 待买家付款 等待用户付款 等待用户支付 待用户支付 支付中 付款中 正在支付
    用户支付中 待缴费 未缴费 未付 待付 否 未完成支付 未成功支付 已下单未支付 已下单待支付 待收款 未收款 拼团中未付款 待付定金
    等待付款确认 未付款未发货 trade_no_create_pay notpay not_pay not_paid unpaid nopay no_pay pending pending_payment payment_pending waiting wait_pay wait_payment wait_buyer_pay
    waiting_payment waiting_for_payment awaiting_payment to_pay topay userpaying user_paying paying created init initial
    new no false unsettled pre_pay prepay accept accepted wc_pending wc_on_hold wc_checkout_draft`,
  closed: `已关闭 关闭 订单关闭 交易关闭 支付关闭 已取消 取消 订单取消 订单已取消 订单已关闭 交易取消 取消订单 取消支付 买家取消 用户取消 卖家取消 系统取消
    超时取消 超时关闭 手动取消 手动关闭 自动取消 自动关闭 商家取消 商家关闭 卖家关闭 买家关闭 客服取消 管理员取消 后台取消 超时自动取消 超时自动关闭
    超时未付款关闭 超时未付款取消 超时未付款自动关闭 超时未付款自动取消 超时未支付关闭 超时未支付取消 超时未支付自动关闭 超时未支付自动取消 支付超时关闭 付款超时关闭 支付超时 付款超时 超时未支付 超时未付款 未支付已关闭 未付款已关闭 未支付关闭 已超时 已失效 失效 已过期 过期 已撤销 撤销 已冲正 冲正 作废 已作废 无效 已删除
    closed close order_closed trade_closed trade_closed_by_taobao cancelled canceled cancel revoked revoke reversed reverse
    voided void expired timeout timed_out invalid abandoned deleted wc_cancelled`,
  failed: `支付失败 付款失败 交易失败 失败 扣款失败 支付异常 付款异常 支付错误 拒绝支付 支付被拒
    failed fail failure payerror pay_error pay_fail pay_failed payment_failed trade_failed error declined rejected wc_failed`,
};

const REFUND_WORDS: Readonly<Record<'succeeded' | 'processing' | 'closed' | 'abnormal', string>> = {
  succeeded: `退款成功 已退款 全部退款 全额退款成功 部分退款成功 已退回 退款已退回 已原路退回 已打款 退款已完成 售后完成 成功 退款完成 已完成 完成 已到账 退款到账 已退 退款已到账 全额退款 部分退款 已全额退款 已部分退款 退款 是
    success succeeded successful refunded refund_success refund_succeeded complete completed done finished paid yes true`,
  processing: `申请退款 买家申请退款 用户申请退款 等待商家处理 待商家处理 等待卖家处理 待卖家处理 退款审核中 待退货 退货中 退款待处理 退款中 处理中 退款处理中 申请中 退款申请中 已申请 待退款 等待退款 待处理 审核中 待审核 进行中 已受理
    processing pending requested refunding refund_processing in_progress apply applied accepted submitted created`,
  closed: `商家拒绝 卖家拒绝 商家拒绝退款 卖家拒绝退款 买家撤销 用户撤销 退款驳回 已驳回 撤销退款 取消退款 退款已关闭 退款已取消 退款已撤销 无售后 没有退款
    退款关闭 已关闭 关闭 已取消 取消 已撤销 撤销 退款撤销 退款取消 已拒绝 拒绝退款 拒绝 驳回 退款失败 失败 未退款 无退款 否
    refundclose refund_closed refund_close closed close cancelled canceled rejected refused failed fail refund_failed
    no false none no_refund not_refunded`,
  abnormal: `退款异常 异常 转入代发 change abnormal refund_abnormal error`,
};

/** Words of an order that say, beside that it was paid, that its money went back. */
const MONEY_BACK_WORDS: Readonly<Record<Exclude<MoneyBack, 'none'>, string>> = {
  full: '全额退款 全部退款 已全额退款 已全部退款 full_refund fully_refunded',
  // These say nothing of the amount; after-sales may also end in an exchange.
  whole: `退款 已退款 退款成功 退款完成 转入退款 退货退款 已退货退款 售后完成
    refund refunded refund_success wc_refunded`,
  part: '部分退款 已部分退款 partial_refund partially_refunded partial_refunded',
};

const STATE_OF = dictionary(WORDS);
const MONEY_BACK_OF = dictionary(MONEY_BACK_WORDS);
const REFUND_STATE_OF = dictionary(REFUND_WORDS);

/** Meanings that the accountant gives to words, by `--states`. */
export type GivenStates = ReadonlyMap<string, OrderState>;

/** An order's state by its word; `unclear` for a word that is not known. */
export function stateOfWord(word: string, given: GivenStates): OrderState {
  return wordIn((plain) => given.get(plain) ?? STATE_OF.get(plain), word) ?? 'unclear';
}

/** A refund's state by its word; `unclear` for a word that is not known. */
export function refundStateOfWord(word: string): RowRefundState {
  return wordIn((plain) => REFUND_STATE_OF.get(plain), word) ?? 'unclear';
}

/**
 * Whether an order's word says that its money went back. A word that `--states` explains says only
 * what is given there.
 */
export function moneyBackOfWord(word: string, given: GivenStates): MoneyBack {
  const said = partsOf(word).flatMap((part) => {
    const names = [part, part.replace(PAID_FIRST, ''), part.replace(MEANS_FIRST, '')].map(plainWord);
    if (names.some((name) => given.has(name))) return [];
    return names.flatMap((name) => MONEY_BACK_OF.get(name) ?? []);
  });
  if (said.includes('full')) return 'full';
  return said.includes('part') ? 'part' : (said[0] ?? 'none');
}

/** What may stand between two words that say the same: `买家已付款，等待卖家发货`, `未付款(待支付)`. */
const BETWEEN = /[,，、;；/|()（）]+/;
/** How it was paid or refunded, which is no state. */
const MEANS =
  /^(?:微信(?:支付|钱包)?|小程序(?:支付)?|在线支付|线上支付|原路退回|原路退款|零钱|wechat(?:_?pay)?)$/i;
/** `微信已支付`: the means, then the state. */
const MEANS_FIRST = /^微信/;
/** `已付款待发货`: paid, and then what became of the goods. */
const PAID_FIRST = /^(?:买家|用户)?已(?:支付|付款)(?=.)/;

/** The state of a word, or the one that all of its parts have. */
function wordIn<State extends string>(
  known: (plain: string) => State | undefined,
  word: string,
): State | undefined {
  const whole = known(plainWord(word));
  if (whole !== undefined) return whole;
  const parts = partsOf(word);
  if (parts.length === 0) return undefined;
  const states = new Set(parts.map((part) => known(plainWord(part)) ?? partly(known, part)));
  const [first] = states;
  return states.size === 1 ? first : undefined;
}

function partsOf(word: string): readonly string[] {
  return word
    .normalize('NFKC')
    .split(BETWEEN)
    .map((part) => part.trim())
    .filter((part) => part !== '' && !MEANS.test(part));
}

function partly<State extends string>(
  known: (plain: string) => State | undefined,
  part: string,
): State | undefined {
  const first = PAID_FIRST.exec(part)?.[0];
  if (first !== undefined) {
    const paid = known(plainWord(first));
    return known(plainWord(part.slice(first.length))) === paid ? paid : undefined;
  }
  return MEANS_FIRST.test(part) ? known(plainWord(part.replace(MEANS_FIRST, ''))) : undefined;
}

/**
 * A word as the lists have it: letter case, blanks, hyphens and brackets around it do not matter.
 */
export function plainWord(word: string): string {
  return simplified(word.normalize('NFKC'))
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
