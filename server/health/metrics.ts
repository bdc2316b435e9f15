import { Registry } from 'prom-client';
import { WORKER_NAMES } from '../../lib/config/jobs';
import type { WatchSettings } from '../../lib/ops/watch/settings';
import type { DatabaseCounts } from '../../lib/store/mysql/base/connect';
import type { Store } from '../../lib/store/port';
import type { SpanOutcome } from '../../lib/trace/port';
import { SPAN_OUTCOMES } from '../../lib/trace/port';
import type { Clock } from '../../lib/values/instant';
import { databaseMetrics } from './database-metrics';
import { eventMetrics } from './event-metrics';
import type { LogWatcher } from './observed-log';
import { stateMetrics } from './state-metrics';

/**
 * The result of a notification: durable for the first time or once more, or why it was not
 * acknowledged.
 */
export const NOTIFICATION_RESULTS = [
  'stored',
  'repeat',
  'refused',
  'unreadable',
  'too_large',
  'over_quota',
  'not_stored',
  'signtest',
  'invalid_signature',
  'unknown_key',
  'clock',
  'undecryptable',
] as const;

/** One of them. */
export type NotificationResult = (typeof NOTIFICATION_RESULTS)[number];

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
  /** So many spans were exported or dropped. */
  spans(outcome: SpanOutcome, spans: number): void;
  /** The simulator delivered a notification. */
  simulatorDelivered(): void;
  /**
   * Prometheus text (docs/metrics.md). States, as opposed to events, are read from the store;
   * rejects with its `StoreError`.
   */
  text(): Promise<string>;
}

/** The paths by which a payment becomes known. */
const KNOWN_PATHS = ['callback', 'query', 'statement'] as const;

/**
 * Creates the figures of one server. `settings` define late orders; `targets` are the names of the
 * robots and webhooks; `counts` are of the connections to MySQL, null on SQLite. Every series of a
 * counter starts at zero, because the first event of a series that appears with it is no increase
 * to Prometheus, and a worker that never ran would have none.
 */
export function createMetrics(
  store: Store,
  clock: Clock,
  settings: WatchSettings,
  targets: readonly string[],
  counts: (() => DatabaseCounts) | null = null,
): Metrics {
  const registry = new Registry();
  const events = eventMetrics(registry);
  for (const result of NOTIFICATION_RESULTS) events.notifications.inc({ result }, 0);
  for (const outcome of SIGN_IN_OUTCOMES) events.signIns.inc({ outcome }, 0);
  for (const outcome of SPAN_OUTCOMES) events.spans.inc({ outcome }, 0);
  for (const path of KNOWN_PATHS) events.paidToKnown.zero({ path });
  for (const worker of WORKER_NAMES) {
    for (const outcome of ['done', 'broke_off'] as const) events.runs.inc({ worker, outcome }, 0);
    events.runSeconds.zero({ worker });
  }
  for (const target of targets) {
    for (const outcome of ['delivered', 'failed'] as const) events.notices.inc({ target, outcome }, 0);
  }
  const states = stateMetrics(registry, { store, clock, settings });
  const database = counts === null ? null : databaseMetrics(registry, counts);
  return {
    notified: (result) => events.notifications.inc({ result }),
    spans: (outcome, spans) => {
      events.spans.inc({ outcome }, spans);
    },
    signedIn: (outcome) => events.signIns.inc({ outcome }),
    answered: (seconds) => events.ackSeconds.observe(seconds),
    workerRan(worker, ok, seconds) {
      events.runs.inc({ worker, outcome: ok ? 'done' : 'broke_off' });
      events.runSeconds.observe({ worker }, seconds);
    },
    logged(event, { path, paidToKnownMs, target }) {
      if (event === 'message_applied' && typeof path === 'string' && typeof paidToKnownMs === 'number') {
        events.paidToKnown.observe({ path }, Math.max(0, paidToKnownMs) / 1000);
      }
      if (typeof target !== 'string') return;
      if (event === 'alarm_delivered') events.notices.inc({ target, outcome: 'delivered' });
      if (event === 'alarm_not_delivered') events.notices.inc({ target, outcome: 'failed' });
    },
    simulatorDelivered: () => events.deliveries.inc(),
    async text() {
      await states.read();
      database?.read();
      return registry.metrics();
    },
  };
}
