import { askFrom, daysToReconcile, finalFrom } from '../../statement/run/calendar';
import type { StatementRun } from '../../model/statement-run';
import { dayOf, daysLater } from '../../values/day';
import type { Instant } from '../../values/instant';
import type { Statements } from './observe';
import type { WatchSettings } from './settings';

/**
 * How long a statement has been overdue, in ms, the one that has been longest; 0 when none is. Pure.
 *
 * A statement is due from the hour on at which it is asked for first. One that WeChat Pay says it does not have is due from the hour on
 * at which that is believed: a merchant may have sold nothing. One that is missing although there are payments counts until the day
 * after, since it is tried again then; what was paid on its day becomes discrepancies.
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

/** From when on this run's statement is due and not there; null when it is there. */
function dueSince(run: StatementRun, { statement }: WatchSettings, now: Instant): Instant | null {
  const { day, work } = run;
  const asked = begunAgainAt(run) ?? askFrom(day, statement);
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

/** When this round began, if it is not the first: a day that is run again was not late all the time. */
function begunAgainAt({ round, history }: StatementRun): Instant | null {
  if (round === 1) return null;
  return history.filter(({ event }) => event === 'begun_again').at(-1)?.at ?? null;
}
