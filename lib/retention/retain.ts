import type { Budget } from '../runtime/budget';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { StatementArchive } from '../statement/run/archive';
import type { StatementRun } from '../model/statement/statement-run';
import type { Store } from '../store/port';
import type { ForgetQuery } from '../store/requests';
import { standingPauses } from '../store/pauses';
import { dayOf, daysLater } from '../values/day';
import type { Clock, Instant } from '../values/instant';
import { later } from '../values/instant';
import { eraseEnded } from './erase-payer';
import type { RetentionSettings } from './settings';

/** The dependencies of the retention worker. */
export interface RetainDeps {
  readonly store: {
    readonly inbox: Pick<Store['inbox'], 'forget' | 'ofOrder'>;
    readonly refunds: Pick<Store['refunds'], 'ofOrder'>;
    readonly discrepancies: Pick<Store['discrepancies'], 'ofOrder'>;
    readonly statementRuns: Pick<Store['statementRuns'], 'doneBefore' | 'remove'>;
    readonly personal: Store['personal'];
    readonly shared: Store['shared'];
  };
  readonly archive: Pick<StatementArchive, 'forget'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: RetentionSettings;
}

/**
 * What one run removed; `orders`: how many lost their personal data. `failed`: bills whose files or
 * runs could not be removed this time. `finished`: nothing older than the limits is left.
 */
export interface RetainReport {
  readonly done: number;
  readonly dead: number;
  readonly statements: number;
  readonly orders: number;
  readonly failed: number;
  readonly finished: boolean;
}

/** No further batch is started with less than this left, in ms. */
const RESERVE_MS = 3_000;

/**
 * Shared values are removed this long after they expired, in ms: for a host whose clock is behind
 * they stand until then.
 */
const EXPIRED_FOR_MS = 86_400_000;

/** Statement runs, with their reports, read per request. */
const RUNS_PER_PAGE = 50;

/** Orders per step: what is stored about each is read. */
const ORDERS_PER_PAGE = 100;

/**
 * Removes old records: messages, the personal data of orders, then statement runs with their files,
 * oldest first, until nothing old is left or the budget is spent, and shared values that have
 * expired; the next run continues. A crash between two steps leaves work for the next run, but
 * nothing half removed.
 *
 * A message's key identifies duplicates. After its removal, a late duplicate is a new message: it
 * is decided again and changes nothing, because the order or refund itself records the result of
 * the first.
 *
 * While the worker is paused nothing is removed.
 *
 * Failure policy: fail open. A bill that cannot be removed is logged and skipped; keeping it too
 * long does no harm. Rejects with `StoreError` when the store fails for messages.
 */
export async function retain(deps: RetainDeps, budget: Budget): Promise<RetainReport> {
  const { clock, settings, log } = deps;
  const now = clock.now();
  if ((await standingPauses(deps)).isPaused('retain')) return NOTHING_REMOVED;
  const done = await forgetMessages(deps, budget, {
    state: 'done',
    before: later(now, -settings.doneMessageMs),
  });
  const dead = await forgetMessages(deps, budget, {
    state: 'dead',
    before: later(now, -settings.deadMessageMs),
  });
  const short = { before: later(now, -settings.unverifiedMessageMs), trust: 'unverified' } as const;
  const unverifiedDone = await forgetMessages(deps, budget, { state: 'done', ...short });
  const unverifiedDead = await forgetMessages(deps, budget, { state: 'dead', ...short });
  const orders = await forgetPersonalData(deps, budget, now);
  const statements = await forgetStatements(deps, budget, now);
  await deps.store.shared.forgetExpired(later(now, -EXPIRED_FOR_MS));
  const report = {
    done: done.removed + unverifiedDone.removed,
    dead: dead.removed + unverifiedDead.removed,
    statements: statements.removed,
    orders: orders.removed,
    failed: statements.failed,
    finished: [done, dead, unverifiedDone, unverifiedDead, orders, statements].every(
      ({ finished }) => finished,
    ),
  };
  if (report.done + report.dead + report.statements + report.orders > 0) {
    log.info('retention_run', { outTradeNo: null, ...report });
  }
  return report;
}

const NOTHING_REMOVED: RetainReport = {
  done: 0,
  dead: 0,
  statements: 0,
  orders: 0,
  failed: 0,
  finished: false,
};

interface Forgotten {
  readonly removed: number;
  readonly finished: boolean;
}

async function forgetMessages(
  { store, settings }: RetainDeps,
  budget: Budget,
  what: Pick<ForgetQuery, 'state' | 'trust' | 'before'>,
): Promise<Forgotten> {
  let removed = 0;
  let after: string | null = null;
  while (hasTime(budget)) {
    const page: Awaited<ReturnType<Store['inbox']['forget']>> = await store.inbox.forget({
      ...what,
      after,
      limit: settings.batch,
    });
    removed += page.removed;
    after = page.next;
    if (after === null) return { removed, finished: true };
  }
  return { removed, finished: false };
}

/**
 * An order that has not ended is passed over, and one that changes meanwhile keeps its data until
 * the next run.
 */
async function forgetPersonalData(deps: RetainDeps, budget: Budget, now: Instant): Promise<Forgotten> {
  const { personal } = deps.store;
  const { personalMs } = deps.settings;
  if (personalMs === null) return { removed: 0, finished: true };
  const before = later(now, -personalMs);
  let removed = 0;
  let after: string | null = null;
  while (hasTime(budget)) {
    const page: Awaited<ReturnType<Store['personal']['ordersBefore']>> = await personal.ordersBefore({
      before,
      after,
      limit: ORDERS_PER_PAGE,
    });
    const { orders } = await eraseEnded(deps, page.items);
    removed += orders;
    after = page.next;
    if (after === null) return { removed, finished: true };
  }
  return { removed, finished: false };
}

/**
 * Files first: a run whose files are gone is removed the next time, but nothing would find files
 * without a run.
 */
async function forgetStatements(
  { store, archive, settings, log }: RetainDeps,
  budget: Budget,
  now: Instant,
): Promise<Forgotten & { readonly failed: number }> {
  const before = daysLater(dayOf(now), -settings.statementDays);
  let removed = 0;
  let failed = 0;
  let after: string | null = null;
  while (hasTime(budget)) {
    const page: Awaited<ReturnType<Store['statementRuns']['doneBefore']>> =
      await store.statementRuns.doneBefore({ before, after, limit: RUNS_PER_PAGE });
    for (const run of page.items) {
      if (!hasTime(budget)) return { removed, failed, finished: false };
      try {
        for (const file of filesOf(run)) await archive.forget(run.subMchId, run.day, file);
        if (await store.statementRuns.remove(run.id, run.round)) removed += 1;
      } catch (error) {
        failed += 1;
        log.warn('statement_not_removed', { outTradeNo: null, run: run.id, error: errorText(error) });
      }
    }
    after = page.next;
    if (after === null) return { removed, failed, finished: failed === 0 };
  }
  return { removed, failed, finished: false };
}

function hasTime(budget: Budget): boolean {
  return !budget.stopping && budget.remaining() > RESERVE_MS;
}

/** The trade bill, or null without one, and the fund-flow bills. */
function filesOf({ work, cash }: StatementRun) {
  const trade = work.state === 'done' ? work.report.file : null;
  const funds = Object.values(cash?.accounts ?? {}).flatMap((account) =>
    'file' in account ? [account.file] : [],
  );
  return [trade, ...funds];
}
