import { readFundFlow, type FundFlow } from '../../lib/bill/fund-flow/read';
import { readStatementRows } from '../../lib/bill/read';
import type { StatementRefusal } from '../../lib/bill/refusal';
import type { CashTrade } from '../../lib/model/statement/cash';
import { proveCash, type AccountProof } from '../../lib/statement/cash/proof';
import { cashTradeOf } from '../../lib/statement/cash/trades';
import { matchBank, type BankProof } from '../../lib/statement/cash/bank';
import { dayOf, daysLater, startOf, type BeijingDay } from '../../lib/values/day';
import { instant, type Instant } from '../../lib/values/instant';
import { billSource, mayBeResaved, refusalOf, type BillSource } from '../files/bill-source';
import { openInput } from '../files/input';
import { InputError } from '../input-error';
import { readBankFiles } from './bank-file';
import type { CashRequest } from './request';

/** The close of an account over the days of its fund-flow bills. */
export interface CashReport extends AccountProof {
  /** True when nothing is open, in doubt or left at the edge of the days. */
  readonly closes: boolean;
  /** The files, as named, with the SHA-1 of each bill. */
  readonly files: readonly { readonly name: string; readonly sha1: string }[];
  /** Rows of trade bills that could not be read or have a state that is not known. */
  readonly excluded: number;
  /** Withdrawals at the bank; null when no bank statement was given. */
  readonly bank: BankProof | null;
  /** Rows of bank statements that could not be read. */
  readonly bankUnread: number;
}

/**
 * Reads the fund-flow bills and trade bills of a request and closes the account. Rejects with
 * `InputError` for what the accountant can fix.
 */
export async function closeCash(request: CashRequest): Promise<CashReport> {
  const files: { name: string; sha1: string }[] = [];
  const known = new Map<string, string>();
  const once = (name: string, sha1: string): void => {
    const other = known.get(sha1);
    if (other !== undefined) throw new InputError('same_bill_twice', { file: name, other });
    known.set(sha1, name);
    files.push({ name, sha1 });
  };
  const bills: FundFlow[] = [];
  for (const source of await sourcesOf(request.fundFlows)) {
    const { name } = source;
    const { chunks } = await source.open('as_downloaded');
    const bill = await readFundFlow(chunks);
    if (bill.kind === 'refused') throw new InputError('fund_refused', { file: name, refusal: bill });
    once(name, bill.sha1);
    bills.push(bill);
  }
  const trades: CashTrade[] = [];
  let excluded = 0;
  for (const source of await sourcesOf(request.bills)) {
    const read = await readTrades(source);
    once(source.name, read.sha1);
    excluded += read.excluded;
    for (const trade of read.trades) trades.push(trade);
  }
  const proof = proveCash(bills, trades, daysOf(bills, trades));
  const { lines, unread: bankUnread } = await readBankFiles(request.banks);
  const bank =
    request.banks.length === 0 ? null : matchBank(proof.items, lines, lastDay(lines.map(({ day }) => day)));
  const isOpen = excluded > 0 || bankUnread > 0 || bank?.agrees === false;
  const result = isOpen ? 'open' : proof.result;
  return { ...proof, files, excluded, bank, bankUnread, result, closes: result === 'closes' };
}

function lastDay(days: readonly BeijingDay[]): BeijingDay | null {
  return days.reduce<BeijingDay | null>((last, day) => (last === null || day > last ? day : last), null);
}

async function sourcesOf(paths: readonly string[]): Promise<readonly BillSource[]> {
  const inputs = (await Promise.all(paths.map((path) => openInput(path, () => undefined)))).flat();
  return inputs.map((input) => billSource(input, () => undefined));
}

interface Trades {
  readonly kind: 'trades';
  readonly sha1: string;
  readonly trades: readonly CashTrade[];
  readonly excluded: number;
}

/** Reads a trade bill, also one that a spreadsheet saved again. Rejects with `InputError`. */
async function readTrades(source: BillSource): Promise<Trades> {
  const first = await tradesOf(source, 'as_downloaded');
  if (first.kind === 'trades') return first;
  const last = mayBeResaved(first) ? await tradesOf(source, 'resaved') : first;
  if (last.kind === 'trades') return last;
  throw await refusalOf(source, first, last);
}

async function tradesOf(
  source: BillSource,
  form: 'as_downloaded' | 'resaved',
): Promise<Trades | StatementRefusal> {
  const { chunks } = await source.open(form);
  const trades: CashTrade[] = [];
  let excluded = 0;
  let sha1 = '';
  for await (const part of readStatementRows(chunks)) {
    if (part.kind === 'refused') return part;
    if (part.kind === 'verified') {
      ({ sha1 } = part);
      continue;
    }
    excluded += new Set(part.problems.filter(({ kept }) => !kept).map(({ line }) => line)).size;
    for (const row of part.rows) {
      const trade = cashTradeOf(row);
      if (trade === null) excluded += 1;
      else trades.push(trade);
    }
  }
  return { kind: 'trades', sha1, trades, excluded };
}

/** From the first booking day to the end of the last; of the trades, if nothing was booked. */
function daysOf(bills: readonly FundFlow[], trades: readonly CashTrade[]) {
  const booked = bills.flatMap(({ movements }) => movements.map(({ bookedAt }) => bookedAt));
  const times = booked.length > 0 ? booked : trades.map(({ tradedAt }) => tradedAt);
  const [first, last] = [times.reduce(earlier, FAR), times.reduce(latest, instant(0))];
  return times.length === 0
    ? { from: instant(0), to: instant(0) }
    : { from: startOf(dayOf(first)), to: startOf(daysLater(dayOf(last), 1)) };
}

const FAR = instant(Number.MAX_SAFE_INTEGER);

function earlier(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}

function latest(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}
