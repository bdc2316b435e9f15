import type { Fen } from '../lib/values/fen';
import { yuanToFen } from '../lib/values/fen';
import { beijingTime, zonedTime } from '../lib/values/instant';
import { CASH_ACCOUNTS, type CashAccount } from '../lib/values/cash-account';
import { UsageError } from './usage-error';

/** The options of a call as they were typed. */
export type Given = Readonly<Record<string, unknown>>;

/**
 * An amount in yuan, as fen. Two decimals are required: the option once took fen, and `5800` must
 * not become 5,800 yuan.
 */
export function amountOf(value: unknown): Fen {
  const amount = typeof value === 'string' && /^\d{1,10}\.\d{2}$/.test(value) ? yuanToFen(value) : null;
  if (amount === null) throw new UsageError('--amount is in yuan with two decimals, such as 58.00');
  return amount;
}

/** A whole number. Throws `UsageError`. */
export function wholeNumber(name: string, value: unknown): number {
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value))
    throw new UsageError(`--${name} is a whole number`);
  return Number(value);
}

/**
 * A Beijing time (`2026-03-01`, `2026-03-01 12:00`, with or without seconds), or one with its own
 * zone, in ms.
 */
export function timeOf(name: string, value: unknown): number {
  const text = String(value);
  const [, day, minutes = '00:00', seconds = '00'] =
    /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(?::(\d{2}))?)?$/.exec(text) ?? [];
  const at = day === undefined ? zonedTime(text) : beijingTime(`${day} ${minutes}:${seconds}`);
  if (at === null) {
    throw new UsageError(`--${name} ${text} is no time: 2026-03-01 12:00 (Beijing), or 2026-03-01T04:00:00Z`);
  }
  return at;
}

/** The account of `--account`; the basic one unless told otherwise. */
export function accountOf(given: unknown): CashAccount {
  const wanted = typeof given === 'string' ? given.toUpperCase() : 'BASIC';
  const account = CASH_ACCOUNTS.find((one) => one === wanted);
  if (account === undefined) throw new UsageError('--account is basic, operation or fees');
  return account;
}
