import type { Discrepancy } from '../../model/discrepancy';
import { discrepancyId } from '../../model/discrepancy';
import type { Log } from '../../runtime/log';
import type { ClaimedRun } from './claimed-run';
import type { StatementDeps } from './deps';
import type { RunContext } from './run-context';
import { discrepancyOf, runContextOf } from './run-context';
import { explainer } from './matching';
import type { BothSums, RunTally, StatementReport, StatementRun } from '../../model/statement/statement-run';
import { accountsForBooks } from '../report/equation';
import { comparedRows } from '../compare/tally';

/**
 * Ends a run: stores and logs its report. False when another worker holds the run. Explained
 * discrepancies are counted here, by who resolved them, so that an interrupted and repeated run, or
 * a later round, counts the same.
 *
 * CloudBase: 3 requests, 1 more with excluded rows.
 */
export async function finish(
  deps: StatementDeps,
  claim: ClaimedRun,
  ended: Omit<StatementReport, 'finishedAt'>,
): Promise<boolean> {
  const run = claim.current;
  if (ended.outcome === 'reconciled') await settleBill(deps, run, ended.tally);
  await seeIncomplete(deps, run, ended.tally);
  const explained = await deps.store.discrepancies.countResolvedBy(explainer(run));
  const now = deps.clock.now();
  const report: StatementReport = { ...ended, tally: { ...ended.tally, explained }, finishedAt: now };
  const evidence = report.refusal ?? report.statement?.sha1 ?? null;
  const work = { state: 'done', report } as const;
  if (!(await claim.giveBack(work, now, { event: report.outcome, evidence }))) return false;
  logReport(deps.log, run, report);
  return true;
}

/**
 * A valid bill resolves the day's discrepancy about invalid ones. Rows of it that were not compared
 * open one about them; without any, that one is resolved too, and likewise the one about our books
 * when all of them are accounted for.
 *
 * Failure policy: fail closed. What such a row states may be anybody's money, so a person looks.
 */
async function settleBill(deps: StatementDeps, run: StatementRun, tally: RunTally): Promise<void> {
  const { store, clock, settings } = deps;
  const { day, round } = run;
  const subject = subjectOf(run);
  const reasons = Object.entries(tally.setAside);
  const whole = reasons.length === 0;
  const isAllOurs = tally.books !== undefined && tally.books.missed !== null && accountsForBooks(tally);
  await store.discrepancies.resolve(
    [
      discrepancyId('statement_corrupt', subject),
      ...(whole ? [discrepancyId('excluded_rows', subject)] : []),
      ...(isAllOurs ? [discrepancyId('books_incomplete', subject)] : []),
    ],
    {
      by: 'auto',
      who: explainer(run),
      reason: `a valid bill of ${day} ${whole ? 'was compared as a whole' : 'arrived'} (round ${round})`,
      at: clock.now(),
    },
  );
  if (whole) return;
  const theirs = Object.fromEntries(
    reasons.map(([reason, { count, money }]) => [
      reason,
      { rows: String(count), amount: money?.sum ?? null },
    ]),
  );
  const found = { class: 'excluded_rows', subject, ours: null, theirs, ...NO_MONEY } as const;
  await store.discrepancies.see([discrepancyOf(runContextOf(run, settings), found, clock.now())]);
}

/**
 * Opens a discrepancy when our books hold something of the day that the run did not account for.
 *
 * Failure policy: fail closed. What was not looked for may be missing at WeChat Pay, so a person
 * looks.
 */
async function seeIncomplete(deps: StatementDeps, run: StatementRun, tally: RunTally): Promise<void> {
  const { store, clock, settings, log } = deps;
  const missed = tally.books?.missed ?? null;
  if (missed === null || accountsForBooks(tally)) return;
  const { payments, refunds } = missed;
  const { subMchId, day } = run;
  const counts = { payments: payments.count, refunds: refunds.count, fen: payments.sum + refunds.sum };
  log.error('statement_books_incomplete', { outTradeNo: null, subMchId, day, ...counts });
  const ours = {
    payments: { count: String(payments.count), amount: payments.sum },
    refunds: { count: String(refunds.count), amount: refunds.sum },
  };
  const found = {
    class: 'books_incomplete',
    subject: subjectOf(run),
    ours,
    theirs: null,
    ...NO_MONEY,
  } as const;
  await store.discrepancies.see([discrepancyOf(runContextOf(run, settings), found, clock.now())]);
}

/** What was not accounted for, as evidence. */
export function missedText({ payments, refunds }: BothSums): string {
  return `payments ${payments.count} (${payments.sum} fen), refunds ${refunds.count} (${refunds.sum} fen)`;
}

/** A discrepancy about a whole bill is counted in none of its sums. */
const NO_MONEY = { amount: 0, difference: 0 } as const;

function subjectOf({ subMchId, day }: Pick<StatementRun, 'subMchId' | 'day'>) {
  return { kind: 'statement', subMchId, day } as const;
}

/** Stores the discrepancy that a day's bill is invalid. */
export async function seeCorrupt(
  { store, clock }: StatementDeps,
  context: RunContext,
  theirs: Discrepancy['theirs'],
): Promise<void> {
  const { subMchId, day } = context;
  const subject = { kind: 'statement', subMchId, day } as const;
  const found = { class: 'statement_corrupt', subject, ours: null, theirs, ...NO_MONEY } as const;
  await store.discrepancies.see([discrepancyOf(context, found, clock.now())]);
}

function logReport(log: Log, { subMchId, day, round }: StatementRun, report: StatementReport): void {
  const { outcome, refusal, tally, workedMs } = report;
  const about = { outTradeNo: null, subMchId, day, round };
  if (outcome === 'corrupt') log.error('statement_corrupt', { ...about, refusal });
  if (outcome === 'missing') {
    const payments = tally.ours.payments.count;
    log.error('statement_missing', { ...about, payments, fen: tally.ours.payments.sum, refusal });
  }
  const found = Object.values(tally.found).reduce((all, { count }) => all + count, 0);
  log.info('statement_run', {
    ...about,
    outcome,
    rows: report.statement?.rows ?? 0,
    compared: comparedRows(tally),
    matched: tally.matched.payments.count + tally.matched.refunds.count,
    repaired: tally.repaired.payments.count + tally.repaired.refunds.count,
    carriedOver: tally.carriedOver.payments.count + tally.carriedOver.refunds.count,
    found,
    explained: tally.explained,
    workedMs,
  });
}
