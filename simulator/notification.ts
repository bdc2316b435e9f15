import { z } from 'zod';
import { isInstant, later, type Instant } from '../lib/values/instant';
import { MOST_SENDS } from './retry-schedule';
import { SimulatorError } from './simulator-error';

const instantSchema = z.custom<Instant>(isInstant);

/** Where one notification stands in its schedule, as the journal keeps it. */
export const notificationSchema = z.object({
  /** The event's `nonceStr`: the same in every delivery, since repeats are identical. */
  nonce: z.string(),
  /** Sends of the retry schedule made so far, lost ones included. */
  sends: z.number().int(),
  /** When the next send is due; null when none is. */
  dueAt: instantSchema.nullable(),
  end: z.enum(['acked', 'given_up']).nullable(),
  /** Faults still to come. */
  toLose: z.number().int(),
  atOnce: z.number().int(),
  duplicatesLeft: z.number().int(),
  deliveries: z.array(
    z.object({
      at: instantSchema,
      outcome: z.enum(['acked', 'not_acked', 'failed', 'timed_out', 'lost']),
    }),
  ),
});

/** Where one notification stands in its schedule. */
export type NotificationState = Readonly<z.infer<typeof notificationSchema>>;

/** True while WeChat Pay still has something to deliver. */
export function isUnfinished(notification: NotificationState): boolean {
  return notification.end === null || (notification.end === 'acked' && notification.duplicatesLeft > 0);
}

/** What may go wrong with the deliveries of a notification, on request. */
export interface DeliveryFaults {
  /** Deliver again this many times after the ack, one after another. */
  readonly duplicates?: number | undefined;
  /** Deliver the first send from this many servers at once. */
  readonly concurrent?: number | undefined;
  /** Send for the first time this much later, in ms of the scheduler (not divided by `speed`). */
  readonly delayMs?: number | undefined;
  /**
   * Lose the first send, this many sends, or every one: they count for the schedule and never
   * arrive.
   */
  readonly lose?: 'first' | 'all' | number | undefined;
}

/** More repeats than this are a slip of the pen, not a fault worth playing. */
const MOST_COPIES = 1000;

/** WeChat Pay gives up after two days. */
const LONGEST_DELAY_MS = 2 * 24 * 3600 * 1000;

/**
 * A notification that is yet to be sent, with its faults. Throws `SimulatorError` for faults out of
 * reach.
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
    duplicatesLeft: whole('duplicates', faults.duplicates ?? 0, 0, MOST_COPIES),
    deliveries: [],
  };
}

/** A whole number within its reach. Throws `SimulatorError` with the name of what it is for. */
export function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new SimulatorError('bad_fault', `${name}: a whole number from ${least} to ${most} is needed`);
}
