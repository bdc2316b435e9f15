import type { Registry } from 'prom-client';
import { Counter, Histogram } from 'prom-client';

/**
 * Creates the instruments of what happens in this process, in `registry`. Their names and labels
 * are a promise: docs/metrics.md.
 */
export function eventMetrics(registry: Registry) {
  const registers = [registry];
  return {
    notifications: new Counter({
      name: 'wxpay_inbox_notifications_total',
      help: 'Notifications, by result; stored and repeat are acknowledged',
      labelNames: ['result'],
      registers,
    }),
    ackSeconds: new Histogram({
      name: 'wxpay_inbox_ack_seconds',
      help: 'Time from the arrival of a notification to its answer',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    signIns: new Counter({
      name: 'wxpay_inbox_sign_ins_total',
      help: 'Operators’ tokens that were shown, by outcome; slowed ones were not checked because of earlier wrong ones',
      labelNames: ['outcome'],
      registers,
    }),
    runs: new Counter({
      name: 'wxpay_inbox_worker_runs_total',
      help: 'Runs of each worker, by outcome',
      labelNames: ['worker', 'outcome'],
      registers,
    }),
    runSeconds: new Histogram({
      name: 'wxpay_inbox_worker_run_seconds',
      help: 'Duration of a run',
      labelNames: ['worker'],
      buckets: [0.001, 0.01, 0.1, 1, 10, 60],
      registers,
    }),
    deliveries: new Counter({
      name: 'wxpay_inbox_simulator_deliveries_total',
      help: 'Notifications the simulator delivered',
      registers,
    }),
    paidToKnown: new Histogram({
      name: 'wxpay_inbox_paid_to_known_seconds',
      help: 'Detection delay of payments, by their first source',
      labelNames: ['path'],
      buckets: [1, 5, 15, 60, 180, 600, 3_600, 21_600, 86_400, 259_200],
      registers,
    }),
    spans: new Counter({
      name: 'wxpay_inbox_spans_total',
      help: 'Spans of traces, by what became of them; none where tracing is off',
      labelNames: ['outcome'],
      registers,
    }),
    notices: new Counter({
      name: 'wxpay_inbox_alarm_deliveries_total',
      help: 'Notices to each robot or webhook, by outcome',
      labelNames: ['target', 'outcome'],
      registers,
    }),
  };
}
