import { createHash } from 'node:crypto';
import { readFundFlow } from '../../bill/fund-flow/read';
import { readStatementRows } from '../../bill/read';
import type {
  BookedMovement,
  CashBasis,
  CashCarried,
  CashProof,
  CashTrade,
  DayCash,
} from '../../model/statement/cash';
import { isCashBasis } from '../../model/statement/cash';
import type { StatementRun } from '../../model/statement/statement-run';
import { canonical } from '../../values/canonical';
import { CASH_ACCOUNTS, type CashAccount } from '../../values/cash-account';
import type { Fen } from '../../values/fen';
import { spanOf } from '../run/calendar';
import { ArchiveError } from '../run/archive';
import type { StatementDeps } from '../run/deps';
import { tieCash } from './proof';
import { cashTradeOf } from './trades';

/** The most items that a proof lists, and the most it leaves to the next day. */
export const MOST_ITEMS = 500;

/** What a day's proof needs of the day before: null where that day is not proved. */
type Before = Pick<CashProof, 'carried' | 'balances'> | null;

/** The part of the day before that this day's proof is made of. */
export function beforeOf(previous: Pick<StatementRun, 'cash'> | null): Before {
  return previous?.cash?.proof ?? null;
}

/**
 * Names what a proof of the day would be made of; null while something is missing: the trade bill,
 * or the bill of an account. Pure.
 */
export function basisOf(
  { work }: Pick<StatementRun, 'work'>,
  { accounts }: Pick<DayCash, 'accounts'>,
  before: Before,
): CashBasis | null {
  if (work.state !== 'done') return null;
  const { outcome, file } = work.report;
  if (outcome !== 'reconciled' && outcome !== 'none') return null;
  const files = CASH_ACCOUNTS.flatMap((account) => {
    const of = accounts[account];
    return of === undefined ? [] : [{ account, of }];
  });
  if (files.length === 0) return null;
  if (files.some(({ of }) => of.state !== 'proved' && of.state !== 'none')) return null;
  const parts = [
    file?.sha256 ?? 'none',
    files.map(({ account, of }) => [account, of.state === 'proved' ? of.file.sha256 : of.state]),
    before === null ? null : [before.carried, before.balances],
  ];
  const basis: unknown = createHash('sha256').update(canonical(parts)).digest('hex');
  return isCashBasis(basis) ? basis : null;
}

/**
 * What proving a day came to. `unread`: the archive lost the bill of this account, so it must be
 * given or downloaded again. `missing`: the trades move money, but no account has a bill.
 */
export type DayProof =
  | { readonly kind: 'proved'; readonly proof: CashProof }
  | { readonly kind: 'unread'; readonly account: CashAccount }
  | { readonly kind: 'missing' }
  /** The trade bill cannot be read back; its run downloads it again. */
  | { readonly kind: 'no_trades' };

/**
 * Ties the day's movements, of all accounts, to its trade bill. Both are read from the archive, and
 * are in memory as a whole. Rejects with `ArchiveError` `unavailable`.
 */
export async function proveDay(
  { archive, clock }: Pick<StatementDeps, 'archive' | 'clock'>,
  run: StatementRun,
  cash: Pick<DayCash, 'accounts'>,
  before: Before,
  basis: CashBasis,
): Promise<DayProof> {
  const movements: BookedMovement[] = [];
  const balances: Partial<Record<CashAccount, Fen | null>> = { ...before?.balances };
  const gaps: { account: CashAccount; before: Fen; after: Fen }[] = [];
  for (const account of CASH_ACCOUNTS) {
    const file = cash.accounts[account];
    if (file === undefined) continue;
    balances[account] ??= null;
    if (file.state !== 'proved') continue;
    const bill = await unlessLost(async () => readFundFlow(await archive.read(file.file)));
    if (bill?.kind !== 'verified' || bill.sha1 !== file.sha1) return { kind: 'unread', account };
    for (const movement of bill.movements) movements.push(movement);
    const held = before?.balances[account] ?? null;
    if (held !== null && bill.opening !== null && held !== bill.opening) {
      gaps.push({ account, before: held, after: bill.opening });
    }
    balances[account] = bill.closing ?? held;
  }
  const read = await tradesOf(archive, run);
  if (read === null) return { kind: 'no_trades' };
  const { trades, excluded } = read;
  const span = spanOf(run.day);
  const { carried, items, result, ...tied } = tieCash(movements, trades, span, before?.carried ?? null);
  if (movements.length === 0 && tied.buckets.not_booked.count > 0) return { kind: 'missing' };
  const isOpen = result === 'open' || gaps.length > 0 || excluded > 0;
  return {
    kind: 'proved',
    proof: {
      ...tied,
      basis,
      provedAt: clock.now(),
      items: items.slice(0, MOST_ITEMS),
      itemCount: items.length,
      gaps,
      balances,
      excluded,
      carried: isKeepable(carried) ? carried : null,
      result: isOpen ? 'open' : result,
    },
  };
}

function isKeepable({ trades, movements }: CashCarried): boolean {
  return trades.length + movements.length <= MOST_ITEMS;
}

/** Null when the bill is lost or changed. */
async function tradesOf(archive: StatementDeps['archive'], { work }: StatementRun) {
  const trades: CashTrade[] = [];
  let excluded = 0;
  const file = work.state === 'done' ? work.report.file : null;
  if (file === null) return { trades, excluded };
  return unlessLost(async () => {
    for await (const part of readStatementRows(await archive.read(file))) {
      if (part.kind === 'refused') return null;
      if (part.kind === 'verified') continue;
      excluded += new Set(part.problems.filter(({ kept }) => !kept).map(({ line }) => line)).size;
      for (const row of part.rows) {
        const trade = cashTradeOf(row);
        if (trade === null) excluded += 1;
        else trades.push(trade);
      }
    }
    return { trades, excluded };
  });
}

async function unlessLost<Value>(read: () => Promise<Value>): Promise<Value | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ArchiveError && error.code === 'not_found') return null;
    throw error;
  }
}
