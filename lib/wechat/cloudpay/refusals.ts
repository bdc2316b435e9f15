import type { CommonRefusal, UnknownReason } from '../port';

/** Meanings that a failure of any call can have: a refusal in our words, or an unknown. */
export type CommonMeaning = CommonRefusal | Extract<UnknownReason, 'system' | 'rate_limited'>;

interface Rule<Meaning extends string> {
  readonly means: Meaning;
  readonly codes: readonly string[];
  /** Matched against the text of a failure whose code is missing, vague or unknown. */
  readonly text?: RegExp;
  /**
   * The whole text of a failure without a code, for meanings that prove an end; part of a text
   * never proves one.
   */
  readonly whole?: RegExp;
}

/**
 * `appid not exist` and `mchid not exist` must not match as "no such order", and `no such refund`
 * is the proof that frees money.
 */
const NO_SUCH_ORDER = /^(该|商户)?订单(号)?不存在[。.]?$|^order (does )?not exist[.]?$/i;
const ORDER_CLOSED = /^(该|此)?订单已(经)?关闭[。.]?$|^(the )?order (is |has been )?closed[.]?$/i;
const NO_SUCH_REFUND =
  /^(该|商户)?退款(单|单号|订单|记录)?不存在[。.]?$|^(refund |refund order )?(does )?not exist[.]?$/i;

/**
 * Translates WeChat Pay's `err_code` per API and, where it is missing or vague, `err_code_des` or
 * `return_msg` (v2 error lists of the pages below; texts as seen in the field).
 * https://pay.weixin.qq.com/doc/v2/merchant/4011935214 and its neighbours.
 *
 * Failure policy: fail closed. No rule means paid, closed by us or refunded: a failure leads to a
 * query at most. A failure that no rule matches stays unknown, so it is tried again and noticed.
 */
const COMMON: readonly Rule<CommonMeaning>[] = [
  {
    means: 'system',
    codes: ['SYSTEMERROR', 'SYSTEM_ERROR', 'BIZERR_NEED_RETRY', 'BANKERROR'],
    text: /系统(错误|繁忙|异常|超时)|稍后(再|重)试|system ?error|system busy|try again|compressgzip error/i,
  },
  {
    means: 'rate_limited',
    codes: ['FREQUENCY_LIMITED', 'FREQUENCY_LIMIT_EXCEED', 'RATELIMIT_EXCEEDED', 'RATE_LIMITED'],
    text: /频率(过高|限制|超限)|(过于|太)频繁|frequency|too many requests/i,
  },
  {
    means: 'not_authorised',
    codes: ['NOAUTH', 'NO_AUTH', 'APPID_NOT_EXIST', 'MCHID_NOT_EXIST', 'APPID_MCHID_NOT_MATCH'],
    text: /受理关系不存在|商户号?不存在|appid ?不存在|未授权|(没有|无)权限|权限已经关闭|no ?auth|not authori[sz]ed|invalid appid|(appid|mch_?id)\b.*not exist/i,
  },
  {
    means: 'bad_request',
    codes: [
      'LACK_PARAMS',
      'PARAM_ERROR',
      'SIGNERROR',
      'XML_FORMAT_ERROR',
      'REQUIRE_POST_METHOD',
      'POST_DATA_EMPTY',
      'NOT_UTF8',
      'INVALID_TRANSACTIONID',
    ],
    text: /参数(错误|格式)|缺少参数|签名(错误|失败)|sign error|invalid (bill_type|parameter)|missing parameter|data format error|post method|empty post data/i,
  },
];

/** Codes shared by several refusals: their text is matched first. */
const VAGUE_CODES: ReadonlySet<string> = new Set(['PARAM_ERROR', 'ERROR']);

/** Refusals of unifiedOrder. */
export const UNIFIED_ORDER: readonly Rule<
  'already_paid' | 'number_used' | 'already_closed' | CommonMeaning
>[] = [
  { means: 'already_paid', codes: ['ORDERPAID'], text: /订单已支付|order (has been )?paid/i },
  {
    means: 'number_used',
    codes: ['OUT_TRADE_NO_USED'],
    text: /商户订单号重复|out_trade_no (is )?(used|duplicate)/i,
  },
  { means: 'already_closed', codes: ['ORDERCLOSED'], text: /订单已关闭|order (has been )?closed/i },
  { means: 'other', codes: ['NOTENOUGH'] },
  ...COMMON,
];

/** Refusals of queryOrder. */
export const QUERY_ORDER: readonly Rule<'no_such_order' | CommonMeaning>[] = [
  { means: 'no_such_order', codes: ['ORDERNOTEXIST'], whole: NO_SUCH_ORDER },
  ...COMMON,
];

/**
 * Refusals of closeOrder. `already_closed` and `no_such_order` end orders. WeChat Pay documents no
 * code for an order under 5 minutes old, so the text decides.
 */
export const CLOSE_ORDER: readonly Rule<
  'already_paid' | 'already_closed' | 'no_such_order' | 'too_early' | CommonMeaning
>[] = [
  { means: 'already_paid', codes: ['ORDERPAID'], text: /订单已支付|order (has been )?paid/i },
  { means: 'already_closed', codes: ['ORDERCLOSED'], whole: ORDER_CLOSED },
  { means: 'no_such_order', codes: ['ORDERNOTEXIST'], whole: NO_SUCH_ORDER },
  { means: 'too_early', codes: [], text: /(5|五)\s*分钟|5 minutes|too early/i },
  ...COMMON,
];

/**
 * Refusals of refund. A request after the whole order was refunded is declined as `ERROR 订单已全额退款`,
 * one for more than is left as `INVALID_REQUEST refund_fee大于可退金额`, one for more than was paid as
 * `invalid refund_fee` (texts published by merchants). They mean that this amount cannot be
 * refunded, but not that *this* refund was not the one that used the money up.
 */
export const REFUND: readonly Rule<
  'not_enough_funds' | 'too_old' | 'amount_mismatch' | 'no_such_order' | 'payer_account' | CommonMeaning
>[] = [
  { means: 'not_enough_funds', codes: ['NOTENOUGH'], text: /余额不足/ },
  { means: 'too_old', codes: ['TRADE_OVERDUE'], text: /超过(一年|1年|退款期限)|已经?过期/ },
  {
    means: 'amount_mismatch',
    codes: ['REFUND_FEE_MISMATCH'],
    text: /(订单|退款)金额.*不(一致|符)|已全额退款|大于可退金额|invalid refund_fee/i,
  },
  { means: 'no_such_order', codes: ['ORDERNOTEXIST'], whole: NO_SUCH_ORDER },
  { means: 'payer_account', codes: ['USER_ACCOUNT_ABNORMAL'], text: /用户.*(账户|帐号|账号)(异常|注销)/ },
  { means: 'other', codes: ['INVALID_REQ_TOO_MUCH'], text: /无效请求过多/ },
  ...COMMON,
  { means: 'other', codes: ['ERROR'] },
];

/** Refusals of queryRefund. */
export const QUERY_REFUND: readonly Rule<'no_such_refund' | CommonMeaning>[] = [
  { means: 'no_such_refund', codes: ['REFUNDNOTEXIST'], whole: NO_SUCH_REFUND },
  ...COMMON,
];

/** Refusals of downloadBill, whose code is named `error_code`. */
export const DOWNLOAD_BILL: readonly Rule<'not_available' | CommonMeaning>[] = [
  { means: 'not_available', codes: ['20002'], text: /no bill exist|bill creating|账单(不存在|生成中)/i },
  ...COMMON,
];

/**
 * The meaning of a failure, or null when no rule matches. A precise code outranks every text. Then,
 * without a code, the rule whose whole text matches; then the first rule whose pattern matches. A
 * bare `INVALID_REQUEST` is a `bad_request`. A gateway that lost the code writes 0 instead.
 */
export function meaning<Meaning extends string>(
  rules: readonly Rule<Meaning | CommonMeaning>[],
  code: string,
  text: string,
): Meaning | CommonMeaning | null {
  const byCode = rules.find((rule) => rule.codes.includes(code));
  if (byCode && !VAGUE_CODES.has(code)) return byCode.means;
  const byWhole =
    code === '' || code === '0' ? rules.find((rule) => rule.whole?.test(text.trim()) === true) : undefined;
  if (byWhole) return byWhole.means;
  const byText = rules.find((rule) => rule.text?.test(text) === true);
  if (byText) return byText.means;
  if (byCode) return byCode.means;
  return code === 'INVALID_REQUEST' ? 'bad_request' : null;
}
