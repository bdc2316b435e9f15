import { readFundFlow } from '../bill/fund-flow/read';
import type { Person } from '../model/operators/principal';
import type { StatementRun } from '../model/statement/statement-run';
import { statementRunId } from '../model/statement/statement-run-id';
import { fundRefusalText, provedFile } from '../statement/cash/fund-file';
import { accountsIn, cashMonth, daysOfMonth } from '../statement/cash/month';
import { giveFundFlow } from '../statement/cash/work';
import { dayOf, isBeijingDay } from '../values/day';
import type { OpsOperations, OpsReply } from './api';
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
  if (reply.ok || reply.code === 'BAD_INPUT') await dropParts(deps, asked);
  return reply;
}

async function take(
  deps: OpsDeps,
  by: Person,
  run: StatementRun,
  bytes: Buffer,
  { account, ...asked }: Params<'give_fund_flow'>,
): Promise<OpsReply<'give_fund_flow'>> {
  const reason = asked.reason ?? null;
  const bill = await readFundFlow([bytes]);
  if (bill.kind === 'refused') {
    return refused('BAD_INPUT', `this fund-flow bill does not prove itself: ${fundRefusalText(bill)}`);
  }
  const unarchived = { location: '', bytes: bytes.length, sha256: '' };
  const checked = provedFile(bill, run.day, unarchived, 'operator');
  if (checked.state === 'refused') return refused('BAD_INPUT', `not of ${run.day}: ${checked.detail}`);
  if (checked.state !== 'proved') return refused('BAD_INPUT', 'this is no fund-flow bill');
  const known = run.cash?.accounts[account];
  if (known?.state === 'proved' && known.from === 'download') {
    return refused('BAD_INPUT', 'the fund-flow bill that WeChat Pay gave us counts: it is here and proved');
  }
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
