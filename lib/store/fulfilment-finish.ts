import type { HoldReason } from '../model/order';
import type { Instant } from '../values/instant';

/** The outcome of a claimed fulfilment. */
export type FulfilmentFinish =
  | { readonly kind: 'done'; readonly receipt: string | null }
  | { readonly kind: 'retry'; readonly dueAt: Instant; readonly error: string }
  | { readonly kind: 'dead'; readonly reason: string }
  /**
   * There is evidence against it: it is not claimed until the hold ends, and this claim does not
   * count as an attempt.
   */
  | { readonly kind: 'hold'; readonly reason: HoldReason; readonly heldAt: Instant }
  /** Returns it untouched: due at once, and this claim does not count as an attempt. */
  | { readonly kind: 'return' };
