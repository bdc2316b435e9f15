import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';
import { DISCREPANCY_CLASSES } from '../../lib/model/discrepancy';
import { ALARM_CAUSES } from '../../lib/model/alarm';
import { CALLBACK_GRACE_MS, lateQuery } from '../../lib/ops/watch/observe';
import type { WatchSettings } from '../../lib/ops/watch/settings';
import type { Store } from '../../lib/store/port';
import type { Clock, Instant } from '../../lib/values/instant';
import { later } from '../../lib/values/instant';

const HEARD_SPAN_MS = 86_400_000;

/**
 * How long states are reused, in ms, so that several scrapers cost no more than one. Counting
 * 1,000,000 orders takes 0.1 s of a processor.
 */
const STATES_KEPT_MS = 5_000;

/** What reading the states needs. `settings` define late orders. */
export interface StateParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: WatchSettings;
}

/** Gauges of what the store holds, in `registry`. */
export interface StateMetrics {
  /** Brings them up to date. Concurrent calls share one reading. Rejects with `StoreError`. */
  read(): Promise<void>;
}

/** Creates them. Their names and labels are a promise: docs/metrics.md. */
export function stateMetrics(registry: Registry, parts: StateParts): StateMetrics {
  const gauges = stateGauges(registry);
  let last: { readonly at: Instant; readonly read: Promise<void> } | null = null;
  return {
    read() {
      const now = parts.clock.now();
      if (last !== null && now - last.at < STATES_KEPT_MS && now >= last.at) return last.read;
      const read = readStates(gauges, parts, now);
      last = { at: now, read };
      // A failed reading is not reused.
      read.catch(() => {
        last = null;
      });
      return read;
    },
  };
}

function stateGauges(registry: Registry) {
  const registers = [registry];
  return {
    heard: new Gauge({
      name: 'wxpay_inbox_payments_heard_24h',
      help: 'Payments that became known in the last 24 hours except the last 10 minutes, by whether a callback arrived',
      labelNames: ['callback'],
      registers,
    }),
    messages: new Gauge({
      name: 'wxpay_inbox_messages',
      help: 'Messages that wait or are dead, by whether WeChat Pay vouches for them',
      labelNames: ['state', 'trust'],
      registers,
    }),
    claimedAlone: new Gauge({
      name: 'wxpay_inbox_messages_claimed_alone',
      help: 'Pending messages that are claimed alone: each ended its worker three times',
      registers,
    }),
    recentlyDead: new Gauge({
      name: 'wxpay_inbox_dead_letters_recent',
      help: 'Verified messages received within watchdog.deadLetterHours that are dead and not dismissed',
      registers,
    }),
    oldestDue: new Gauge({
      name: 'wxpay_inbox_oldest_due_seconds',
      help: 'Time the oldest unclaimed verified message has been due; 0 when none is',
      registers,
    }),
    orders: new Gauge({
      name: 'wxpay_inbox_orders',
      help: 'Orders, by the state of their payment or of their fulfilment',
      labelNames: ['aspect', 'state'],
      registers,
    }),
    late: new Gauge({
      name: 'wxpay_inbox_orders_late',
      help: 'Orders that should be paid, closed or queried by now (unknown), and paid ones due for too long (unfulfilled)',
      labelNames: ['kind'],
      registers,
    }),
    refunds: new Gauge({
      name: 'wxpay_inbox_refunds',
      help: 'Refunds, by state',
      labelNames: ['state'],
      registers,
    }),
    discrepancies: new Gauge({
      name: 'wxpay_inbox_open_discrepancies',
      help: 'Unresolved discrepancies, by class',
      labelNames: ['class'],
      registers,
    }),
    alarmLevel: new Gauge({
      name: 'wxpay_inbox_alarm_level',
      help: 'Percent of each alarm’s threshold that the watchdog’s last run found reached: 0, 50, 70, 90 or 100',
      labelNames: ['cause'],
      registers,
    }),
  };
}

async function readStates(
  gauges: ReturnType<typeof stateGauges>,
  { store, settings }: StateParts,
  now: Instant,
): Promise<void> {
  const heardFrom = later(now, -HEARD_SPAN_MS);
  const [backlog, dead, counts, paid, behind, refundCounts, open, alarms] = await Promise.all([
    store.inbox.backlog(now),
    store.inbox.countDead(later(now, -settings.deadWithinMs)),
    store.orders.counts(),
    store.inbox.paymentsHeard(heardFrom, later(now, -CALLBACK_GRACE_MS)),
    store.orders.countLate(lateQuery(settings, now)),
    store.refunds.counts(),
    store.discrepancies.countOpenByClass(now),
    store.alarms.all(),
  ]);
  for (const state of ['pending', 'dead'] as const) {
    gauges.messages.set({ state, trust: 'platform' }, backlog[state]);
    gauges.messages.set({ state, trust: 'unverified' }, backlog.unverified[state]);
  }
  gauges.claimedAlone.set(backlog.alone);
  gauges.recentlyDead.set(dead);
  gauges.oldestDue.set(backlog.oldestDueAt === null ? 0 : Math.max(0, now - backlog.oldestDueAt) / 1000);
  for (const aspect of ['payment', 'fulfilment'] as const) {
    for (const [state, count] of Object.entries(counts[aspect])) gauges.orders.set({ aspect, state }, count);
  }
  gauges.heard.set({ callback: 'yes' }, paid.all - paid.withoutCallback);
  gauges.heard.set({ callback: 'no' }, paid.withoutCallback);
  gauges.late.set({ kind: 'unknown' }, behind.unknown);
  gauges.late.set({ kind: 'unfulfilled' }, behind.unfulfilled);
  for (const [state, count] of Object.entries(refundCounts)) gauges.refunds.set({ state }, count);
  for (const each of DISCREPANCY_CLASSES) gauges.discrepancies.set({ class: each }, open[each] ?? 0);
  for (const cause of ALARM_CAUSES) {
    gauges.alarmLevel.set({ cause }, alarms.find((alarm) => alarm.cause === cause)?.level ?? 0);
  }
}
