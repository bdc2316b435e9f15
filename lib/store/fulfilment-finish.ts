import type { HoldReason } from '../model/order';
import type { Instant } from '../values/instant';

/** How a claimed fulfilment ends its turn. */
export type FulfilmentFinish =
  | { readonly kind: 'done'; readonly receipt: string | null }
  | { readonly kind: 'retry'; readonly dueAt: Instant; readonly error: string }
  | { readonly kind: 'dead'; readonly reason: string }
  /** Known evidence speaks against it: it is not claimed until the hold ends, and this claim is not counted as an attempt. */
  | { readonly kind: 'hold'; readonly reason: HoldReason; readonly heldAt: Instant }
  /** Gives it back untouched: due at once, and this claim is not counted as an attempt. */
  | { readonly kind: 'return' };
