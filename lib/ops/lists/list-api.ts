import type { AuditEntry } from '../../model/operators/audit';
import type { Discrepancy, DiscrepancyClass, DiscrepancyState } from '../../model/discrepancy';
import type { DeathReason, MessageState } from '../../model/message';
import type { Order } from '../../model/order';
import type { Refund, RefundState } from '../../model/refund';
import type { RunOutcome, RunWork, StatementRun } from '../../model/statement/statement-run';
import type { MoneySum } from '../../model/operators/today';
import type { Unreadable } from '../../model/unreadable';
import type { MessageSummary } from '../../store/port';
import type { LateKind, OrderLookUp } from '../../store/requests';
import type { BeijingDay } from '../../values/day';
import type { Fen } from '../../values/fen';
import type { SubMchId } from '../../values/ids';
import type { Instant } from '../../values/instant';
import type { OpsAction } from '../actions';
import type { OrderLine } from './order-line';
import type { PageParams } from '../people/people-api';

/*
 * The part of the operator API that lists and finds.
 */

/**
 * The parts a list of messages can be limited to: verified, unverified, or pending and claimed
 * alone.
 */
export const MESSAGE_PARTS = ['platform', 'unverified', 'alone'] as const;

/** How a list of orders is sorted. */
export const ORDER_SORTS = ['newest', 'oldest', 'largest', 'smallest'] as const;

/** One of `ORDER_SORTS`. */
export type OrderSort = (typeof ORDER_SORTS)[number];

/** One of `MESSAGE_PARTS`. */
export type MessagePart = (typeof MESSAGE_PARTS)[number];

/** An item with the actions its reader may take. */
export type WithActions<Item> = Item & { readonly actions: readonly OpsAction[] };

/** A run as a list shows it. */
export interface RunLine {
  readonly id: StatementRun['id'];
  readonly subMchId: SubMchId;
  readonly day: BeijingDay;
  readonly round: number;
  readonly state: RunWork['state'];
  readonly outcome: RunOutcome | null;
  readonly dueAt: Instant;
  /**
   * The bill's rows and ours as sums, and the number of discrepancies; null before there is a
   * tally.
   */
  readonly payments: { readonly theirs: Fen; readonly ours: Fen } | null;
  readonly found: number;
}

/** One page of a list. */
export interface ListPage<Item> {
  readonly items: readonly WithActions<Item>[];
  readonly next: string | null;
}

/** A page, and apart the items on it that cannot be read: as they are stored, payers masked. */
export interface ListedPage<Item> extends ListPage<Item> {
  readonly unreadable: readonly Unreadable[];
}

/** Lists and the search: their parameters, and their answers in addition to `{ok: true}`. */
export interface ListOperations {
  list_messages: {
    readonly params: PageParams & {
      readonly state: MessageState;
      /** Only messages that are dead for this reason; other states have none. */
      readonly reason?: DeathReason | null;
      /** Only these; `alone` matches pending messages only. */
      readonly only?: MessagePart | null;
      readonly from?: Instant | null;
      readonly to?: Instant | null;
    };
    readonly answer: ListPage<MessageSummary>;
  };
  list_orders: {
    readonly params: PageParams & {
      readonly payment?: Order['payment']['state'] | null;
      readonly fulfilment?: Order['fulfilment']['state'] | null;
      /** Only late ones of this kind, whatever their states. */
      readonly late?: LateKind | null;
      /** Created in `[from, to)`. */
      readonly from?: Instant | null;
      readonly to?: Instant | null;
      /**
       * Newest by default. By amount: all orders, or the held or failed ones, without other
       * conditions.
       */
      readonly sort?: OrderSort;
      /** Only numbers that begin so, in their order; without other conditions. */
      readonly prefix?: string | null;
      /** Only this order amount, or the payer's last three characters; of all states. */
      readonly amount?: Fen | null;
      readonly payer?: string | null;
    };
    readonly answer: ListedPage<OrderLine> & {
      /** Of the whole list, on the first page of the held or failed ones; null elsewhere. */
      readonly sum: MoneySum | null;
    };
  };
  list_refunds: {
    readonly params: PageParams & { readonly state?: RefundState | null };
    readonly answer: ListedPage<Refund>;
  };
  list_discrepancies: {
    readonly params: PageParams & {
      readonly state: DiscrepancyState;
      readonly class?: DiscrepancyClass | null;
    };
    readonly answer: ListedPage<Discrepancy>;
  };
  list_runs: { readonly params: PageParams; readonly answer: ListedPage<RunLine> };
  list_audit: {
    readonly params: PageParams & { readonly subject?: string | null };
    readonly answer: { readonly items: readonly AuditEntry[]; readonly next: string | null };
  };
  /**
   * Finds an order, refund, message, discrepancy or run by its number, key, transaction or day.
   * When there is none: orders by the beginning of their number, by amount in yuan (`88`, `¥88.50`)
   * or by payer as lists show them (`oAb***x9Y`), the first 20 of each.
   */
  search: {
    readonly params: { readonly text: string };
    readonly answer: {
      readonly found: readonly {
        readonly kind: 'order' | 'refund' | 'message' | 'discrepancy' | 'run';
        readonly name: string;
      }[];
      readonly orders: readonly {
        readonly by: OrderLookUp;
        readonly items: readonly OrderLine[];
        readonly more: boolean;
      }[];
    };
  };
}
