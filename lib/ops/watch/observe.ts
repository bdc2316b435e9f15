import { errorText } from '../../runtime/error-text';
import type { Log } from '../../runtime/log';
import type { PaymentsHeard } from '../../model/figures';
import type { Backlog, Store } from '../../store/port';
import type { Pauses } from '../../model/pause';
import type { Standing } from '../figures-now';
import type { LateOrders, LateQuery } from '../../store/requests';
import type { StatementRun } from '../../model/statement-run';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { Signal } from '../../model/alarm';
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
  readonly undeliverable: number | null;
  readonly heard: PaymentsHeard | null;
  readonly statements: Statements | null;
  readonly openDiscrepancies: number | null;
  readonly abnormalRefunds: number | null;
  readonly signals: readonly Signal[] | null;
  /** How many pauses stand. */
  readonly paused: number | null;
  /** What the figures need of the same, so that it is read once. */
  readonly standing: Standing;
}

/** The latest statement runs. */
export interface Statements {
  readonly runs: readonly StatementRun[];
  /** When the very first order was created: bills exist from that day on. */
  readonly firstOrderAt: Instant | null;
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

/** The most failed fulfilments that are checked one by one; no threshold is higher. */
const DEAD_LOOKED_AT = 200;

/** How many days of each merchant's runs are read. */
const RUN_DAYS = 8;

/**
 * Reads everything that alarms depend on. Never rejects: a part that cannot be read is logged and
 * null. CloudBase: 1 + 1 + 3 + 1 + 2 + 2 + 1 + 3 + 1 requests.
 */
export async function observe(
  { store, log }: { readonly store: Store; readonly log: Log },
  settings: WatchSettings,
  now: Instant,
  pauses: Pauses | null,
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
  const [backlog, dead, late, undeliverable, heard, statements, openDiscrepancies, refunds, signals] =
    await Promise.all([
      part('backlog', () => store.inbox.backlog(now)),
      part('dead', () => store.inbox.countDead(later(now, -settings.deadWithinMs))),
      part('late', () => store.orders.countLate(lateQuery(settings, now))),
      part('undeliverable', () => undeliverableOrders(store)),
      part('heard', () =>
        store.inbox.paymentsHeard(later(now, -settings.silentWithinMs), later(now, -CALLBACK_GRACE_MS)),
      ),
      part('statements', () => latestStatements(store, settings)),
      part('discrepancies', () => store.discrepancies.countOpenByClass(now)),
      part('refunds', () => store.refunds.counts()),
      part('signals', () => store.alarms.signals()),
    ]);
  return {
    now,
    backlog,
    dead,
    late,
    undeliverable,
    heard,
    statements,
    openDiscrepancies: openDiscrepancies === null ? null : sumOf(Object.values(openDiscrepancies)),
    abnormalRefunds: refunds === null ? null : refunds.abnormal,
    signals,
    paused: pauses?.all.length ?? null,
    standing: { backlog, refunds, openDiscrepancies },
  };
}

/** What a paused watchdog sees: only that work is paused. Nothing else is read or concluded. */
export function pausedObservation(now: Instant, pauses: Pauses): Observation {
  return {
    now,
    backlog: null,
    dead: null,
    late: null,
    undeliverable: null,
    heard: null,
    statements: null,
    openDiscrepancies: null,
    abnormalRefunds: null,
    signals: null,
    paused: pauses.all.length,
    standing: { backlog: null, refunds: null, openDiscrepancies: null },
  };
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Which orders are late now. */
export function lateQuery({ unknownAfterMs, undeliveredAfterMs }: Lateness, now: Instant): LateQuery {
  return {
    pendingCreatedFrom: later(now, -unknownAfterMs - UNKNOWN_FOR_MS),
    pendingCreatedBefore: later(now, -unknownAfterMs),
    askDueBefore: later(now, -ASKED_WITHIN_MS),
    undeliveredCreatedBefore: later(now, -undeliveredAfterMs),
  };
}

async function undeliverableOrders({ orders }: Store): Promise<number> {
  const { items, unreadable } = await orders.list({
    fulfilment: 'dead',
    after: null,
    limit: DEAD_LOOKED_AT,
  });
  const unrefunded = items.filter(
    ({ total, refunds }) => refunds.reduce((sum, { amount }) => sum + amount, 0) < total,
  );
  return unrefunded.length + unreadable.length;
}

async function latestStatements(store: Store, { merchants }: WatchSettings): Promise<Statements> {
  const limit = Math.min(1_000, merchants.length * RUN_DAYS);
  const [{ items }, firstOrderAt] = await Promise.all([
    store.statementRuns.list({ after: null, limit }),
    store.orders.firstCreatedAt(),
  ]);
  return { runs: items, firstOrderAt };
}
