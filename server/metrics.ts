import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Store } from '../lib/store/port';
import type { Clock } from '../lib/values/instant';
import { later } from '../lib/values/instant';
import type { LogWatcher } from './observed-log';

/** What became of a notification: durable for the first time or once more, or why it was not acknowledged. */
export type NotificationResult = 'stored' | 'repeat' | 'refused' | 'unreadable' | 'too_large' | 'not_stored';

/** The figures behind `/metrics`. */
export interface Metrics {
  /** A notification came to this. */
  notified(result: NotificationResult): void;
  /** A notification was answered after so many seconds. */
  answered(seconds: number): void;
  /** A worker's run ended. */
  workerRan(worker: string, ok: boolean, seconds: number): void;
  /** A line was logged: paid orders tell by which path they came to be known, and how long that took. */
  logged: LogWatcher;
  /** The simulator delivered a notification. */
  simulatorDelivered(): void;
  /** Prometheus text. What is a state, not an event, is read from the store now; rejects with its `StoreError`. */
  text(): Promise<string>;
}

/** A payment that a query found first may still be told by its callback: WeChat Pay repeats after minutes. */
const CALLBACK_GRACE_MS = 600_000;

const HEARD_SPAN_MS = 86_400_000;

/** Makes the figures of one server. */
export function createMetrics(store: Store, clock: Clock): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const notifications = new Counter({
    name: 'wxpay_inbox_notifications_total',
    help: 'Notifications, by what became of them; stored and repeat are acknowledged',
    labelNames: ['result'],
    registers,
  });
  const ackSeconds = new Histogram({
    name: 'wxpay_inbox_ack_seconds',
    help: 'Time from a notification to its answer',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
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
    help: 'Time from a payment at WeChat Pay to our knowing of it, by the path that told first',
    labelNames: ['path'],
    buckets: [1, 5, 15, 60, 180, 600, 3_600, 21_600, 86_400, 259_200],
    registers,
  });
  const heard = new Gauge({
    name: 'wxpay_inbox_payments_heard_24h',
    help: 'Payments first heard of in the last 24 hours but for the last 10 minutes, by whether a callback ever told of them',
    labelNames: ['callback'],
    registers,
  });
  const messages = new Gauge({
    name: 'wxpay_inbox_messages',
    help: 'Messages that wait or are dead',
    labelNames: ['state'],
    registers,
  });
  const oldestDue = new Gauge({
    name: 'wxpay_inbox_oldest_due_seconds',
    help: 'How long the oldest unclaimed message has been due; 0 when none is',
    registers,
  });
  const orders = new Gauge({
    name: 'wxpay_inbox_orders',
    help: 'Orders, by the state of their payment or of their fulfilment',
    labelNames: ['aspect', 'state'],
    registers,
  });
  const discrepancies = new Gauge({
    name: 'wxpay_inbox_open_discrepancies',
    help: 'Discrepancies nobody has resolved',
    registers,
  });

  return {
    notified: (result) => notifications.inc({ result }),
    answered: (seconds) => ackSeconds.observe(seconds),
    workerRan(worker, ok, seconds) {
      runs.inc({ worker, outcome: ok ? 'done' : 'broke_off' });
      runSeconds.observe({ worker }, seconds);
    },
    logged(event, { path, paidToKnownMs }) {
      if (event !== 'message_applied' || typeof path !== 'string' || typeof paidToKnownMs !== 'number')
        return;
      paidToKnown.observe({ path }, Math.max(0, paidToKnownMs) / 1000);
    },
    simulatorDelivered: () => deliveries.inc(),
    async text() {
      const now = clock.now();
      const backlog = await store.inbox.backlog(now);
      messages.set({ state: 'pending' }, backlog.pending);
      messages.set({ state: 'dead' }, backlog.dead);
      oldestDue.set(backlog.oldestDueAt === null ? 0 : Math.max(0, now - backlog.oldestDueAt) / 1000);
      const counts = await store.orders.counts();
      for (const aspect of ['payment', 'fulfilment'] as const) {
        for (const [state, count] of Object.entries(counts[aspect])) orders.set({ aspect, state }, count);
      }
      const { all, withoutCallback } = await store.inbox.paymentsHeard(
        later(now, -HEARD_SPAN_MS),
        later(now, -CALLBACK_GRACE_MS),
      );
      heard.set({ callback: 'yes' }, all - withoutCallback);
      heard.set({ callback: 'no' }, withoutCallback);
      discrepancies.set(await store.discrepancies.countOpen(now));
      return registry.metrics();
    },
  };
}
