import { isFen, isPayableFen, type Fen } from '../values/fen';
import { isOutTradeNo, isPayerId, isSubMchId, isTransactionId, type OutTradeNo } from '../values/ids';
import { beijingTime, type Instant } from '../values/instant';
import { readCoupons, settledOf } from './coupon-fields';
import { field } from './fields';
import type { PaymentDetails } from '../model/facts';

/** A payment, or the fields that made it unreadable. Problems name fields, never their values. */
export type PaymentReading =
  | { readonly kind: 'read'; readonly payment: PaymentDetails }
  | {
      readonly kind: 'unreadable';
      readonly missing: readonly string[];
      readonly illTyped: readonly string[];
      readonly outTradeNo: OutTradeNo | null;
    };

/**
 * Reads the payment fields shared by notifications and queryOrder answers (v2 payment notification,
 * https://pay.weixin.qq.com/doc/v2/merchant/4011935221). Amounts are Numbers in fen, ids are
 * Strings, `timeEnd` is Beijing time. Never throws.
 *
 * Failure policy: fail closed. When a deciding field (who, what, how much, when) is not exactly of
 * its documented type, the whole payment is unreadable. Even `"100"` for 100 is: a sender that
 * changes a type may have changed the unit too. Only the descriptive `bankType`, `attach`,
 * `cashFeeType` and single coupons are dropped when they are odd.
 */
export function readPayment(from: object): PaymentReading {
  const fields: Fields = { from, missing: [], illTyped: [] };
  const outTradeNo = required(fields, 'outTradeNo', when(isOutTradeNo));
  const transactionId = required(fields, 'transactionId', when(isTransactionId));
  const subMchId = required(fields, 'subMchId', when(isSubMchId));
  const total = required(fields, 'totalFee', when(isPayableFen));
  const paidAt = required(fields, 'timeEnd', readTimeEnd);
  const currency = optional(fields, 'feeType', when(isCurrency));
  const payer = optional(fields, 'subOpenid', when(isPayerId));
  const cash = optional(fields, 'cashFee', when(isPart));
  const cashFeeType = field(from, 'cashFeeType');
  const coupon = optional(fields, 'couponFee', when(isPart));
  const settlementTotal = optional(fields, 'settlementTotalFee', when(isPart));

  const { missing, illTyped } = fields;
  if (
    missing.length > 0 ||
    illTyped.length > 0 ||
    outTradeNo === null ||
    transactionId === null ||
    subMchId === null ||
    total === null ||
    paidAt === null
  ) {
    return { kind: 'unreadable', missing, illTyped, outTradeNo };
  }
  const promotions = readCoupons(from, coupon);
  return {
    kind: 'read',
    payment: {
      outTradeNo,
      transactionId,
      subMchId,
      total,
      currency: currency ?? 'CNY',
      paidAt,
      payer,
      cash,
      ...(isCurrency(cashFeeType) ? { cashFeeType } : {}),
      coupon,
      // Stated only where coupons lower it.
      settlementTotal: settlementTotal ?? (promotions === null ? null : settledOf(total, promotions)),
      ...(promotions === null ? {} : { promotions }),
      bankType: description(field(from, 'bankType')),
      attach: description(field(from, 'attach')),
    },
  };
}

/**
 * The object that is read, and what was found wrong with it so far. Passed to functions of this
 * file: closures are made anew for each notification, and where their names are kept, as tsx does
 * under `npm start`, naming them took 2 of the 16 µs of receiving one.
 */
interface Fields {
  readonly from: object;
  readonly missing: string[];
  readonly illTyped: string[];
}

function required<T>(fields: Fields, name: string, read: (value: unknown) => T | null): T | null {
  const value = field(fields.from, name);
  if (value !== undefined) return given(fields, name, read(value));
  fields.missing.push(name);
  return null;
}

function optional<T>(fields: Fields, name: string, read: (value: unknown) => T | null): T | null {
  const value = field(fields.from, name);
  return value === undefined ? null : given(fields, name, read(value));
}

/** Notes a value that `read` refused. */
function given<T>({ illTyped }: Fields, name: string, result: T | null): T | null {
  if (result === null) illTyped.push(name);
  return result;
}

function when<T>(guard: (value: unknown) => value is T): (value: unknown) => T | null {
  return (value) => (guard(value) ? value : null);
}

/** A part of the total. Coupons may cover all of it, so 0 is allowed. */
function isPart(value: unknown): value is Fen {
  return isFen(value) && value >= 0;
}

function isCurrency(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z]{3}$/.test(value);
}

function readTimeEnd(value: unknown): Instant | null {
  return typeof value === 'string' && /^\d{14}$/.test(value) ? beijingTime(value) : null;
}

function description(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
