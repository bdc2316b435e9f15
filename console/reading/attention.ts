import type { DiscrepancyClass } from '../../lib/model/discrepancy';
import type { ALARM_UNITS, AlarmCause, AlarmLevel, AlarmUnit } from '../../lib/model/alarm';
import type { OpsOperations } from '../../lib/ops/api';
import type { Instant } from '../../lib/values/instant';
import { CHOICES, messagesRoute, ordersRoute, placeRoute, type Route } from '../route';

type Overview = OpsOperations['overview']['answer'];

/** One item that needs attention, and where to fix it. */
export interface AttentionItem {
  readonly cause: AlarmCause;
  /** For open discrepancies: their class. */
  readonly class: DiscrepancyClass | null;
  /** `bad`: an operator must act. `growing`: nothing is lost yet. */
  readonly weight: 'bad' | 'growing';
  /** The number, duration or share, as `unit` says. */
  readonly value: number;
  readonly unit: AlarmUnit;
  readonly threshold: number | null;
  readonly level: AlarmLevel;
  readonly since: Instant | null;
  readonly route: Route;
}

/**
 * The items that need attention, worst first: those of the current figures, whether or not the
 * watchdog has seen them, and every alarm it has raised.
 */
export function attentionOf(overview: Overview): readonly AttentionItem[] {
  const { figures, late, alarms, runs, pauses } = overview;
  const alarmOf = (cause: AlarmCause) => alarms.find((alarm) => alarm.cause === cause && alarm.level > 0);
  const standing = (
    cause: AlarmCause,
    value: number,
    route: Route,
    discrepancyClass: DiscrepancyClass | null = null,
  ): readonly AttentionItem[] => {
    if (value === 0) return [];
    const alarm = alarmOf(cause);
    // The alarm about discrepancies covers all classes, so it does not apply to a single one.
    const {
      level = 0,
      since = null,
      threshold: told = null,
    } = (discrepancyClass === null ? alarm : undefined) ?? {};
    const threshold = UNITS[cause] === 'count' ? told : null;
    return [
      { cause, class: discrepancyClass, weight: 'bad', value, unit: 'count', threshold, level, since, route },
    ];
  };
  const open = CHOICES.class.flatMap((discrepancyClass) =>
    standing(
      'open_discrepancies',
      figures.openDiscrepancies[discrepancyClass] ?? 0,
      // An operator releases an order on the page of the order.
      discrepancyClass === 'fulfilment_held'
        ? HELD_ORDERS
        : { screen: 'discrepancies', state: 'open', class: discrepancyClass, after: null },
      discrepancyClass,
    ),
  );
  const unproved = runs.filter(({ outcome }) => outcome === 'missing' || outcome === 'corrupt');
  const [firstUnproved] = unproved;
  const now: readonly AttentionItem[] = [
    ...standing('failing_fulfilment', goodsOut(overview).failed, FAILED_ORDERS),
    ...standing('dead_letters', figures.dead, routeOf('dead_letters')),
    ...standing('suspect_messages', figures.alone ?? 0, routeOf('suspect_messages')),
    ...open,
    ...standing('abnormal_refunds', figures.refunds.abnormal, routeOf('abnormal_refunds')),
    ...standing('paused_work', pauses.length, routeOf('paused_work')),
    ...(firstUnproved === undefined
      ? []
      : standing(
          'missing_statement',
          unproved.length,
          unproved.length === 1
            ? { screen: 'run', id: firstUnproved.id, class: null, after: null }
            : routeOf('missing_statement'),
        )),
  ];
  const raised = alarms
    .filter(({ cause, level }) => level > 0 && !now.some((item) => item.cause === cause))
    // An alarm whose figure is measured here and is fine now is over; the watchdog will clear it in
    // its next run.
    .filter(({ cause }) => !isFineNow(cause, late))
    .map(({ cause, level, value, threshold, since }): AttentionItem => ({
      cause,
      class: null,
      weight: level >= 90 ? 'bad' : 'growing',
      value,
      unit: UNITS[cause],
      threshold,
      level,
      since,
      route: routeOf(cause),
    }))
    .sort((a, b) => b.level - a.level);
  const all = [...now, ...raised];
  return [...all.filter(({ weight }) => weight === 'bad'), ...all.filter(({ weight }) => weight !== 'bad')];
}

/**
 * The items in the order in which they are on the page: those that were there keep their places,
 * and what is new comes after them, so that nothing moves under a finger. `known`: the keys of the
 * page before. Pure.
 */
export function inKnownOrder<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  known: readonly string[],
): readonly Item[] {
  const placeOf = (item: Item): number => {
    const place = known.indexOf(keyOf(item));
    return place === -1 ? known.length : place;
  };
  // Sorting is stable: the new ones keep their own order.
  return [...items].sort((a, b) => placeOf(a) - placeOf(b));
}

/** The orders on hold. */
const HELD_ORDERS = ordersRoute({ fulfilment: 'held' });

/** The orders whose fulfilment failed: retries stopped. */
const FAILED_ORDERS = ordersRoute({ fulfilment: 'dead' });

/** The unit of each cause. The compiler compares it with the watchdog's own list. */
const UNITS: typeof ALARM_UNITS = {
  oldest_due_message: 'ms',
  backlog: 'count',
  dead_letters: 'count',
  suspect_messages: 'count',
  unknown_payments: 'count',
  silent_callbacks: 'percent',
  missing_statement: 'ms',
  open_discrepancies: 'count',
  failing_fulfilment: 'count',
  abnormal_refunds: 'count',
  overdue_refunds: 'count',
  paused_work: 'count',
  missing_api_token: 'count',
  unknown_key: 'count',
  clock_skew: 'count',
};

/** True when an alarm that no current item stands for is over. */
function isFineNow(cause: AlarmCause, late: Overview['late']): boolean {
  switch (cause) {
    case 'dead_letters':
    case 'suspect_messages':
    case 'abnormal_refunds':
    case 'paused_work':
    case 'open_discrepancies':
      return true;
    case 'failing_fulfilment':
      return late.unfulfilled === 0;
    case 'unknown_payments':
      return late.unknown === 0;
    case 'oldest_due_message':
    case 'backlog':
    case 'overdue_refunds':
    case 'missing_statement':
    case 'silent_callbacks':
    case 'missing_api_token':
    case 'unknown_key':
    case 'clock_skew':
      return false;
  }
}

/** Where the cause of an alarm is shown and fixed. */
export function routeOf(cause: AlarmCause): Route {
  switch (cause) {
    case 'oldest_due_message':
    case 'backlog':
      return messagesRoute('pending', 'platform');
    case 'dead_letters':
      return messagesRoute('dead', 'platform');
    case 'suspect_messages':
      return messagesRoute('pending', 'alone');
    case 'unknown_payments':
      return ordersRoute({ late: 'unknown' });
    case 'missing_statement':
      return placeRoute('runs');
    case 'open_discrepancies':
      return placeRoute('discrepancies');
    case 'failing_fulfilment':
      return ordersRoute({ late: 'unfulfilled' });
    case 'abnormal_refunds':
      return { screen: 'refunds', state: 'abnormal', after: null };
    case 'overdue_refunds':
      return { screen: 'refunds', state: 'processing', after: null };
    case 'paused_work':
    case 'silent_callbacks':
    case 'missing_api_token':
      return placeRoute('checks');
    case 'unknown_key':
    case 'clock_skew':
      return messagesRoute('pending', 'unverified');
  }
}

/** Paid orders by fulfilment. The parts add up to `paid`. */
export interface GoodsOut {
  readonly paid: number;
  readonly delivered: number;
  readonly underWay: number;
  /** On hold: something known speaks against it. */
  readonly held: number;
  /** Failed, and the money is still here. */
  readonly failed: number;
  /** Failed, and refunded in full: nobody is to fulfil them. */
  readonly refunded: number;
  /** Paid, but its fulfilment never became due: taken over from before this service. */
  readonly other: number;
}

/** The fulfilment of paid orders. */
export function goodsOut({ figures, failed: of }: Overview): GoodsOut {
  const { payment, fulfilment } = figures.orders;
  const { done: delivered, due: underWay, held, dead } = fulfilment;
  const refunded = Math.min(dead, of.refunded);
  // The counts are read one after the other, so an order may have moved in between.
  return {
    paid: payment.paid,
    delivered,
    underWay,
    held,
    failed: dead - refunded,
    refunded,
    other: Math.max(0, payment.paid - delivered - underWay - held - dead),
  };
}
