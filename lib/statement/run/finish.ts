import type { Discrepancy } from '../../model/discrepancy';
import { discrepancyId } from '../../model/discrepancy';
import type { Log } from '../../runtime/log';
import type { ClaimedRun } from './claimed-run';
import type { StatementDeps } from './deps';
import type { RunContext } from './run-context';
import { discrepancyOf } from './run-context';
import { explainer } from './matching';
import type { StatementReport, StatementRun } from '../../model/statement-run';
import { comparedRows } from '../compare/tally';

/**
 * Ends a run: stores and logs its report. False when another worker holds the run. Explained
 * discrepancies are counted here, by who resolved them, so that an interrupted and repeated run, or
 * a later round, counts the same.
 *
 * CloudBase: 3 requests.
 */
export async function finish(
  deps: StatementDeps,
  claim: ClaimedRun,
  ended: Omit<StatementReport, 'finishedAt'>,
): Promise<boolean> {
  const run = claim.current;
  if (ended.outcome === 'reconciled') await resolveCorrupt(deps, run);
  const explained = await deps.store.discrepancies.countResolvedBy(explainer(run));
  const now = deps.clock.now();
  const report: StatementReport = { ...ended, tally: { ...ended.tally, explained }, finishedAt: now };
  const evidence = report.refusal ?? report.statement?.sha1 ?? null;
  const work = { state: 'done', report } as const;
  if (!(await claim.giveBack(work, now, { event: report.outcome, evidence }))) return false;
  logReport(deps.log, run, report);
  return true;
}

/** A valid bill resolves the day's discrepancy about invalid ones. */
async function resolveCorrupt({ store, clock }: StatementDeps, run: StatementRun): Promise<void> {
  await store.discrepancies.resolve([corruptId(run)], {
    by: 'auto',
    who: explainer(run),
    reason: `a valid bill of ${run.day} arrived (round ${run.round})`,
    at: clock.now(),
  });
}

function corruptId({ subMchId, day }: Pick<StatementRun, 'subMchId' | 'day'>) {
  return discrepancyId('statement_corrupt', { kind: 'statement', subMchId, day });
}

/** Stores the discrepancy that a day's bill is invalid. */
export async function seeCorrupt(
  { store, clock }: StatementDeps,
  context: RunContext,
  theirs: Discrepancy['theirs'],
): Promise<void> {
  const { subMchId, day } = context;
  const subject = { kind: 'statement', subMchId, day } as const;
  const found = { class: 'statement_corrupt', subject, ours: null, theirs, amount: 0 } as const;
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
