import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { DISCREPANCY_CLASSES } from '../lib/model/discrepancy';
import { ALARM_CAUSES } from '../lib/model/alarm';
import { CALLBACK_GRACE_MS, lateQuery } from '../lib/ops/watch/observe';
import type { WatchSettings } from '../lib/ops/watch/settings';
import type { Store } from '../lib/store/port';
import type { Clock } from '../lib/values/instant';
import type { Instant } from '../lib/values/instant';
import { later } from '../lib/values/instant';
import type { LogWatcher } from './observed-log';

/**
 * The result of a notification: durable for the first time or once more, or why it was not
 * acknowledged.
 */
export type NotificationResult =
  'stored' | 'repeat' | 'refused' | 'unreadable' | 'too_large' | 'over_quota' | 'not_stored';

/**
 * The outcome of an operator's token: right, wrong, or not checked because of earlier wrong ones.
 */
export const SIGN_IN_OUTCOMES = ['accepted', 'refused', 'slowed'] as const;

/** One of them. */
export type SignInOutcome = (typeof SIGN_IN_OUTCOMES)[number];

/** The figures behind `/metrics`. */
export interface Metrics {
  /** Counts a notification with this result. */
  notified(result: NotificationResult): void;
  /** A notification was answered after this many seconds. */
  answered(seconds: number): void;
  /** An operator's token was shown. */
  signedIn(outcome: SignInOutcome): void;
  /** A worker's run ended. */
  workerRan(worker: string, ok: boolean, seconds: number): void;
  /**
   * A line was logged: for a paid order its source and detection delay, for an alarm the targets
   * notified.
   */
  logged: LogWatcher;
  /** The simulator delivered a notification. */
  simulatorDelivered(): void;
  /**
   * Prometheus text (docs/metrics.md). States, as opposed to events, are read from the store;
   * rejects with its `StoreError`.
   */
  text(): Promise<string>;
}

const HEARD_SPAN_MS = 86_400_000;

/**
 * How long states are reused, in ms, so that several scrapers cost no more than one. Counting
 * 1,000,000 orders takes 0.1 s of a processor.
 */
const STATES_KEPT_MS = 5_000;

/** Creates the figures of one server. `settings` define late orders. */
export function createMetrics(store: Store, clock: Clock, settings: WatchSettings): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const notifications = new Counter({
    name: 'wxpay_inbox_notifications_total',
    help: 'Notifications, by result; stored and repeat are acknowledged',
    labelNames: ['result'],
    registers,
  });
  const ackSeconds = new Histogram({
    name: 'wxpay_inbox_ack_seconds',
    help: 'Time from the arrival of a notification to its answer',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const signIns = new Counter({
    name: 'wxpay_inbox_sign_ins_total',
    help: 'Operators’ tokens that were shown, by outcome; slowed ones were not checked because of earlier wrong ones',
    labelNames: ['outcome'],
    registers,
  });
  const runs = new Counter({
    name: 'wxpay_inbox_worker_runs_total',
    help: 'Runs of each worker, by outcome',
    labelNames: ['worker', 'outcome'],
    registers,
  });
  const runSeconds = new Histogram({
    name: 'wxpay_inbox_worker_run_seconds',
    help: 'Duration of a run',
    labelNames: ['worker'],
    buckets: [0.001, 0.01, 0.1, 1, 10, 60],
    registers,
  });
  const deliveries = new Counter({
    name: 'wxpay_inbox_simulator_deliveries_total',
    help: 'Notifications the simulator delivered',
    registers,
  });
  const paidToKnown = new Histogram({
    name: 'wxpay_inbox_paid_to_known_seconds',
    help: 'Detection delay of payments, by their first source',
    labelNames: ['path'],
    buckets: [1, 5, 15, 60, 180, 600, 3_600, 21_600, 86_400, 259_200],
    registers,
  });
  const heard = new Gauge({
    name: 'wxpay_inbox_payments_heard_24h',
    help: 'Payments that became known in the last 24 hours except the last 10 minutes, by whether a callback arrived',
    labelNames: ['callback'],
    registers,
  });
  const messages = new Gauge({
    name: 'wxpay_inbox_messages',
    help: 'Messages that wait or are dead, by whether WeChat Pay vouches for them',
    labelNames: ['state', 'trust'],
    registers,
  });
  const claimedAlone = new Gauge({
    name: 'wxpay_inbox_messages_claimed_alone',
    help: 'Pending messages that are claimed alone: each ended its worker three times',
    registers,
  });
  const oldestDue = new Gauge({
    name: 'wxpay_inbox_oldest_due_seconds',
    help: 'Time the oldest unclaimed verified message has been due; 0 when none is',
    registers,
  });
  const orders = new Gauge({
    name: 'wxpay_inbox_orders',
    help: 'Orders, by the state of their payment or of their fulfilment',
    labelNames: ['aspect', 'state'],
    registers,
  });
  const late = new Gauge({
    name: 'wxpay_inbox_orders_late',
    help: 'Orders that should be paid, closed or queried by now (unknown), and paid ones due for too long (undelivered)',
    labelNames: ['kind'],
    registers,
  });
  const refunds = new Gauge({
    name: 'wxpay_inbox_refunds',
    help: 'Refunds, by state',
    labelNames: ['state'],
    registers,
  });
  const discrepancies = new Gauge({
    name: 'wxpay_inbox_open_discrepancies',
    help: 'Unresolved discrepancies, by class',
    labelNames: ['class'],
    registers,
  });
  const alarmLevel = new Gauge({
    name: 'wxpay_inbox_alarm_level',
    help: 'Percent of each alarm’s threshold that the watchdog’s last run found reached: 0, 50, 70, 90 or 100',
    labelNames: ['cause'],
    registers,
  });
  const notices = new Counter({
    name: 'wxpay_inbox_alarm_deliveries_total',
    help: 'Notices to each robot or webhook, by outcome',
    labelNames: ['target', 'outcome'],
    registers,
  });

  const readStates = async (now: Instant): Promise<void> => {
    const heardFrom = later(now, -HEARD_SPAN_MS);
    const [backlog, counts, paid, behind, refundCounts, open, alarms] = await Promise.all([
      store.inbox.backlog(now),
      store.orders.counts(),
      store.inbox.paymentsHeard(heardFrom, later(now, -CALLBACK_GRACE_MS)),
      store.orders.countLate(lateQuery(settings, now)),
      store.refunds.counts(),
      store.discrepancies.countOpenByClass(now),
      store.alarms.all(),
    ]);
    for (const state of ['pending', 'dead'] as const) {
      messages.set({ state, trust: 'platform' }, backlog[state]);
      messages.set({ state, trust: 'unverified' }, backlog.unverified[state]);
    }
    claimedAlone.set(backlog.alone);
    oldestDue.set(backlog.oldestDueAt === null ? 0 : Math.max(0, now - backlog.oldestDueAt) / 1000);
    for (const aspect of ['payment', 'fulfilment'] as const) {
      for (const [state, count] of Object.entries(counts[aspect])) orders.set({ aspect, state }, count);
    }
    heard.set({ callback: 'yes' }, paid.all - paid.withoutCallback);
    heard.set({ callback: 'no' }, paid.withoutCallback);
    late.set({ kind: 'unknown' }, behind.unknown);
    late.set({ kind: 'undelivered' }, behind.undelivered);
    for (const [state, count] of Object.entries(refundCounts)) refunds.set({ state }, count);
    for (const each of DISCREPANCY_CLASSES) discrepancies.set({ class: each }, open[each] ?? 0);
    for (const cause of ALARM_CAUSES) {
      alarmLevel.set({ cause }, alarms.find((alarm) => alarm.cause === cause)?.level ?? 0);
    }
  };

  let last: { readonly at: Instant; readonly read: Promise<void> } | null = null;
  /** Concurrent scrapes share one reading. A failed one is not reused. */
  const states = (): Promise<void> => {
    const now = clock.now();
    if (last !== null && now - last.at < STATES_KEPT_MS && now >= last.at) return last.read;
    const read = readStates(now);
    last = { at: now, read };
    read.catch(() => {
      last = null;
    });
    return read;
  };

  return {
    notified: (result) => notifications.inc({ result }),
    signedIn: (outcome) => signIns.inc({ outcome }),
    answered: (seconds) => ackSeconds.observe(seconds),
    workerRan(worker, ok, seconds) {
      runs.inc({ worker, outcome: ok ? 'done' : 'broke_off' });
      runSeconds.observe({ worker }, seconds);
    },
    logged(event, { path, paidToKnownMs, target }) {
      if (event === 'message_applied' && typeof path === 'string' && typeof paidToKnownMs === 'number') {
        paidToKnown.observe({ path }, Math.max(0, paidToKnownMs) / 1000);
      }
      if (typeof target !== 'string') return;
      if (event === 'alarm_delivered') notices.inc({ target, outcome: 'delivered' });
      if (event === 'alarm_not_delivered') notices.inc({ target, outcome: 'failed' });
    },
    simulatorDelivered: () => deliveries.inc(),
    async text() {
      await states();
      return registry.metrics();
    },
  };
}
