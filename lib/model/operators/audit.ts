import type { Instant } from '../../values/instant';
import type { Json } from '../../values/json';

/** The kinds of items an action can be about. */
export const AUDIT_SUBJECTS = [
  'message',
  'order',
  'refund',
  'discrepancy',
  'run',
  'alarm',
  'database',
  'webhook',
  'session',
  'approval',
  'bulk',
  'worker',
  'merchant',
  'month',
  'import',
] as const;

/** The outcomes of actions, and the entry before the effect. */
export const AUDIT_OUTCOMES = ['begun', 'done', 'refused', 'failed'] as const;

/** The subject of an action: the kind of item, and its key, number or id. */
export interface AuditSubject {
  readonly kind: (typeof AUDIT_SUBJECTS)[number];
  readonly name: string;
}

/**
 * One thing an operator did or tried to do. Entries are only ever added.
 *
 * An entry `begun` is written before an action has any effect. The entry with its outcome has the
 * same `action` id with `-end` appended. `refused`: the item's state did not allow it. `failed`: it
 * broke off with unknown effect.
 */
export interface AuditEntry {
  /** Unique. The actor makes it, so writing an entry twice leaves one. */
  readonly id: string;
  readonly at: Instant;
  /** The operator's sign-in name; never a token. */
  readonly who: string;
  /**
   * Stable name of the action, such as `replay_message`. Showing a payer unmasked is an action too.
   */
  readonly action: string;
  readonly subject: AuditSubject;
  readonly reason: string | null;
  /** The item's state before and after, as far as the action changes it. No payer ids. */
  readonly before: Json;
  readonly after: Json;
  readonly outcome: (typeof AUDIT_OUTCOMES)[number];
}
