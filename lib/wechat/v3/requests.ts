import type { V3Party } from '../../config/v3-party';
import type { BeijingDay } from '../../values/day';
import { formatBeijing, type Instant } from '../../values/instant';
import { isRecord } from '../../values/json';
import { parseStrictJson } from '../../values/strict-json';
import type {
  FundFlowRequest,
  TradeBillRequest,
  OrderQuestion,
  PrepayDraft,
  RefundQuestion,
  RefundRequest,
} from '../port';

/** Longest texts, in bytes of UTF-8. WeChat Pay's pages say characters; its servers count bytes. */
const MOST_DESCRIPTION = 127;
const MOST_REASON = 80;

/**
 * The body of a JSAPI prepay order (https://pay.weixin.qq.com/doc/v3/merchant/4012791897). It is
 * written once and kept with the order: asked for again with any other value, even another time of
 * expiry, WeChat Pay refuses the number.
 *
 * The description is cut at 127 bytes and loses emoji, which API v3 does not accept. `attach` is
 * sent as it is: it comes back with the payment.
 */
export function prepayBodyOf(party: V3Party, notifyUrl: string, request: PrepayDraft): string {
  const { body, outTradeNo, expiresAt, attach, total, payer, payerIp } = request;
  const direct = party.mode === 'direct';
  return JSON.stringify({
    ...(direct
      ? { appid: party.appId, mchid: party.mchId }
      : {
          sp_appid: party.spAppId,
          sp_mchid: party.spMchId,
          sub_appid: party.subAppId,
          sub_mchid: party.subMchId,
        }),
    description: acceptable(body, MOST_DESCRIPTION) || outTradeNo,
    out_trade_no: outTradeNo,
    time_expire: beijingRfc3339(expiresAt),
    ...(attach === undefined || attach === '' ? {} : { attach }),
    notify_url: notifyUrl,
    amount: { total, currency: 'CNY' },
    payer: direct ? { openid: payer } : { sub_openid: payer },
    ...(payerIp === '' ? {} : { scene_info: { payer_client_ip: payerIp } }),
  });
}

/** A kept prepay body: whether it is this order's, and the appid that must sign its payment. */
export type KeptPrepay =
  { readonly kind: 'ours'; readonly appId: string } | { readonly kind: 'foreign'; readonly why: string };

/**
 * Reads back a body that was kept with an order.
 *
 * Failure policy: fail closed. A body of another order, merchant or amount is not sent.
 */
export function readPrepayBody(text: string, party: V3Party, request: PrepayDraft): KeptPrepay {
  const kept = parseStrictJson(text);
  if (!isRecord(kept)) return { kind: 'foreign', why: 'it is not readable' };
  const direct = party.mode === 'direct';
  const merchant = direct
    ? kept['mchid'] === party.mchId
    : kept['sp_mchid'] === party.spMchId && kept['sub_mchid'] === party.subMchId;
  if (!merchant) return { kind: 'foreign', why: 'it is of another merchant number' };
  if (kept['out_trade_no'] !== request.outTradeNo) return { kind: 'foreign', why: 'it is of another order' };
  const amount = isRecord(kept['amount']) ? kept['amount'] : {};
  if (amount['total'] !== request.total) return { kind: 'foreign', why: 'it is of another amount' };
  const appId = kept[direct ? 'appid' : 'sub_appid'];
  return typeof appId === 'string' && appId !== ''
    ? { kind: 'ours', appId }
    : { kind: 'foreign', why: 'it names no appid' };
}

const root = (party: V3Party): string =>
  party.mode === 'direct' ? '/v3/pay/transactions' : '/v3/pay/partner/transactions';

/** Where prepay orders are created. */
export function prepayPath(party: V3Party): string {
  return `${root(party)}/jsapi`;
}

/** Where an order is queried. The query string is signed, too. */
export function orderPath(party: V3Party, { outTradeNo }: OrderQuestion): string {
  const who =
    party.mode === 'direct'
      ? `mchid=${party.mchId}`
      : `sp_mchid=${party.spMchId}&sub_mchid=${party.subMchId}`;
  return `${root(party)}/out-trade-no/${encodeURIComponent(outTradeNo)}?${who}`;
}

/** Where an order is closed, and with what. */
export function closeRequest(
  party: V3Party,
  { outTradeNo }: OrderQuestion,
): { readonly path: string; readonly body: string } {
  const who =
    party.mode === 'direct' ? { mchid: party.mchId } : { sp_mchid: party.spMchId, sub_mchid: party.subMchId };
  return {
    path: `${root(party)}/out-trade-no/${encodeURIComponent(outTradeNo)}/close`,
    body: JSON.stringify(who),
  };
}

/** Where refunds are requested. */
export const REFUNDS_PATH = '/v3/refund/domestic/refunds';

/**
 * The body of a refund. `notify_url` is always sent: without it WeChat Pay sends no notice, or one
 * of API v2. Repeating it with the same values is safe.
 */
export function refundBody(party: V3Party, notifyUrl: string, request: RefundRequest): string {
  const { outTradeNo, transactionId, outRefundNo, reason, source, refund, total } = request;
  const cut = reason === undefined ? '' : acceptable(reason, MOST_REASON);
  return JSON.stringify({
    ...(party.mode === 'direct' ? {} : { sub_mchid: party.subMchId }),
    ...(transactionId === undefined ? { out_trade_no: outTradeNo } : { transaction_id: transactionId }),
    out_refund_no: outRefundNo,
    ...(cut === '' ? {} : { reason: cut }),
    notify_url: notifyUrl,
    ...(source === undefined ? {} : { funds_account: FUNDS[source] }),
    amount: { refund, total, currency: 'CNY' },
  });
}

const FUNDS = { unsettled: 'UNSETTLED', available: 'AVAILABLE' } as const;

/** Where a refund is queried. */
export function refundPath(party: V3Party, { outRefundNo }: RefundQuestion): string {
  const who = party.mode === 'direct' ? '' : `?sub_mchid=${party.subMchId}`;
  return `${REFUNDS_PATH}/${encodeURIComponent(outRefundNo)}${who}`;
}

/** Where an abnormal refund is paid out, by WeChat Pay's own number of it, and with what. */
export function payOutRequest(
  party: V3Party,
  { outRefundNo }: RefundQuestion,
  refundId: string,
): { readonly path: string; readonly body: string } {
  return {
    path: `${REFUNDS_PATH}/${encodeURIComponent(refundId)}/apply-abnormal-refund`,
    body: JSON.stringify({
      ...(party.mode === 'direct' ? {} : { sub_mchid: party.subMchId }),
      out_refund_no: outRefundNo,
      // The payer's other card would need its number here, and somebody who typed it in.
      type: 'MERCHANT_BANK_CARD',
    }),
  };
}

/**
 * Where a trade bill is requested. A service provider always names the sub-merchant: otherwise the
 * bill is that of all of them.
 */
export function billPath(
  party: V3Party,
  { day, gzip }: TradeBillRequest,
  type: 'ALL' | 'SUCCESS' | 'REFUND',
): string {
  const who = party.mode === 'direct' ? '' : `&sub_mchid=${party.subMchId}`;
  return `/v3/bill/tradebill?bill_date=${dashed(day)}&bill_type=${type}${gzip ? '&tar_type=GZIP' : ''}${who}`;
}

/** Where the fund-flow bill of the signing number's own account is requested. */
export function fundFlowPath({ day, account, gzip }: FundFlowRequest): string {
  const form = gzip ? '&tar_type=GZIP' : '';
  return `/v3/bill/fundflowbill?bill_date=${dashed(day)}&account_type=${account}${form}`;
}

function dashed(day: BeijingDay): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}

function beijingRfc3339(at: Instant): string {
  return `${formatBeijing(at, 'YYYY-MM-DDTHH:mm:ss')}+08:00`;
}

/** Control characters, halves of a character, and all characters of four bytes. */
const NOT_ACCEPTED = /[\p{Cc}\p{Cs}\u{10000}-\u{10ffff}]/gu;

/** A text as API v3 takes it, cut between characters. The same text is always cut the same way. */
function acceptable(text: string, mostBytes: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text.replace(NOT_ACCEPTED, '')) {
    bytes += Buffer.byteLength(character);
    if (bytes > mostBytes) break;
    kept += character;
  }
  return kept;
}
