import type { Fen } from '../../values/fen';
import type { Instant } from '../../values/instant';

/**
 * What a movement of the account is about. `other` keeps WeChat Pay's own names: the lists of
 * 业务名称 and 业务类型 may grow.
 */
export const MOVEMENT_KINDS = [
  'payment',
  'fee',
  'refund',
  'fee_returned',
  'refund_closed',
  'withdrawal',
  'top_up',
  'other',
] as const;

/** One of `MOVEMENT_KINDS`. */
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

/** One row of a fund-flow bill (资金账单): a movement of the merchant's account. */
export interface Movement {
  readonly kind: MovementKind;
  /** Its line in the file, from 1. */
  readonly line: number;
  /** 记账时间: when it was booked. */
  readonly bookedAt: Instant;
  /** 微信支付业务单号: of a payment its transaction ID, of a refund its refund ID. */
  readonly business: string;
  /** 资金流水单号. Of a refund it is the transaction ID, as public files have it. */
  readonly flow: string;
  /** 业务名称 and 业务类型, as written. */
  readonly name: string;
  readonly type: string;
  /** What the account gained, below zero for what it lost. Signed by 收支类型. */
  readonly amount: Fen;
  /** 账户结余: what the account held after it. */
  readonly balance: Fen;
  readonly note: string;
  /** 业务凭证号: the merchant's number, of a payment its order, of a refund its refund number. */
  readonly voucher: string;
}

/**
 * What a movement is, by its 业务类型 and, where that does not say, its 业务名称. A type that is known
 * but moves money the other way, such as a fee that comes in, is `other`.
 */
export function movementKind(name: string, type: string, isIncome: boolean): MovementKind {
  const kind = BY_TYPE.get(type) ?? BY_NAME.get(name) ?? (isIncome ? IN : OUT).get(name) ?? 'other';
  const incoming = INCOMING.has(kind);
  return kind === 'other' || incoming === isIncome ? kind : 'other';
}

const BY_TYPE: ReadonlyMap<string, MovementKind> = new Map([
  ['交易', 'payment'],
  ['扣除交易手续费', 'fee'],
  ['退款', 'refund'],
  ['退还交易手续费', 'fee_returned'],
  ['退款关闭', 'refund_closed'],
  ['提现', 'withdrawal'],
  ['充值', 'top_up'],
]);
const BY_NAME: ReadonlyMap<string, MovementKind> = new Map([
  ['提现', 'withdrawal'],
  ['充值', 'top_up'],
]);
const IN: ReadonlyMap<string, MovementKind> = new Map([['充值/提现', 'top_up']]);
const OUT: ReadonlyMap<string, MovementKind> = new Map([['充值/提现', 'withdrawal']]);
const INCOMING: ReadonlySet<MovementKind> = new Set(['payment', 'fee_returned', 'refund_closed', 'top_up']);
