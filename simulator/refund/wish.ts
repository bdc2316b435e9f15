import { z } from 'zod';
import type { DeliveryFaults } from '../notification';
import { SimulatorError } from '../simulator-error';

const faultsSchema = z.strictObject({
  duplicates: z.number().optional(),
  concurrent: z.number().optional(),
  delayMs: z.number().optional(),
  lose: z.union([z.enum(['first', 'all']), z.number()]).optional(),
});

/**
 * What is to become of a refund, and how its merchant hears of it. Whatever is left out goes well:
 * it succeeds after some seconds and is notified once.
 */
export const refundWishSchema = z.strictObject({
  /**
   * How it ends. `abnormal` (CHANGE) waits for somebody to resolve it by hand, `pending` stays in
   * processing.
   */
  outcome: z.enum(['succeeds', 'closes', 'abnormal', 'pending']).optional(),
  /** How long it takes, in ms of the scheduler (not divided by `speed`). */
  takesMs: z.number().int().min(0).optional(),
  /**
   * `before_answer`: it ends at once, and its notification has arrived before the call that asked
   * for it is answered. `overtaken`: of an abnormal refund; its notification comes only after that
   * of what became of it.
   */
  notify: z.enum(['once', 'never', 'twice', 'before_answer', 'overtaken']).optional(),
  /**
   * What the callee sees as `SOURCE`: whether refunds carry the payments' mark is not documented.
   */
  source: z.string().optional(),
  /** What goes wrong with each of its notifications. */
  faults: faultsSchema.optional(),
});

/** What is to become of a refund, and how its merchant hears of it. */
export type RefundWish = Readonly<z.infer<typeof refundWishSchema>>;

/** A wish with nothing left open; a refund keeps it from its beginning. */
export const settledWishSchema = z.object({
  outcome: z.enum(['succeeds', 'closes', 'abnormal', 'pending']),
  takesMs: z.number().int(),
  notify: z.enum(['once', 'never', 'twice', 'before_answer', 'overtaken']),
  source: z.string(),
  faults: faultsSchema,
});

/** A wish with nothing left open. */
export type SettledWish = Readonly<z.infer<typeof settledWishSchema>>;

/**
 * A wish that waits for its refund; null: for every refund that has none of its own. One line of
 * the journal.
 */
export const waitingWishSchema = z.object({ outRefundNo: z.string().nullable(), wish: refundWishSchema });

/** A wish that waits for its refund. */
export type WaitingWish = Readonly<z.infer<typeof waitingWishSchema>>;

/**
 * How long a refund to a balance takes, in ms: public statements show 3 to 5 s between the two
 * times of a refund.
 */
const TAKES_MS = 3_000;

/** Fills in what a wish leaves open. Throws `SimulatorError` for one that cannot come true. */
export function settledWish(wish: RefundWish, speed: number): SettledWish {
  const { outcome = 'succeeds', notify = 'once', takesMs, source = 'wx_paycallback', faults = {} } = wish;
  if (notify === 'overtaken' && outcome !== 'abnormal') {
    throw new SimulatorError('bad_fault', 'notify: only an abnormal refund has news that can be overtaken');
  }
  if (notify === 'before_answer' && outcome === 'pending') {
    throw new SimulatorError('bad_fault', 'notify: a refund that stays pending has nothing to notify');
  }
  const takes = notify === 'before_answer' ? 0 : (takesMs ?? Math.trunc(TAKES_MS / speed));
  return { outcome, notify, takesMs: takes, source, faults };
}

/** The faults of one of the refund's notifications. */
export function notificationFaults({ notify, faults }: SettledWish): DeliveryFaults {
  return notify === 'twice' ? { ...faults, duplicates: (faults.duplicates ?? 0) + 1 } : faults;
}
