import type { Alarm, AlarmCause } from '../../lib/model/alarm';
import type { AuditEntry } from '../../lib/model/operators/audit';
import type { Figures } from '../../lib/model/figures';
import type { Instant } from '../../lib/values/instant';
import { later } from '../../lib/values/instant';
import { message, START } from './builders';

/** The `n`th action of an operator. */
export function auditEntry(n: number, over: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: `entry-${String(n).padStart(4, '0')}`,
    at: later(START, n),
    who: 'li',
    action: 'replay_message',
    subject: { kind: 'message', name: message(1).key },
    reason: '重试 "一次"\u0000',
    before: { state: 'dead' },
    after: { state: 'pending' },
    outcome: 'done',
    ...over,
  };
}

/** Some figures. */
export function figuresAt(at: Instant): Figures {
  return {
    at,
    spanMs: 300_000,
    heard: 7,
    withoutCallback: 1,
    pending: 2,
    dead: 3,
    oldestDueMs: 400,
    delays: { callback: { count: 6, p50Ms: 800, p95Ms: 2_000, maxMs: 5_000 } },
    orders: {
      payment: { pending: 1, paid: 2, closed: 3, failed: 4 },
      fulfilment: { none: 5, due: 6, held: 9, done: 7, dead: 8 },
    },
    refunds: { requested: 1, processing: 2, succeeded: 3, closed: 4, abnormal: 5 },
    openDiscrepancies: { missing_payment: 2 },
  };
}

/** An alarm on its way. */
export function alarm(cause: AlarmCause, over: Partial<Alarm> = {}): Alarm {
  return {
    cause,
    level: 70,
    value: 7,
    threshold: 10,
    since: START,
    calmSince: null,
    told: 50,
    toldAt: START,
    deliveries: [{ target: '值班群', told: 50, at: START, attempts: 1, error: null }],
    version: 1,
    ...over,
  };
}
