import { z } from 'zod';
import { isInstant, later, type Instant } from '../lib/values/instant';
import { MOST_SENDS } from './retry-schedule';
import { SimulatorError } from './simulator-error';

const instantSchema = z.custom<Instant>(isInstant);

/** The progress of one notification, as stored in the journal. */
export const notificationSchema = z.object({
  /** The event's `nonceStr`, the same in every delivery: repeats are identical. */
  nonce: z.string(),
  /** Sends of the retry schedule so far, lost ones included. */
  sends: z.number().int(),
  /** When the next send is due; null when there is none. */
  dueAt: instantSchema.nullable(),
  end: z.enum(['acked', 'given_up']).nullable(),
  /** Pending faults. */
  toLose: z.number().int(),
  atOnce: z.number().int(),
  /** Sends that are probes: signed badly on purpose, as API v3 does to test its merchants. */
  probes: z.number().int().default(0),
  duplicatesLeft: z.number().int(),
  deliveries: z.array(
    z.object({
      at: instantSchema,
      outcome: z.enum(['acked', 'not_acked', 'failed', 'timed_out', 'lost']),
    }),
  ),
});

/** The progress of one notification. */
export type NotificationState = Readonly<z.infer<typeof notificationSchema>>;

/** True while there is something left to deliver. */
export function isUnfinished(notification: NotificationState): boolean {
  return notification.end === null || (notification.end === 'acked' && notification.duplicatesLeft > 0);
}

/** Faults of a notification's deliveries, on request. */
export interface DeliveryFaults {
  /** Repeat the delivery this many times after the ack, in sequence. */
  readonly duplicates?: number | undefined;
  /** Deliver the first send this many times concurrently, as if from several servers. */
  readonly concurrent?: number | undefined;
  /** Delay the first send by this much, in ms of the scheduler (not divided by `speed`). */
  readonly delayMs?: number | undefined;
  /** Lose the first send, this many sends, or all: they count in the schedule but never arrive. */
  readonly lose?: 'first' | 'all' | number | undefined;
  /**
   * API v3 only: this many sends are probes with a bad signature (`WECHATPAY/SIGNTEST/`) before the
   * genuine ones.
   */
  readonly probes?: number | undefined;
}

/** The most repeats. A higher number is a typing error. */
const MOST_COPIES = 1000;

/** WeChat Pay gives up after two days. */
const LONGEST_DELAY_MS = 2 * 24 * 3600 * 1000;

/**
 * Creates an unsent notification with its faults. Throws `SimulatorError` for faults out of range.
 */
export function newNotification(nonce: string, now: Instant, faults: DeliveryFaults): NotificationState {
  const toLose = faults.lose === 'all' ? MOST_SENDS : faults.lose === 'first' ? 1 : (faults.lose ?? 0);
  return {
    nonce,
    sends: 0,
    dueAt: later(now, whole('delayMs', faults.delayMs ?? 0, 0, LONGEST_DELAY_MS)),
    end: null,
    toLose: whole('lose', toLose, 0, MOST_SENDS),
    atOnce: whole('concurrent', faults.concurrent ?? 1, 1, MOST_COPIES),
    probes: whole('probes', faults.probes ?? 0, 0, MOST_SENDS),
    duplicatesLeft: whole('duplicates', faults.duplicates ?? 0, 0, MOST_COPIES),
    deliveries: [],
  };
}

/** Checks a whole number against its range. Throws `SimulatorError` with the name. */
export function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new SimulatorError('bad_fault', `${name}: must be a whole number from ${least} to ${most}`);
}
