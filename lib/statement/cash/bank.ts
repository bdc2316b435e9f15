import type { CashItem } from '../../model/statement/cash';
import type { CountAndSum } from '../../model/count-and-sum';
import { dayOf, daysLater, type BeijingDay } from '../../values/day';
import { fen, type Fen } from '../../values/fen';
import type { Instant } from '../../values/instant';

/** A line of a bank statement that brings money in. */
export interface BankLine {
  readonly file: string;
  readonly line: number;
  readonly day: BeijingDay;
  readonly amount: Fen;
  /** The other party and the purpose, as written. */
  readonly text: string;
}

/**
 * Where a withdrawal or a line of the bank ends. `arrived`: amount and day agree.
 * `other_amount`: the only withdrawal and the only line of WeChat Pay's left of these days, of
 * different amounts. `not_arrived`: at the bank in no file. `only_at_bank`: WeChat Pay's line
 * without a withdrawal. `not_due`: withdrawn so late that a later statement may have it.
 */
export const BANK_BUCKETS = ['arrived', 'other_amount', 'not_arrived', 'only_at_bank', 'not_due'] as const;

/** One of `BANK_BUCKETS`. */
export type BankBucket = (typeof BANK_BUCKETS)[number];

/** A withdrawal with its line of the bank, or one of them alone. */
export interface BankItem {
  readonly bucket: BankBucket;
  readonly number: string | null;
  readonly withdrawnAt: Instant | null;
  /** What left the account; null for a line of the bank alone. */
  readonly withdrawn: Fen | null;
  readonly line: BankLine | null;
}

/** Withdrawals against the bank. */
export interface BankProof {
  readonly items: readonly BankItem[];
  readonly buckets: Readonly<Record<BankBucket, CountAndSum>>;
  /** Lines that are nothing of WeChat Pay's: not looked for. */
  readonly others: CountAndSum;
  readonly agrees: boolean;
}

/** A withdrawal may reach the bank on its day or up to this many days later: holidays included. */
const DAYS_ON_THE_WAY = 10;

/** How banks name WeChat Pay. */
const WECHAT = /财付通|微信|tenpay|wechat|weixin/i;

/**
 * Matches withdrawals with lines of the bank by amount and day: each takes the earliest line of its
 * amount from its day on. `until`: the last day of the statement, null without one. Pure.
 *
 * Failure policy: fail closed. A line of another amount is named beside the withdrawal and taken
 * for it only in name: both still differ.
 */
export function matchBank(
  moved: readonly CashItem[],
  lines: readonly BankLine[],
  until: BeijingDay | null,
): BankProof {
  const withdrawals = moved
    .filter(({ bucket, kind }) => bucket === 'named' && kind === 'withdrawal')
    .sort((a, b) => a.at - b.at);
  const free = [...lines].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.line - b.line));
  const taken = new Set<BankLine>();
  const isOnTime = ({ day }: BankLine, at: Instant) =>
    day >= dayOf(at) && day <= daysLater(dayOf(at), DAYS_ON_THE_WAY);
  const items: BankItem[] = [];
  const left: CashItem[] = [];
  for (const item of withdrawals) {
    const amount = 0 - item.booked;
    const line = free.find((one) => !taken.has(one) && one.amount === amount && isOnTime(one, item.at));
    if (line === undefined) left.push(item);
    else {
      taken.add(line);
      items.push(itemOf('arrived', item, line));
    }
  }
  const ofWeChat = () => free.filter((one) => !taken.has(one) && WECHAT.test(one.text));
  for (const item of left) {
    const near = ofWeChat().filter((one) => isOnTime(one, item.at));
    const rivals = left.filter((other) => other !== item && near.some((one) => isOnTime(one, other.at)));
    const [line] = near;
    if (line !== undefined && near.length === 1 && rivals.length === 0) {
      taken.add(line);
      items.push(itemOf('other_amount', item, line));
      continue;
    }
    const isLate = until !== null && daysLater(dayOf(item.at), DAYS_ON_THE_WAY) > until;
    items.push(itemOf(isLate ? 'not_due' : 'not_arrived', item, null));
  }
  for (const line of ofWeChat()) {
    taken.add(line);
    items.push({ bucket: 'only_at_bank', number: null, withdrawnAt: null, withdrawn: null, line });
  }
  const others = free.filter((one) => !taken.has(one));
  const buckets = {
    arrived: sumOf(items, 'arrived'),
    other_amount: sumOf(items, 'other_amount'),
    not_arrived: sumOf(items, 'not_arrived'),
    only_at_bank: sumOf(items, 'only_at_bank'),
    not_due: sumOf(items, 'not_due'),
  };
  const wrong = buckets.other_amount.count + buckets.not_arrived.count + buckets.only_at_bank.count;
  return {
    items,
    buckets,
    others: { count: others.length, sum: fen(others.reduce((sum, { amount }) => sum + amount, 0)) },
    agrees: wrong === 0,
  };
}

function itemOf(bucket: BankBucket, { number, at, booked }: CashItem, line: BankLine | null): BankItem {
  return { bucket, number, withdrawnAt: at, withdrawn: fen(0 - booked), line };
}

/** What was withdrawn; of a line alone, what came in. */
function sumOf(items: readonly BankItem[], bucket: BankBucket): CountAndSum {
  const own = items.filter((item) => item.bucket === bucket);
  const sum = own.reduce((all, { withdrawn, line }) => all + (withdrawn ?? line?.amount ?? 0), 0);
  return { count: own.length, sum: fen(sum) };
}
