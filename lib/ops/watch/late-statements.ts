import { askFrom, daysToReconcile, finalFrom } from '../../statement/run/calendar';
import type { StatementRun } from '../../model/statement/statement-run';
import { dayOf, daysLater } from '../../values/day';
import type { Instant } from '../../values/instant';
import type { Statements } from './statements';
import type { WatchSettings } from './settings';

/**
 * For how long the most overdue statement run is overdue, in ms; 0 when none is. Pure.
 *
 * A run is due from the hour at which its bill is first requested. When WeChat Pay answers that it
 * has no bill, the run is due from the hour at which that is believed, because a merchant may have
 * sold nothing. A bill that is missing although there are payments counts until the next day, since
 * it is requested again until then; the payments of its day become discrepancies.
 */
export function lateStatementMs(
  { runs, firstOrderAt }: Statements,
  settings: WatchSettings,
  now: Instant,
): number {
  const yesterday = daysLater(dayOf(now), -1);
  const due = runs.map((run) => dueSince(run, settings, now)).filter((since) => since !== null);
  const isExpected = firstOrderAt !== null && daysToReconcile(firstOrderAt, now).includes(yesterday);
  const begun = new Set(runs.filter(({ day }) => day === yesterday).map(({ subMchId }) => subMchId));
  if (isExpected && settings.merchants.some((merchant) => !begun.has(merchant))) {
    due.push(askFrom(yesterday, settings.statement));
  }
  return now - Math.min(...due, now);
}

/** Since when this run's result is due and missing; null when it is not. */
function dueSince(run: StatementRun, { statement }: WatchSettings, now: Instant): Instant | null {
  const { day, work } = run;
  // A rerun counts from when it was requested, not from when the day was first due.
  const asked = run.begunAgainAt ?? askFrom(day, statement);
  switch (work.state) {
    case 'waiting': {
      const final = finalFrom(day, statement);
      return work.reason === 'not_available' && final > asked ? final : asked;
    }
    case 'matching':
      return asked;
    case 'done':
      return work.report.outcome === 'missing' && day === daysLater(dayOf(now), -1)
        ? finalFrom(day, statement)
        : null;
  }
}
