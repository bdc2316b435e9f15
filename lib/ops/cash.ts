import { readFundFlow } from '../bill/fund-flow/read';
import type { Person } from '../model/operators/principal';
import type { CashFile } from '../model/statement/cash';
import type { StatementRun } from '../model/statement/statement-run';
import { statementRunId } from '../model/statement/statement-run-id';
import { fundRefusalText, provedFile } from '../statement/cash/fund-file';
import { accountsIn, cashMonth, daysOfMonth } from '../statement/cash/month';
import { giveFundFlow } from '../statement/cash/work';
import type { CashAccount } from '../values/cash-account';
import { dayOf, isBeijingDay } from '../values/day';
import type { OpsOperations, OpsReply } from './api';
import type { FileCheck, FileFault } from './books-api';
import { dropParts, givenBytes, NO_RUN, runNamed } from './books/given-file';
import { unlock } from './books/sign-off';
import type { OpsDeps } from './deps';
import { recorded } from './record';
import { refused } from './refused';

type Params<Name extends keyof OpsOperations> = OpsOperations[Name]['params'];

/**
 * Takes a fund-flow bill that an operator downloaded in the merchant platform: the only way where
 * the channel has none. It replaces an earlier one given by hand, and the day is proved with it.
 *
 * Failure policy: fail closed. A file that does not prove itself, or has a movement of another day,
 * is refused and not archived. None replaces what WeChat Pay itself gave us: a thief could explain
 * a theft with a file of their own. Signed books need a reason, which opens an amendment first.
 */
export async function takeFundFlow(
  deps: OpsDeps,
  by: Person,
  asked: Params<'give_fund_flow'>,
): Promise<OpsReply<'give_fund_flow'>> {
  const run = await runNamed(deps, asked.id);
  if (run === null) return refused('NOT_FOUND', NO_RUN);
  const given = await givenBytes(deps, run, asked);
  if (!given.ok) return given;
  const reply = await take(deps, by, run, given.bytes, asked);
  if (reply.ok || reply.code === 'BAD_INPUT') await dropParts(deps, run, asked);
  return reply;
}

/** Says what a fund-flow bill would prove of a run's day if it were given. Changes nothing. */
export async function checkFundFlow(
  bytes: Buffer,
  run: StatementRun,
  account: CashAccount,
): Promise<FileCheck> {
  const checked = await proved(bytes, run, account);
  if ('fault' in checked) return checked;
  const { opening, closing, moved } = checked;
  const rows = Object.values(moved).reduce((sum, { count }) => sum + count, 0);
  return { isProved: true, rows, sums: null, balances: { opening, closing } };
}

async function proved(
  bytes: Buffer,
  { day, cash }: StatementRun,
  account: CashAccount,
): Promise<Extract<CashFile, { state: 'proved' }> | Extract<FileCheck, { isProved: false }>> {
  const fault = (cause: FileFault, detail: string) => ({ isProved: false, fault: cause, detail }) as const;
  const bill = await readFundFlow([bytes]);
  if (bill.kind === 'refused') {
    return fault('not_proved', `this fund-flow bill does not prove itself: ${fundRefusalText(bill)}`);
  }
  const unarchived = { location: '', bytes: bytes.length, sha256: '' };
  const checked = provedFile(bill, day, unarchived, 'operator');
  if (checked.state === 'refused') return fault('other_day', `not of ${day}: ${checked.detail}`);
  if (checked.state !== 'proved') return fault('not_proved', 'this is no fund-flow bill');
  const known = cash?.accounts[account];
  if (known?.state === 'proved' && known.from === 'download') {
    const what = 'the fund-flow bill that WeChat Pay gave us counts: it is here and proved';
    return fault('ours_counts', what);
  }
  return checked;
}

async function take(
  deps: OpsDeps,
  by: Person,
  run: StatementRun,
  bytes: Buffer,
  { account, ...asked }: Params<'give_fund_flow'>,
): Promise<OpsReply<'give_fund_flow'>> {
  const reason = asked.reason ?? null;
  const checked = await proved(bytes, run, account);
  if ('fault' in checked) return refused('BAD_INPUT', checked.detail);
  const subject = { kind: 'run', name: run.id } as const;
  const result = await recorded(deps, by, 'give_fund_flow', subject, reason, async () => {
    const before = run.cash?.accounts[account]?.state ?? null;
    const why = { action: 'give_fund_flow', item: run.id, reason };
    const unlocked = await unlock(deps, by, run.id, why);
    if (!unlocked.ok) return { ...unlocked, before };
    const kept = await deps.archive.keep(run.subMchId, run.day, bytes, 'fund_flow');
    const cash = await giveFundFlow({ ...deps, settings: deps.statementSettings }, run, account, {
      ...checked,
      file: kept,
    });
    if (cash === null) {
      const message = 'somebody else changed this day at the same time: look at it and try again';
      return { ok: false, code: 'BUSY', message, before };
    }
    return { ok: true, before, after: { account, sha256: kept.sha256 }, changed: cash };
  });
  if (result.ok) return { ok: true, cash: result.changed };
  const { code, message } = result;
  const isKnown = code === 'NOT_RECORDED' || code === 'SIGNED_OFF' || code === 'BUSY';
  return refused(isKnown ? code : 'INTERNAL', message);
}

/**
 * A merchant's accounts over a month up to yesterday: opening, movements, closing. A month without
 * any file shows the days of the first account. Once one has a file, all that are looked for show.
 *
 * CloudBase: 1 request for each day.
 */
export async function showCashMonth(
  { store, clock, statementSettings }: OpsDeps,
  { subMchId, month }: Params<'cash_month'>,
): Promise<OpsReply<'cash_month'>> {
  const first: string = `${month}01`;
  if (!isBeijingDay(first)) return refused('BAD_INPUT', 'a month is written as 202602');
  const days = daysOfMonth(first, dayOf(clock.now()));
  const found = await Promise.all(
    days.map(async (day) => store.statementRuns.find(statementRunId(subMchId, day))),
  );
  const runs = found.flatMap((run) => (run === null ? [] : [run]));
  const looked = accountsIn(runs, statementSettings.cashAccounts);
  const accounts = looked.length > 0 ? looked : (['BASIC'] as const);
  return { ok: true, accounts: accounts.map((account) => cashMonth(runs, account, days)) };
}
