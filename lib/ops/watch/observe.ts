import { errorText } from '../../runtime/error-text';
import type { Log } from '../../runtime/log';
import type { PaymentsHeard } from '../../model/figures';
import type { Backlog, Store } from '../../store/port';
import type { Pauses } from '../../model/operators/pause';
import type { RefundCounts } from '../../model/refund';
import { quietDelayMs } from '../../config/quiet-hours';
import { NOTHING_READ, type Standing } from '../today/figures-now';
import type { LateOrders, LateQuery } from '../../store/requests';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { Signal } from '../../model/alarm';
import { failedOrders } from './failed-orders';
import { lateStatementMs } from './late-statements';
import type { WatchMemory } from './memory';
import type { Statements } from './statements';
import type { Lateness, WatchSettings } from './settings';

/**
 * What the watchdog read. A part that could not be read is null, and nothing is concluded about it.
 */
export interface Observation {
  readonly now: Instant;
  readonly backlog: Backlog | null;
  /** Messages that died recently and that no operator dismissed. */
  readonly dead: number | null;
  readonly late: LateOrders | null;
  /** Paid orders whose fulfilment failed for good and whose money was not refunded. */
  readonly unfulfillable: number | null;
  readonly heard: PaymentsHeard | null;
  readonly statements: Statements | null;
  readonly openDiscrepancies: number | null;
  readonly abnormalRefunds: number | null;
  /** Refunds that WeChat Pay accepted or was asked for long ago, and whose end nobody stated. */
  readonly overdueRefunds: number | null;
  readonly signals: readonly Signal[] | null;
  /** How many pauses stand. */
  readonly paused: number | null;
  /** What the figures need of the same, so that it is read once. */
  readonly standing: Standing;
}

/**
 * The callback of a payment that a query found first may still arrive, because WeChat Pay
 * redelivers after minutes. In ms.
 */
export const CALLBACK_GRACE_MS = 600_000;

/** A query later than this means that the schedule is not running. In ms. */
const ASKED_WITHIN_MS = 600_000;

/**
 * How long an order counts as an unknown payment, in ms; by then the bill of its day shows whether
 * it was paid. An order with a mismatching payment stays pending, and would otherwise raise the
 * alarm indefinitely.
 */
const UNKNOWN_FOR_MS = 2 * 86_400_000;

/** How many days of each merchant's runs are read. */
const RUN_DAYS = 8;

/** What a run has read before it observes; null for what could not be read. */
export interface ReadBefore {
  readonly pauses: Pauses | null;
  readonly signals: readonly Signal[] | null;
}

/** What observing needs. */
export interface ObserveDeps {
  readonly store: Store;
  readonly log: Log;
  readonly memory: WatchMemory;
}

/**
 * Reads everything that alarms depend on, and notes in `memory` whether anything waits. Never
 * rejects: a part that cannot be read is logged and null. CloudBase: 3 requests in an idle shop,
 * and up to 16 more of what is not quiet or not remembered.
 */
export async function observe(
  { store, log, memory }: ObserveDeps,
  settings: WatchSettings,
  now: Instant,
  { pauses, signals }: ReadBefore,
): Promise<Observation> {
  /**
   * Failure policy: fail open. A part that cannot be read hides no other: half of the alarms are
   * better than none.
   */
  const part = async <Value>(name: string, read: () => Promise<Value>): Promise<Value | null> => {
    try {
      return await read();
    } catch (error) {
      log.error('watch_part_failed', { outTradeNo: null, part: name, error: errorText(error) });
      return null;
    }
  };
  const [[backlog, dead], late, [heard, isSilent], statements, openDiscrepancies, refunds] =
    await Promise.all([
      part('backlog', () => store.inbox.backlog(now)).then(async (found) => {
        // Those that died recently are among all that are dead.
        const recently = () => store.inbox.countDead(later(now, -settings.deadWithinMs));
        return [found, found?.dead === 0 ? 0 : await part('dead', recently)] as const;
      }),
      part('late', () => store.orders.countLate(lateQuery(settings, now))),
      heardWithin(store, settings, now, part),
      part('statements', () =>
        memory.statements({
          read: () => latestStatements(store, settings),
          isQuiet: (these) => isQuiet(these, settings, now),
        }),
      ),
      part('discrepancies', () =>
        memory.discrepancies({
          read: () => store.discrepancies.countOpenByClass(now),
          isQuiet: (open) => sumOf(Object.values(open)) === 0,
        }),
      ),
      part('refunds', () =>
        memory.refunds({ read: () => store.refunds.counts(), isQuiet: (all) => openRefunds(all) === 0 }),
      ),
    ]);
  const orders = await part('orders', () =>
    memory.orders({
      read: () => store.orders.counts(),
      isQuiet: ({ payment, fulfilment }) =>
        isSilent && payment.pending + fulfilment.due + fulfilment.held === 0,
    }),
  );
  const unfulfillable =
    orders?.fulfilment.dead === 0
      ? 0
      : await part('unfulfillable', async () => (await failedOrders(store)).open);
  const overdueRefunds =
    refunds !== null && refunds.requested + refunds.processing === 0
      ? 0
      : await part('overdue_refunds', () =>
          memory.overdueRefunds({
            read: () => store.refunds.countOverdue(later(now, -settings.overdueRefundMs)),
            isQuiet: (count) => count === 0,
          }),
        );
  memory.isIdle =
    backlog?.pending === 0 &&
    backlog.unverified.pending === 0 &&
    orders?.fulfilment.due === 0 &&
    refunds !== null &&
    openRefunds(refunds) === 0 &&
    statements?.runs.every(({ work }) => work.state === 'done') === true;
  return {
    now,
    backlog,
    dead,
    late,
    unfulfillable,
    heard,
    statements,
    openDiscrepancies: openDiscrepancies === null ? null : sumOf(Object.values(openDiscrepancies)),
    abnormalRefunds: refunds === null ? null : refunds.abnormal,
    overdueRefunds,
    signals,
    paused: pauses?.all.length ?? null,
    standing: { backlog, refunds, openDiscrepancies, orders, noneHeard: isSilent },
  };
}

type Reading = <Value>(name: string, read: () => Promise<Value>) => Promise<Value | null>;

/**
 * The payments that became known, apart from the last ones, whose callbacks may still come; and
 * whether there is none at all, not even among those. CloudBase: 1 request for none, else 2 more.
 */
async function heardWithin(
  { inbox }: Store,
  { silentWithinMs }: WatchSettings,
  now: Instant,
  part: Reading,
): Promise<readonly [heard: PaymentsHeard | null, isNone: boolean]> {
  const from = later(now, -silentWithinMs);
  const all = await part('heard', () => inbox.paymentsHeard(from, now));
  if (all?.all === 0) return [all, true];
  return [await part('heard', () => inbox.paymentsHeard(from, later(now, -CALLBACK_GRACE_MS))), false];
}

/** Whether nothing is due or late about the statement runs, and none waits. */
function isQuiet(these: Statements, settings: WatchSettings, now: Instant): boolean {
  return lateStatementMs(these, settings, now) === 0 && these.runs.every(({ work }) => work.state === 'done');
}

function openRefunds({ requested, processing, abnormal }: RefundCounts): number {
  return requested + processing + abnormal;
}

/** What a paused watchdog sees: only that work is paused. Nothing else is read or concluded. */
export function pausedObservation(now: Instant, pauses: Pauses): Observation {
  return {
    now,
    backlog: null,
    dead: null,
    late: null,
    unfulfillable: null,
    heard: null,
    statements: null,
    openDiscrepancies: null,
    abnormalRefunds: null,
    overdueRefunds: null,
    signals: null,
    paused: pauses.all.length,
    standing: NOTHING_READ,
  };
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Which orders are late now. */
export function lateQuery({ unknownAfterMs, unfulfilledAfterMs, quiet }: Lateness, now: Instant): LateQuery {
  return {
    pendingCreatedFrom: later(now, -unknownAfterMs - UNKNOWN_FOR_MS),
    pendingCreatedBefore: later(now, -unknownAfterMs),
    askDueBefore: later(now, -ASKED_WITHIN_MS - quietDelayMs(quiet, now)),
    unfulfilledCreatedBefore: later(now, -unfulfilledAfterMs),
  };
}

async function latestStatements(store: Store, { merchants }: WatchSettings): Promise<Statements> {
  const limit = Math.min(1_000, merchants.length * RUN_DAYS);
  const [{ items }, firstOrderAt] = await Promise.all([
    store.statementRuns.list({ after: null, limit }),
    store.orders.firstCreatedAt(),
  ]);
  return { runs: items, firstOrderAt };
}
