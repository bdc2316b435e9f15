import type { CountAndSum } from '../../model/count-and-sum';
import type { ImportDifference, ImportRefusal, StatedOrder } from '../../rules/imported-order';
import type { OutTradeNo, SubMchId } from '../../values/ids';

/*
 * The part of the operator API that takes over the paid orders of an earlier system.
 *
 * The console's bundle carries the values of this file, so it imports types only.
 */

/** The most orders of one call; a call also has at most 256 KB. */
export const MOST_IMPORTED = 500;

/** An order of the file. `subMchId` null: the shop's only merchant. */
export type GivenOrder = Omit<StatedOrder, 'subMchId'> & { readonly subMchId: SubMchId | null };

/** An order that was not taken, and why. */
export type NotImported =
  | {
      readonly outTradeNo: OutTradeNo;
      readonly why: 'differs';
      /** What the order that is here says differently. */
      readonly in: readonly ImportDifference[];
    }
  | { readonly outTradeNo: OutTradeNo; readonly why: ImportRefusal };

/** What an import came to, or would come to. */
export interface ImportTally {
  /** How many of the given orders were handled, from the first; send the others again. */
  readonly handled: number;
  /** The orders that were stored, or would be. */
  readonly taken: CountAndSum;
  /** Their refunds. */
  readonly refunds: CountAndSum;
  /** Those that are here already and say the same. */
  readonly known: CountAndSum;
  readonly notTaken: readonly NotImported[];
}

/** These operations: their parameters, and their answers in addition to `{ok: true}`. */
export interface ImportOperations {
  /** What `import_orders` of these would come to; nothing is changed or recorded. */
  preview_import: {
    readonly params: { readonly orders: readonly GivenOrder[] };
    readonly answer: ImportTally;
  };
  /**
   * Stores orders that an earlier system was paid for and has fulfilled, with the refunds that it
   * made. An order that is here already is never changed. The same call again stores nothing twice.
   */
  import_orders: {
    readonly params: {
      readonly orders: readonly GivenOrder[];
      /** The name of the files: the SHA-256 of their contents, in hex. */
      readonly source: string;
      readonly reason: string;
    };
    readonly answer: ImportTally;
  };
}
