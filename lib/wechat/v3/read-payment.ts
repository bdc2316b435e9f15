import { PROMOTION_SCOPES, PROMOTION_TYPES, type PaymentDetails, type Promotion } from '../../model/facts';
import { fen, isPayableFen, type Fen } from '../../values/fen';
import { isOutTradeNo, isPayerId, isTransactionId, type OutTradeNo } from '../../values/ids';
import { isRecord } from '../../values/json';
import { collectorNamed, namedParty, type NamedParty } from './named-party';
import { description, fieldReader, isAmount, isCurrency, readTime, when } from './read-field';

/** A payment, or what makes it unreadable. `named`: whose payment it says it is. */
export type PaymentReading =
  | { readonly kind: 'read'; readonly payment: PaymentDetails; readonly named: NamedParty }
  | {
      readonly kind: 'unreadable';
      /** One line per problem, with the field's name and never its value. */
      readonly problems: readonly string[];
      readonly outTradeNo: OutTradeNo | null;
    };

/** A payment has a few. More is not a payment, and would be stored. */
const MOST_PROMOTIONS = 50;

/**
 * Reads a payment as queries and notifications of API v3 state it
 * (https://pay.weixin.qq.com/doc/v3/merchant/4012791861), direct or under a service provider. Its
 * state is not judged here. Pure, and never throws.
 *
 * `cash` is what the payer paid (`payer_total`), `coupon` the sum of the promotions.
 *
 * Failure policy: fail closed. A deciding field (who, what, how much, when) that is not exactly of
 * its documented type makes the whole payment unreadable, even `"100"` for 100. An absent currency
 * is CNY, the only one of mainland merchants. Descriptions are dropped when they are odd.
 */
export function readPaymentResource(resource: unknown): PaymentReading {
  if (!isRecord(resource)) return unreadable(['the resource is not an object'], null);
  const named = namedParty(resource);
  const { required, optional, problems } = fieldReader(resource);
  const outTradeNo = required('out_trade_no', when(isOutTradeNo));
  const transactionId = required('transaction_id', when(isTransactionId));
  const total = required('amount.total', when(isPayableFen));
  const cash = optional('amount.payer_total', when(isAmount));
  const currency = optional('amount.currency', when(isCurrency));
  const cashFeeType = optional('amount.payer_currency', when(isCurrency));
  const paidAt = required('success_time', readTime);
  const isPartner = named.subMchId !== null;
  const payer = optional(isPartner ? 'payer.sub_openid' : 'payer.openid', when(isPayerId));
  const promotions = optional('promotion_detail', readPromotions);
  const subMchId = collectorNamed(named);
  const found = [...problems, ...(subMchId === null ? ['mchid: missing'] : [])];
  if (
    found.length > 0 ||
    outTradeNo === null ||
    transactionId === null ||
    total === null ||
    paidAt === null ||
    subMchId === null
  ) {
    return unreadable(found, outTradeNo);
  }
  const coupon = promotions === null ? null : sum(promotions.map(({ amount }) => amount));
  if (cash !== null && cash > total) return unreadable(['amount.payer_total: more than total'], outTradeNo);
  if (coupon !== null && coupon > total) return unreadable(['promotion_detail: more than total'], outTradeNo);
  return {
    kind: 'read',
    named,
    payment: {
      outTradeNo,
      transactionId,
      subMchId,
      total,
      currency: currency ?? 'CNY',
      paidAt,
      payer,
      cash,
      ...(cashFeeType === null ? {} : { cashFeeType }),
      coupon,
      settlementTotal: promotions === null ? null : settled(total, promotions),
      bankType: description(resource['bank_type']),
      attach: description(resource['attach']),
      ...(promotions === null ? {} : { promotions }),
    },
  };
}

/**
 * What reaches the merchant: coupons of cash do, the others do not. Null when the type of one is
 * not known.
 */
function settled(total: Fen, promotions: readonly Promotion[]): Fen | null {
  if (promotions.some(({ type }) => type === null)) return null;
  const without = promotions.filter(({ type }) => type === 'NOCASH').map(({ amount }) => amount);
  return fen(total - sum(without));
}

function sum(amounts: readonly Fen[]): Fen {
  return fen(amounts.reduce((all, one) => Math.min(Number.MAX_SAFE_INTEGER, all + one), 0));
}

function readPromotions(value: unknown): readonly Promotion[] | null {
  if (!Array.isArray(value) || value.length > MOST_PROMOTIONS) return null;
  const rows: readonly unknown[] = value;
  const read = rows.map(readPromotion);
  const promotions = read.filter((one) => one !== null);
  return promotions.length === rows.length ? promotions : null;
}

/** Of a promotion, id and amounts decide; texts are cut. */
function readPromotion(row: unknown): Promotion | null {
  if (!isRecord(row)) return null;
  const { required, optional, problems } = fieldReader(row);
  const id = required('coupon_id', when(isCouponId));
  const amount = required('amount', when(isAmount));
  optional('currency', (value) => (value === 'CNY' ? value : null));
  const wechat = optional('wechatpay_contribute', when(isAmount));
  const merchant = optional('merchant_contribute', when(isAmount));
  const other = optional('other_contribute', when(isAmount));
  if (problems.length > 0 || id === null || amount === null) return null;
  const name = description(row['name']);
  return {
    id,
    name: name === null ? null : name.slice(0, 64),
    scope: PROMOTION_SCOPES.find((scope) => scope === row['scope']) ?? null,
    type: PROMOTION_TYPES.find((type) => type === row['type']) ?? null,
    amount,
    borneBy: { wechat, merchant, other },
  };
}

function isCouponId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9A-Za-z_-]{1,64}$/.test(value);
}

function unreadable(problems: readonly string[], outTradeNo: OutTradeNo | null): PaymentReading {
  return { kind: 'unreadable', problems, outTradeNo };
}
