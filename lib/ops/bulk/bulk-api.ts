import type { Bulk, BulkItem, BulkStanding, BulkTally } from '../../model/operators/bulk';
import type { DiscrepancyClass } from '../../model/discrepancy';
import type { DeathReason } from '../../model/message';
import type { Order } from '../../model/order';
import type { RefundState } from '../../model/refund';
import type { Fen } from '../../values/fen';
import type { Instant } from '../../values/instant';
import type { OpsAction } from '../actions';
import type { MessagePart } from '../lists/list-api';
import type { LateKind } from '../../store/requests';

/*
 * The part of the operator API that acts on everything a list shows, beyond one page.
 *
 * The console's bundle carries the values of this file, so it imports types only.
 */

/** The actions that can be taken in bulk, and how many items one takes at most. */
export const BULK_ACTIONS = [
  'replay_message',
  'dismiss_message',
  'retry_fulfilment',
  'release_hold',
  'ask_order',
  'close_order',
  'refund_order',
  'ask_refund',
  'resolve_discrepancy',
] as const satisfies readonly OpsAction[];

/** One of `BULK_ACTIONS`. */
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** The most items of one bulk action. */
export const MOST_IN_BULK = 2_000;

/** The filters of the lists, as they name them; those that the action's list lacks are ignored. */
export interface BulkFilter {
  readonly payment?: Order['payment']['state'] | null;
  readonly fulfilment?: Order['fulfilment']['state'] | null;
  readonly late?: LateKind | null;
  readonly from?: Instant | null;
  readonly to?: Instant | null;
  readonly reason?: DeathReason | null;
  readonly only?: MessagePart | null;
  readonly refund?: RefundState | null;
  readonly class?: DiscrepancyClass | null;
}

/** What a bulk action would do now. */
export interface BulkPreview {
  /** How many items the action may be taken on, and how many of the list it may not. */
  readonly count: number;
  readonly leftOut: number;
  /** The money of those items, in fen; null where none is at stake. */
  readonly amount: Fen | null;
  /** True when the list goes on beyond `MOST_IN_BULK`: do these first. */
  readonly more: boolean;
  readonly needsApproval: boolean;
}

/** A bulk action as its page shows it. */
export interface ShownBulk extends Omit<Bulk, 'state'> {
  readonly state: BulkStanding;
  /** Who declined it and why; null: nobody did. */
  readonly declined: { readonly who: string; readonly reason: string | null } | null;
  readonly tally: BulkTally;
  /** Whether its reader may carry it on, and whether they may cancel it. */
  readonly mayGoOn: boolean;
  readonly mayCancel: boolean;
}

/** These operations: their parameters, and their answers in addition to `{ok: true}`. */
export interface BulkOperations {
  /** Counts what a bulk action would be taken on; nothing is changed or recorded. */
  preview_bulk: {
    readonly params: { readonly action: BulkAction; readonly filter: BulkFilter };
    readonly answer: BulkPreview;
  };
  /**
   * Starts a bulk action on what was previewed: refused when there are more or fewer items, or
   * another sum, by now. `id` is the caller's own, so that the same call made again is the same
   * action. It goes on by `step_bulk`, or waits for a second person.
   */
  start_bulk: {
    readonly params: {
      readonly id: string;
      readonly action: BulkAction;
      readonly filter: BulkFilter;
      readonly reason?: string;
      readonly count: number;
      readonly amount: Fen | null;
    };
    readonly answer: { readonly bulk: ShownBulk };
  };
  /** Carries it on for the time of one call, unless it is over. Several may do it at once. */
  step_bulk: { readonly params: { readonly id: string }; readonly answer: { readonly bulk: ShownBulk } };
  /** Begins no further item of it. */
  cancel_bulk: { readonly params: { readonly id: string }; readonly answer: { readonly bulk: ShownBulk } };
  /** How it stands, and one part of its items with their outcomes. `part`: from 0. */
  show_bulk: {
    readonly params: { readonly id: string; readonly part?: number };
    readonly answer: {
      readonly bulk: ShownBulk;
      readonly items: readonly BulkItem[];
      readonly parts: number;
    };
  };
}
