import type { BookedMovement, MovementKind } from '../../model/statement/cash';
import type { Fen } from '../../values/fen';

/** One row of a fund-flow bill (资金账单): a movement of the merchant's account. */
export interface Movement extends BookedMovement {
  /** 账户结余: what the account held after it. */
  readonly balance: Fen;
  readonly note: string;
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
