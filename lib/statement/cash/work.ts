import { readFundFlow } from '../../bill/fund-flow/read';
import type { CashFile, DayCash } from '../../model/statement/cash';
import type { DiscrepancyId } from '../../model/discrepancy';
import type { StatementRun } from '../../model/statement/statement-run';
import { statementRunId } from '../../model/statement/statement-run-id';
import { errorText } from '../../runtime/error-text';
import { CASH_ACCOUNTS, type CashAccount } from '../../values/cash-account';
import { daysLater } from '../../values/day';
import { later, type Instant } from '../../values/instant';
import { mayBeDamagedFund } from './damaged';
import { foundInCash } from './found';
import { fundRefusalText, isAskedAgain, nextLook, provedFile, readFundAnswer } from './fund-file';
import { basisOf, beforeOf, proveDay } from './prove-day';
import { askFrom } from '../run/calendar';
import type { StatementDeps } from '../run/deps';
import type { LatestRuns } from '../run/open-runs';
import { discrepancyOf, runContextOf } from '../run/run-context';

/** What one turn did for the days' cash. */
export interface CashTurn {
  /** Days whose cash was written. */
  readonly written: number;
  /** Days that failed, and are as last written. */
  readonly failed: number;
}

/**
 * Looks after the cash of the latest days: downloads the fund-flow bills, archives and proves them,
 * ties their movements to the trade bill, and opens and resolves discrepancies. The earliest day
 * first, because each is proved with what the day before left. Earlier days follow as long as there
 * was something to do for the earliest one, as after an outage; the next turn proves anew what they
 * change.
 *
 * Needs no lease: a day's cash is written under its version, and doing it twice gives the same. A
 * day that fails does not delay the others.
 *
 * CloudBase: no request where the channel has no fund-flow bills and none was given, or nothing is
 * due; else 2, 1 for each discrepancy, and 1 when the day before is not among the latest.
 */
export async function workOnCash(
  deps: StatementDeps,
  latest: LatestRuns,
  mayStart: () => boolean,
): Promise<CashTurn> {
  const known = new Map<StatementRun['id'], StatementRun>();
  let [written, failed] = [0, 0];
  for (let page = latest; ;) {
    for (const run of page.runs) known.set(run.id, run);
    const ascending = [...page.runs].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
    let isEarliestWritten = false;
    for (const run of ascending) {
      if (!mayStart()) return { written, failed };
      try {
        const cash = await workOnDay(deps, run, async () => dayBefore(deps, run, known));
        if (cash === null) continue;
        known.set(run.id, { ...run, cash });
        written += 1;
        isEarliestWritten ||= run.day === ascending[0]?.day;
      } catch (error) {
        failed += 1;
        deps.log.error('cash_failed', { outTradeNo: null, run: run.id, error: errorText(error) });
      }
    }
    if (!isEarliestWritten || page.next === null) return { written, failed };
    const earlier = await deps.store.statementRuns.list({ after: page.next, limit: EARLIER_DAYS });
    page = { runs: earlier.items, next: earlier.next };
  }
}

/** How many earlier days are looked at together. */
const EARLIER_DAYS = 31;

async function dayBefore(
  { store }: CashDeps,
  { subMchId, day }: StatementRun,
  known: ReadonlyMap<StatementRun['id'], StatementRun>,
): Promise<StatementRun | null> {
  const id = statementRunId(subMchId, daysLater(day, -1));
  return known.get(id) ?? store.statementRuns.find(id);
}

/** What proving a day needs; downloading needs more. */
export type CashDeps = Pick<StatementDeps, 'store' | 'archive' | 'clock' | 'log' | 'settings'>;

/** A day of which nothing was looked for. */
const NO_CASH: DayCash = {
  version: 0,
  dueAt: null,
  accounts: {},
  proof: null,
  isSettled: true,
  discrepancies: [],
};

/**
 * Looks after one day's cash; what is stored afterwards, or null when nothing was written. Rejects
 * with `StoreError` and `ArchiveError`.
 */
async function workOnDay(
  deps: StatementDeps,
  run: StatementRun,
  previous: () => Promise<StatementRun | null>,
): Promise<DayCash | null> {
  const stored = run.cash ?? NO_CASH;
  const fetched = isFetchDue(deps, run, stored) ? await fetchFiles(deps, run, stored) : stored;
  return proveAndSettle(deps, run, fetched, previous);
}

/**
 * Takes a file that an operator gives for one account of a run's day, and proves the day with it.
 * The file must prove itself first (`provedFile`).
 *
 * Resolves to what is stored; null when somebody else wrote the day's cash at the same time.
 */
export async function giveFundFlow(
  deps: CashDeps,
  run: StatementRun,
  account: CashAccount,
  file: Extract<CashFile, { state: 'proved' }>,
): Promise<DayCash | null> {
  const stored = run.cash ?? NO_CASH;
  const given = { ...stored, accounts: { ...stored.accounts, [account]: file } };
  return proveAndSettle(deps, run, given, async () => dayBefore(deps, run, new Map()));
}

function isFetchDue({ settings, clock }: StatementDeps, { day }: StatementRun, cash: DayCash): boolean {
  const now = clock.now();
  if (now < askFrom(day, settings) || (cash.dueAt !== null && now < cash.dueAt)) return false;
  return settings.cashAccounts.some((account) => {
    const file = cash.accounts[account];
    if (file === undefined) return true;
    return cash.dueAt !== null && isAskedAgain(file, settings);
  });
}

async function fetchFiles(deps: StatementDeps, run: StatementRun, cash: DayCash): Promise<DayCash> {
  const { settings, clock } = deps;
  let { accounts } = cash;
  for (const account of settings.cashAccounts) {
    const known = accounts[account];
    if (known !== undefined && !isAskedAgain(known, settings)) continue;
    const file = await fetchFile(deps, run, account, known);
    if (file !== null) accounts = { ...accounts, [account]: file };
  }
  if (accounts === cash.accounts) return cash;
  return { ...cash, accounts, dueAt: nextLook(Object.values(accounts), run.day, settings, clock.now()) };
}

/** Null when the channel has no such bill. */
async function fetchFile(
  { wechat, archive, settings, clock, log }: StatementDeps,
  { subMchId, day }: StatementRun,
  account: CashAccount,
  known: CashFile | undefined,
): Promise<CashFile | null> {
  const tries = known === undefined || known.state === 'proved' ? 0 : known.tries;
  const answer = await wechat.downloadBill({ subMchId, day, type: 'FUND_FLOW', account, gzip: true });
  const reading = readFundAnswer(answer, day, tries, settings, clock.now());
  switch (reading.kind) {
    case 'not_offered':
      return null;
    case 'no_file': {
      const { state, detail } = reading.file;
      log.info('fund_flow_waits', { outTradeNo: null, subMchId, day, account, state, detail });
      return reading.file;
    }
    case 'file': {
      const file = await archive.keep(subMchId, day, reading.bytes, 'fund_flow');
      const bill = await readFundFlow([reading.bytes]);
      if (bill.kind === 'verified') return provedFile(bill, day, file, 'download');
      const detail = fundRefusalText(bill);
      log.error('fund_flow_invalid', { outTradeNo: null, subMchId, day, account, detail });
      // What may be damaged in transit is downloaded again; what is wrong in itself is not. Answers
      // without a file spend none of these tries.
      const isLast = !mayBeDamagedFund(bill);
      const refusedBefore = known?.state === 'refused' ? known.tries : 0;
      return { state: 'refused', file, detail, tries: isLast ? settings.fileTries : refusedBefore + 1 };
    }
  }
}

async function proveAndSettle(
  deps: CashDeps,
  run: StatementRun,
  fetched: DayCash,
  previous: () => Promise<StatementRun | null>,
): Promise<DayCash | null> {
  const stored = run.cash ?? NO_CASH;
  const hasFiles = Object.keys(fetched.accounts).length > 0;
  const proved = hasFiles ? await proveIfNew(deps, run, fetched, previous) : fetched;
  const isChanged = proved.accounts !== stored.accounts || proved.proof !== stored.proof;
  if (!isChanged && stored.isSettled) return null;
  const found = foundInCash(run, proved);
  const now = deps.clock.now();
  const context = runContextOf(run, deps.settings);
  const discrepancies = found.map((one) => discrepancyOf(context, one, now));
  const ids = discrepancies.map(({ id }) => id);
  const begun: DayCash = {
    ...proved,
    version: stored.version + 1,
    isSettled: false,
    discrepancies: [...new Set([...stored.discrepancies, ...ids])],
  };
  // Written before its discrepancies: who comes second must not undo what the first has found.
  if (!(await deps.store.statementRuns.saveCash(run.id, stored.version, begun))) return null;
  if (discrepancies.length > 0) await deps.store.discrepancies.see(discrepancies);
  const explained = begun.discrepancies.filter((id) => !ids.includes(id));
  if (explained.length > 0) await resolve(deps, run, explained, now);
  const settled: DayCash = { ...begun, version: begun.version + 1, isSettled: true, discrepancies: ids };
  logCash(deps, run, settled, found.length);
  return (await deps.store.statementRuns.saveCash(run.id, begun.version, settled)) ? settled : null;
}

async function resolve(
  { store }: CashDeps,
  { id, day }: StatementRun,
  ids: readonly DiscrepancyId[],
  at: Instant,
): Promise<void> {
  const resolution = { by: 'auto', who: `${id}:cash`, reason: `the cash of ${day} explains it`, at } as const;
  for (let from = 0; from < ids.length; from += 1_000) {
    await store.discrepancies.resolve(ids.slice(from, from + 1_000), resolution);
  }
}

/** The day's cash with a proof of what is there now; the same when nothing new is there. */
async function proveIfNew(
  deps: CashDeps,
  run: StatementRun,
  cash: DayCash,
  previous: () => Promise<StatementRun | null>,
): Promise<DayCash> {
  if (run.work.state !== 'done') return cash;
  const before = beforeOf(await previous());
  const basis = basisOf(run, cash, before);
  if (basis === null || basis === cash.proof?.basis) return cash;
  const proved = await proveDay(deps, run, cash, before, basis);
  const soon = later(deps.clock.now(), deps.settings.notYetMs);
  switch (proved.kind) {
    case 'proved':
      return { ...cash, proof: proved.proof };
    case 'unread': {
      const lost = { state: 'waiting', detail: 'the archive lost the file', tries: 1 } as const;
      return { ...cash, accounts: { ...cash.accounts, [proved.account]: lost }, dueAt: soon };
    }
    case 'missing':
      return { ...cash, accounts: missing(cash.accounts), proof: null, dueAt: soon };
    case 'no_trades':
      return cash;
  }
}

/** The accounts when none of them has a bill, although the day's trades move money. */
function missing(accounts: DayCash['accounts']): DayCash['accounts'] {
  const first = CASH_ACCOUNTS.find((account) => accounts[account] !== undefined) ?? 'BASIC';
  return { ...accounts, [first]: { state: 'missing', detail: 'the day’s trades move money', tries: 1 } };
}

function logCash({ log }: CashDeps, { subMchId, day }: StatementRun, cash: DayCash, found: number) {
  const { proof, accounts } = cash;
  const states = Object.fromEntries(
    Object.entries(accounts).map(([account, { state }]) => [`account_${account}`, state]),
  );
  log.info('cash_of_day', {
    outTradeNo: null,
    ...{ subMchId, day, found, ...states },
    result: proof?.result ?? null,
    movements: proof?.movements.count ?? 0,
    fen: proof?.movements.sum ?? 0,
  });
}
