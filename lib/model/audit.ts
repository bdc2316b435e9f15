import type { Instant } from '../values/instant';
import type { Json } from '../values/json';

/** What an action was about: the kind of item and its key, number or id. */
export interface AuditSubject {
  readonly kind: 'message' | 'order' | 'refund' | 'discrepancy' | 'run' | 'alarm' | 'database';
  readonly name: string;
}

/**
 * One thing an operator did or tried to do. Entries are only ever added.
 *
 * Before an action has any effect its entry `begun` is written; the one that tells its end has the same `action` id with `-end`
 * behind it. `refused`: the item was not in a state for it. `failed`: it broke off, and what it did is not known.
 */
export interface AuditEntry {
  /** Unique; made by whoever acts, so that writing it twice is one entry. */
  readonly id: string;
  readonly at: Instant;
  /** The operator, by the name they are allowed in under; never a token. */
  readonly who: string;
  /** Stable name of the action, such as `replay_message`. Looking at a payer unmasked is one too. */
  readonly action: string;
  readonly subject: AuditSubject;
  readonly reason: string | null;
  /** The item's state before and after, as far as the action concerns it. No payer ids. */
  readonly before: Json;
  readonly after: Json;
  readonly outcome: 'begun' | 'done' | 'refused' | 'failed';
}
