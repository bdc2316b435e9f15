import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import { askFrom, daysToReconcile, isTriedAgain } from './calendar';
import type { StatementDeps } from './deps';
import type { StatementRun } from '../../model/statement/statement-run';
import { statementRunId } from '../../model/statement/statement-run-id';

/**
 * Opens a run for every day of every merchant that should have one, however many are missing.
 * Returns how many it opened. CloudBase: 1 request, plus 1 per merchant and 1 per opened run.
 */
export async function openMissingRuns({ store, clock, settings }: StatementDeps): Promise<number> {
  const firstOrderAt = await store.orders.firstCreatedAt();
  if (firstOrderAt === null) return 0;
  const now = clock.now();
  const days = daysToReconcile(firstOrderAt, now);
  const [first] = days;
  if (first === undefined) return 0;
  let opened = 0;
  for (const { subMchId } of settings.merchants) {
    const have = new Set(await store.statementRuns.daysOf(subMchId, first));
    for (const day of days) {
      if (have.has(day)) continue;
      const run = newRun(subMchId, day, askFrom(day, settings), now);
      if ((await store.statementRuns.open(run)) === 'created') opened += 1;
    }
  }
  return opened;
}

function newRun(subMchId: SubMchId, day: BeijingDay, dueAt: Instant, now: Instant): StatementRun {
  return {
    id: statementRunId(subMchId, day),
    subMchId,
    day,
    round: 1,
    createdAt: now,
    dueAt,
    attempts: 0,
    begunAgainAt: null,
    refusedDownloads: 0,
    lease: null,
    work: { state: 'waiting', reason: 'not_asked', detail: null },
    history: [{ at: now, event: 'opened', path: 'worker', evidence: null }],
    cash: null,
  };
}

/** The latest runs, and the mark after which the earlier ones are listed. */
export interface LatestRuns {
  readonly runs: readonly StatementRun[];
  readonly next: string | null;
}

/** The actor recorded for reopened runs. */
const WHO = 'reconcileStatement';

/**
 * Reopens runs that ended without a valid bill and may have one by now: once a day, until their
 * deadline. Returns how many, and the latest runs as they were before. CloudBase: 1 request, plus 2
 * per reopened run.
 */
export async function reopenRuns({ store, clock, settings }: StatementDeps): Promise<{
  readonly begun: number;
  readonly latest: LatestRuns;
}> {
  const now = clock.now();
  // Latest day first: every run whose deadline is in the future is on the first page.
  const limit = Math.min(1_000, settings.merchants.length * (settings.carryOverDays + 1));
  const { items, next } = await store.statementRuns.list({ after: null, limit });
  let begun = 0;
  for (const { id, day, work } of items) {
    if (work.state !== 'done' || !isTriedAgain(day, work.report, settings, now)) continue;
    if ((await store.statementRuns.again(id, WHO, now)) !== null) begun += 1;
  }
  return { begun, latest: { runs: items, next } };
}
