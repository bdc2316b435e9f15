import type { FulfilmentCall } from '../model/fulfilment-call';
import type { HoldReason } from '../model/order';
import type { Instant } from '../values/instant';

/** What is kept of the calls of the merchant's system. */
interface WithCalls {
  /** All that the order keeps from now on, the latest last; absent: those it has. */
  readonly calls?: readonly FulfilmentCall[];
}

/** The outcome of a claimed fulfilment. */
export type FulfilmentFinish =
  | ({ readonly kind: 'done'; readonly receipt: string | null } & WithCalls)
  | ({ readonly kind: 'retry'; readonly dueAt: Instant; readonly error: string } & WithCalls)
  | ({ readonly kind: 'dead'; readonly reason: string } & WithCalls)
  /**
   * The merchant's system gave no answer about this order: it is due again at `dueAt`, this claim
   * does not count as an attempt, and the history gets no entry, since an outage may last for days.
   */
  | ({ readonly kind: 'wait'; readonly dueAt: Instant; readonly error: string } & WithCalls)
  /**
   * There is evidence against it: it is not claimed until the hold ends, and this claim does not
   * count as an attempt.
   */
  | { readonly kind: 'hold'; readonly reason: HoldReason; readonly heldAt: Instant }
  /** Returns it untouched: due at once, and this claim does not count as an attempt. */
  | { readonly kind: 'return' };
