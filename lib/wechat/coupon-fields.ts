import { fen, isPayableFen, type Fen } from '../values/fen';
import { field } from './fields';
import type { Promotion } from '../model/facts';

/** The most coupons that one payment is read with. WeChat Pay allows fewer. */
const MOST_COUPONS = 50;

/**
 * The coupons of a payment in the classic protocol, one by one: numbered fields (`couponFee_0`,
 * `coupon_fee_0`) or, as CloudBase prints other numbered fields, lists (`couponFeeList`). Null when
 * there are none, when one cannot be read, or when together they are not `coupon`, the sum that
 * WeChat Pay states. Never throws.
 *
 * Failure policy: fail open. Coupons explain a payment and decide nothing about it.
 */
export function readCoupons(from: object, coupon: Fen | null): readonly Promotion[] | null {
  const count = field(from, 'couponCount');
  const rows =
    typeof count === 'number' && Number.isInteger(count) && count > 0 && count <= MOST_COUPONS
      ? (numbered(from, count) ?? listed(from, count))
      : listed(from, null);
  if (rows === null || rows.length === 0) return null;
  const read = rows.map(promotion).filter((one) => one !== null);
  const sum = read.reduce((all, { amount }) => all + amount, 0);
  return read.length === rows.length && (coupon === null || sum === coupon) ? read : null;
}

/**
 * What reaches the merchant of this total: prepaid coupons do, the others do not. Null when the
 * kind of one is not known. Pure.
 */
export function settledOf(total: Fen, coupons: readonly Promotion[]): Fen | null {
  if (coupons.some(({ type }) => type === null)) return null;
  const without = coupons.filter(({ type }) => type === 'NOCASH').reduce((all, one) => all + one.amount, 0);
  return without > total ? null : fen(total - without);
}

interface Row {
  readonly id: unknown;
  readonly fee: unknown;
  readonly type: unknown;
}

/** Null when none of the numbered fields exists. */
function numbered(from: object, count: number): readonly Row[] | null {
  const rows = Array.from({ length: count }, (_, n): Row => {
    const [id, fee, type] = ['couponId', 'couponFee', 'couponType'].map((name) =>
      field(from, `${name}_${n}`),
    );
    return { id, fee, type };
  });
  return rows.every(({ id, fee }) => id === undefined && fee === undefined) ? null : rows;
}

/** Null without lists, and when they do not have this many entries each. */
function listed(from: object, count: number | null): readonly Row[] | null {
  const [ids, fees, types] = [
    list(from, 'couponIdList'),
    list(from, 'couponFeeList'),
    list(from, 'couponTypeList'),
  ];
  const length = count ?? fees.length;
  if (length > MOST_COUPONS || fees.length !== length || ids.length !== length) return null;
  return fees.map((fee, n): Row => ({ id: ids[n], fee, type: types[n] }));
}

function list(from: object, name: string): readonly unknown[] {
  const value = field(from, name);
  return Array.isArray(value) ? value : [];
}

function promotion({ id, fee, type }: Row): Promotion | null {
  if (typeof id !== 'string' || !/^[0-9A-Za-z_-]{1,64}$/.test(id) || !isPayableFen(fee)) return null;
  return {
    id,
    name: null,
    scope: null,
    type: type === 'CASH' ? 'CASH' : type === 'NO_CASH' ? 'NOCASH' : null,
    amount: fee,
    borneBy: { wechat: null, merchant: null, other: null },
  };
}
