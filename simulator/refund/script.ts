import { z } from 'zod';
import type { DeliveryFaults } from '../notification';
import { SimulatorError } from '../simulator-error';

const faultsSchema = z.strictObject({
  duplicates: z.number().optional(),
  concurrent: z.number().optional(),
  delayMs: z.number().optional(),
  lose: z.union([z.enum(['first', 'all']), z.number()]).optional(),
  probes: z.number().optional(),
});

/**
 * The requested outcome of a refund and its notifications. By default it succeeds after some
 * seconds and is notified once.
 */
export const refundScriptSchema = z.strictObject({
  /**
   * How it ends. `abnormal` (CHANGE) waits to be resolved by hand, `pending` stays in processing.
   */
  outcome: z.enum(['succeeds', 'closes', 'abnormal', 'pending']).optional(),
  /** How long it takes, in ms of the scheduler (not divided by `speed`). */
  takesMs: z.number().int().min(0).optional(),
  /**
   * `before_answer`: it ends immediately, and its notification arrives before the request is
   * answered. `overtaken`: for an abnormal refund; its notification arrives after that of its
   * resolution.
   */
  notify: z.enum(['once', 'never', 'twice', 'before_answer', 'overtaken']).optional(),
  /** The callee's `SOURCE`: whether refunds have the payments' mark is undocumented. */
  source: z.string().optional(),
  /** Faults of each of its notifications. */
  faults: faultsSchema.optional(),
});

/** The requested outcome of a refund and its notifications. */
export type RefundScript = Readonly<z.infer<typeof refundScriptSchema>>;

/** A requested outcome with all defaults filled in, stored with its refund. */
export const settledScriptSchema = z.object({
  outcome: z.enum(['succeeds', 'closes', 'abnormal', 'pending']),
  takesMs: z.number().int(),
  notify: z.enum(['once', 'never', 'twice', 'before_answer', 'overtaken']),
  source: z.string(),
  faults: faultsSchema,
});

/** A requested outcome with all defaults filled in. */
export type SettledScript = Readonly<z.infer<typeof settledScriptSchema>>;

/**
 * A requested outcome waiting for its refund; null: for every refund without its own. One line of
 * the journal.
 */
export const waitingScriptSchema = z.object({
  outRefundNo: z.string().nullable(),
  script: refundScriptSchema,
});

/** A requested outcome waiting for its refund. */
export type WaitingScript = Readonly<z.infer<typeof waitingScriptSchema>>;

/** Duration of a refund to a balance, in ms: public bills show 3 to 5 s between its two times. */
const TAKES_MS = 3_000;

/** Fills in the defaults. Throws `SimulatorError` for an impossible combination. */
export function settledScript(script: RefundScript, speed: number): SettledScript {
  const { outcome = 'succeeds', notify = 'once', takesMs, source = 'wx_paycallback', faults = {} } = script;
  if (notify === 'overtaken' && outcome !== 'abnormal') {
    throw new SimulatorError(
      'bad_fault',
      'notify: only an abnormal refund has a notification that can be overtaken',
    );
  }
  if (notify === 'before_answer' && outcome === 'pending') {
    throw new SimulatorError('bad_fault', 'notify: a refund that stays pending has nothing to notify');
  }
  const takes = notify === 'before_answer' ? 0 : (takesMs ?? Math.trunc(TAKES_MS / speed));
  return { outcome, notify, takesMs: takes, source, faults };
}

/** The faults of one notification of the refund. */
export function notificationFaults({ notify, faults }: SettledScript): DeliveryFaults {
  return notify === 'twice' ? { ...faults, duplicates: (faults.duplicates ?? 0) + 1 } : faults;
}
