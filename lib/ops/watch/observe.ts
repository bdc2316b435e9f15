import { errorText } from '../../runtime/error-text';
import type { Log } from '../../runtime/log';
import type { PaymentsHeard } from '../../model/figures';
import type { Backlog, Store } from '../../store/port';
import type { LateOrders, LateQuery } from '../../store/requests';
import type { StatementRun } from '../../model/statement-run';
import type { Instant } from '../../values/instant';
import { later } from '../../values/instant';
import type { Signal } from '../../model/alarm';
import type { WatchSettings } from './settings';

/** What the watchdog saw. A part that could not be read is null: of what nobody knows, nothing is concluded. */
export interface Observation {
  readonly now: Instant;
  readonly backlog: Backlog | null;
  /** Messages that died lately and that no operator buried. */
  readonly dead: number | null;
  readonly late: LateOrders | null;
  /** Paid orders whose delivery was given up and whose money was not given back. */
  readonly undeliverable: number | null;
  readonly heard: PaymentsHeard | null;
  readonly statements: Statements | null;
  readonly openDiscrepancies: number | null;
  readonly abnormalRefunds: number | null;
  readonly signals: readonly Signal[] | null;
}

/** What is known of the latest statements. */
export interface Statements {
  readonly runs: readonly StatementRun[];
  /** When the first of all orders was made: from its day on there are statements. */
  readonly firstOrderAt: Instant | null;
}

/** A payment that a query found first may still be told by its callback: WeChat Pay repeats after minutes. In ms. */
export const CALLBACK_GRACE_MS = 600_000;

/** The schedule asks in time, or nobody asks. In ms. */
const ASKED_WITHIN_MS = 600_000;

/**
 * An order is an unknown payment for so long, in ms; by then the statement of its day has told whether it was paid. One that was paid in
 * another way than it should (see the mismatches) stays pending, and would ring for ever.
 */
const UNKNOWN_FOR_MS = 2 * 86_400_000;

/** Deliveries that were given up are looked at one by one, up to here: no threshold is higher. */
const DEAD_LOOKED_AT = 200;

/** So many days of each merchant's runs are looked at. */
const RUN_DAYS = 8;

/**
 * Looks at everything an operator is called for. Never rejects: a part that cannot be read is logged and null.
 * CloudBase: 3 + 1 + 3 + 1 + 2 + 2 + 1 + 5 + 1 requests.
 */
export async function observe(
  { store, log }: { readonly store: Store; readonly log: Log },
  settings: WatchSettings,
  now: Instant,
): Promise<Observation> {
  /**
   * Failure policy: fail open. What can be seen is told of, whatever else cannot be: an operator who hears of half of it is better off
   * than one who hears nothing.
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
      part('discrepancies', () => store.discrepancies.countOpen(now)),
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
    openDiscrepancies,
    abnormalRefunds: refunds === null ? null : refunds.abnormal,
    signals,
  };
}

/** Which orders are late now. */
export function lateQuery({ unknownAfterMs, undeliveredAfterMs }: WatchSettings, now: Instant): LateQuery {
  return {
    pendingCreatedFrom: later(now, -unknownAfterMs - UNKNOWN_FOR_MS),
    pendingCreatedBefore: later(now, -unknownAfterMs),
    askDueBefore: later(now, -ASKED_WITHIN_MS),
    undeliveredCreatedBefore: later(now, -undeliveredAfterMs),
  };
}

async function undeliverableOrders({ orders }: Store): Promise<number> {
  const { items } = await orders.list({ fulfilment: 'dead', after: null, limit: DEAD_LOOKED_AT });
  return items.filter(({ total, refunds }) => refunds.reduce((sum, { amount }) => sum + amount, 0) < total)
    .length;
}

async function latestStatements(store: Store, { merchants }: WatchSettings): Promise<Statements> {
  const limit = Math.min(1_000, merchants.length * RUN_DAYS);
  const [{ items }, firstOrderAt] = await Promise.all([
    store.statementRuns.list({ after: null, limit }),
    store.orders.firstCreatedAt(),
  ]);
  return { runs: items, firstOrderAt };
}
