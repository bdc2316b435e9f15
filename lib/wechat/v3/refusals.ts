import type { CommonRefusal, UnknownReason } from '../port';

/** An answer that is no success, as the client read it. */
export interface Declined {
  readonly status: number;
  /** `code` of the body; '' where it has none. */
  readonly code: string;
  /** `message` of the body. */
  readonly text: string;
  /** The stable number at the end of `Request-ID`; null where it has none. */
  readonly tail: string | null;
  /** A signature of WeChat Pay's holds. */
  readonly signed: boolean;
}

/** Meanings that decide nothing. */
export const OPEN = ['system', 'rate_limited', 'clock'] as const satisfies readonly UnknownReason[];

/** One of `OPEN`. */
export type Open = (typeof OPEN)[number];

/** What a refusal of any call may mean. */
export type CommonMeaning = CommonRefusal | Open;

/**
 * Translates an answer's status and code, per call
 * (https://pay.weixin.qq.com/doc/v3/merchant/4012081717). Texts and the number at the end of
 * `Request-ID` only tell apart what the vague codes leave open, because texts change.
 *
 * Failure policy: fail closed. Null, for a code that this version does not know, is tried again and
 * noticed.
 */
export type Meaning<Own extends string> = (declined: Declined) => Own | CommonMeaning | null;

/** Codes that say no more than that the request is not accepted. */
const VAGUE: ReadonlySet<string> = new Set(['INVALID_REQUEST', 'PARAM_ERROR']);

const isVague = ({ code }: Declined): boolean => VAGUE.has(code);

/** `…不得超过5分钟`: the time stamp is compared before the signature. */
const CLOCK_TEXT = /(5|五)\s*(分钟|min)/i;

/** True for the refusal of a time stamp that is more than 5 minutes from WeChat Pay's clock. */
export function isClockRefusal({ code, text }: Declined): boolean {
  return code === 'SIGN_ERROR' && CLOCK_TEXT.test(text);
}

/** Vague refusals that pass: the limit of orders older than a month comes as INVALID_REQUEST. */
const RATE_TEXT = /频率(过高|限制|超限)|(过于|太)频繁/;
const SYSTEM_TEXT = /系统(错误|繁忙|异常|超时)|稍后(再|重)试/;

/** Ends of `Request-ID`, from WeChat Pay's own repository of known problems. */
const TAILS = {
  rate: '268447840',
  paid: ['268449538', '268498689'],
  reentryDiffers: '268498688',
  closed: '268447914',
} as const;

const common: Meaning<never> = (declined) => {
  const { status, code, text, tail } = declined;
  if (status === 429 || tail === TAILS.rate) return 'rate_limited';
  switch (code) {
    case 'SIGN_ERROR':
      return isClockRefusal(declined) ? 'clock' : 'not_authorised';
    case 'NO_AUTH':
    case 'MCH_NOT_EXISTS':
    case 'APPID_MCHID_NOT_MATCH':
      return 'not_authorised';
    case 'FREQUENCY_LIMITED':
    case 'FREQUENCY_LIMIT_EXCEED':
    case 'RATELIMIT_EXCEEDED':
      return 'rate_limited';
    case 'SYSTEM_ERROR':
    case 'SYSTEMERROR':
    case 'BANK_ERROR':
    case 'BANKERROR':
    case 'SERVICE_UNAVAILABLE':
    case 'USER_PAYING':
    case 'USERPAYING':
      return 'system';
    case 'RULE_LIMIT':
    case 'RULELIMIT':
    case 'ACCOUNT_ERROR':
    case 'ACCOUNTERROR':
    case 'REQUEST_BLOCKED':
    case 'TRADE_ERROR':
      return 'other';
    case 'PARAM_ERROR':
    case 'INVALID_REQUEST':
      if (RATE_TEXT.test(text)) return 'rate_limited';
      return SYSTEM_TEXT.test(text) ? 'system' : 'bad_request';
    default:
      return null;
  }
};

const isPaid = (declined: Declined): boolean =>
  declined.code === 'ORDER_PAID' ||
  declined.code === 'ORDERPAID' ||
  (isVague(declined) &&
    (TAILS.paid.some((tail) => tail === declined.tail) || /订单已(经)?支付/.test(declined.text)));

const isClosed = (declined: Declined): boolean =>
  declined.code === 'ORDER_CLOSED' ||
  declined.code === 'ORDERCLOSED' ||
  (isVague(declined) && (declined.tail === TAILS.closed || /订单已(经)?关闭/.test(declined.text)));

/** Of the prepay order. A query follows each of its own meanings. */
export const prepayMeaning: Meaning<'already_paid' | 'number_used' | 'already_closed'> = (declined) => {
  if (isPaid(declined)) return 'already_paid';
  if (isClosed(declined)) return 'already_closed';
  const { code, text, tail } = declined;
  if (code === 'OUT_TRADE_NO_USED') return 'number_used';
  const differs = tail === TAILS.reentryDiffers || /商户订单号重复|重入/.test(text);
  return isVague(declined) && differs ? 'number_used' : common(declined);
};

/** Of the query of an order. */
export const orderMeaning: Meaning<'no_such_order'> = (declined) =>
  declined.status === 404 && isOneOf(declined.code, ['ORDER_NOT_EXIST', 'ORDERNOTEXIST'])
    ? 'no_such_order'
    : common(declined);

/** Of the close of an order. `look`: only a query can tell. */
export const closeMeaning: Meaning<'look'> = (declined) => {
  if (isPaid(declined) || isClosed(declined)) return 'look';
  const { code } = declined;
  return isOneOf(code, ['ORDER_NOT_EXIST', 'ORDERNOTEXIST', 'USER_PAYING', 'USERPAYING'])
    ? 'look'
    : common(declined);
};

/**
 * Of the request of a refund. "No such order" (RESOURCE_NOT_EXISTS) is also answered shortly after
 * a payment, so it is no reason to give up: `other`.
 */
export const refundMeaning: Meaning<'not_enough_funds' | 'too_old' | 'amount_mismatch' | 'payer_account'> = (
  declined,
) => {
  switch (declined.code) {
    case 'NOT_ENOUGH':
    case 'NOTENOUGH':
      return 'not_enough_funds';
    case 'USER_ACCOUNT_ABNORMAL':
      return 'payer_account';
    case 'TRADE_OVERDUE':
      return 'too_old';
    case 'REFUND_FEE_MISMATCH':
      return 'amount_mismatch';
    case 'RESOURCE_NOT_EXISTS':
    case 'ORDER_NOT_EXIST':
      return 'other';
    default:
      return vagueRefund(declined);
  }
};

function vagueRefund(declined: Declined): ReturnType<typeof refundMeaning> {
  const { text } = declined;
  const means = common(declined);
  if (means !== 'bad_request') return means;
  if (/可退金额|金额.*不一致|全额退款/.test(text)) return 'amount_mismatch';
  return /超过(一年|1年|退款期限|365)/.test(text) ? 'too_old' : means;
}

/** Of the query of a refund. */
export const refundQueryMeaning: Meaning<'no_such_refund'> = (declined) =>
  declined.status === 404 &&
  isOneOf(declined.code, ['RESOURCE_NOT_EXISTS', 'REFUND_NOT_EXIST', 'REFUNDNOTEXIST'])
    ? 'no_such_refund'
    : common(declined);

/** Of paying out an abnormal refund. Whether it is abnormal was queried before. */
export const payOutMeaning: Meaning<never> = common;

/** Of the request of a bill. */
export const billMeaning: Meaning<'no_bill' | 'not_yet'> = (declined) => {
  switch (declined.code) {
    case 'NO_STATEMENT_EXIST':
      return 'no_bill';
    case 'STATEMENT_CREATING':
      return 'not_yet';
    default:
      return common(declined);
  }
};

function isOneOf(code: string, codes: readonly string[]): boolean {
  return codes.includes(code);
}
