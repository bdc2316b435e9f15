import type { Approval } from './approval';
import { approvalState } from './approval';
import type { Fen } from '../../values/fen';
import { isFen } from '../../values/fen';
import type { Instant } from '../../values/instant';
import { isInstant } from '../../values/instant';
import { isRecord } from '../../values/json';

/*
 * One action on everything that a filter lists, beyond one page:
 *
 *   waiting ── a second person ──▶ running ── every item has an outcome ──▶ done
 *                                     │
 *   waiting, running ── cancelled ────┴──▶ cancelled: what was not begun is never begun
 *
 * One that waits ends with its request: declined or expired is read off the request and not stored
 * a second time, so that no crash can make the two differ.
 *
 * An item is marked as begun before anything is done to it, by one writer. What was begun and has
 * no outcome is unknown, and is not begun again.
 */

/** How a bulk action stands. */
export const BULK_STATES = ['waiting', 'running', 'cancelled', 'done'] as const;

/** One of `BULK_STATES`. */
export type BulkState = (typeof BULK_STATES)[number];

/** How a bulk action stands, its request for approval included. */
export const BULK_STANDINGS = [...BULK_STATES, 'declined', 'expired'] as const;

/** One of `BULK_STANDINGS`. */
export type BulkStanding = (typeof BULK_STANDINGS)[number];

/** How a bulk action stands; `request` is what it waits for, null if there is none. Pure. */
export function standingOfBulk(
  { state }: Pick<Bulk, 'state'>,
  request: Pick<Approval, 'decision' | 'expiresAt'> | null,
  now: Instant,
): BulkStanding {
  if (state !== 'waiting' || request === null) return state;
  const asked = approvalState(request, now);
  return asked === 'declined' || asked === 'expired' ? asked : 'waiting';
}

/** A bulk action, without its items. */
export interface Bulk {
  /** Unique, of `0-9A-Za-z_-`: chosen by who starts it, so that a repeat is the same. */
  readonly id: string;
  /** The action, as the operator API names it. */
  readonly action: string;
  /** The name of who started it. */
  readonly by: string;
  /** The second person's; null: none was needed, or none has approved yet. */
  readonly approver: string | null;
  readonly reason: string | null;
  readonly state: BulkState;
  readonly createdAt: Instant;
  readonly items: number;
  /** The money of all items as they were counted; null where none is at stake. */
  readonly amount: Fen | null;
  /** The hash of the items: what a second person approves. */
  readonly digest: string;
  /** Under which name the items are stored: each call that starts it stores its own. */
  readonly itemsOf: string;
}

/** One item of it. */
export interface BulkItem {
  readonly name: string;
  /**
   * The state it was counted in. In any other it is left alone; null: its state does not matter.
   */
  readonly seen: string | null;
  readonly begunAt: Instant | null;
  /** `done`, `unchanged`, `UNKNOWN` or the code of the refusal; null: none yet. */
  readonly result: string | null;
}

/** An item that was begun so long ago, in ms, has lost its outcome: no call lives that long. */
export const OUTCOME_LOST_MS = 120_000;

/** The outcome of an item that was begun and whose outcome is not known. */
export const UNKNOWN = 'UNKNOWN';

/** How many items stand how. */
export interface BulkTally {
  readonly done: number;
  readonly unchanged: number;
  readonly refused: number;
  /** Begun, and without an outcome for too long. */
  readonly unknown: number;
  /** Begun a moment ago. */
  readonly begun: number;
  readonly left: number;
}

/** Counts items by their outcome. Pure. */
export function tallyOf(items: readonly BulkItem[], now: Instant): BulkTally {
  const tally = { done: 0, unchanged: 0, refused: 0, unknown: 0, begun: 0, left: 0 };
  for (const item of items) tally[standingOf(item, now)] += 1;
  return tally;
}

/** How one item stands. Pure. */
export function standingOf({ begunAt, result }: BulkItem, now: Instant): keyof BulkTally {
  if (result === 'done' || result === 'unchanged') return result;
  if (result === UNKNOWN) return 'unknown';
  if (result !== null) return 'refused';
  if (begunAt === null) return 'left';
  return now - begunAt >= OUTCOME_LOST_MS ? 'unknown' : 'begun';
}

/** Checks a stored bulk action. */
export function isBulk(value: unknown): value is Bulk {
  if (!isRecord(value)) return false;
  const { id, action, by, approver, reason, state, createdAt, items, amount, digest, itemsOf } = value;
  return (
    [id, action, by, digest, itemsOf].every((text) => typeof text === 'string') &&
    (approver === null || typeof approver === 'string') &&
    (reason === null || typeof reason === 'string') &&
    BULK_STATES.some((one) => one === state) &&
    isInstant(createdAt) &&
    Number.isSafeInteger(items) &&
    (amount === null || isFen(amount))
  );
}

/** Checks a stored item. */
export function isBulkItem(value: unknown): value is BulkItem {
  if (!isRecord(value)) return false;
  const { name, seen, begunAt, result } = value;
  return (
    typeof name === 'string' &&
    (seen === null || typeof seen === 'string') &&
    (begunAt === null || isInstant(begunAt)) &&
    (result === null || typeof result === 'string')
  );
}
