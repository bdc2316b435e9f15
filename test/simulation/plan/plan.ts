import type { LateMoneyPolicy } from '../../../lib/model/order';
import type { RefundScript } from '../../../simulator/refund/script';

/**
 * A history before it happens: who does what when, and what goes wrong. As data it can be replayed,
 * and shrunk while it still fails. Times are ms from its start.
 */
export interface Plan {
  /** What chance there is beside the plan (latencies, jitter, which machine) is drawn from this. */
  readonly seed: number;
  /** The hour of a Beijing day on which it begins, in ms from midnight. */
  readonly startOfDayMs: number;
  readonly lateMoney: LateMoneyPolicy;
  readonly carryOverDays: number;
  /** How many merchants share the database and its workers. */
  readonly merchants: 1 | 2;
  /** How far the clock of each machine is off, in ms. */
  readonly machines: readonly number[];
  /**
   * Whether WeChat Pay gives the state of refunds when queried or, like on CloudBase, only totals.
   */
  readonly refundQueries: 'totals' | 'whole';
  /** What becomes of refunds, and how the merchant hears of it. */
  readonly refundScript: RefundScript;
  readonly orders: readonly OrderPlan[];
  readonly events: readonly Event[];
  readonly storeFaults: readonly StoreFault[];
  readonly callFaults: readonly CallFault[];
}

/** One order, its payer, and the merchant's hook when it is delivered. */
export interface OrderPlan {
  readonly n: number;
  /** Whose order it is: 0, or 1 where there are two merchants. */
  readonly merchant: 0 | 1;
  readonly at: number;
  readonly cups: number;
  /** The mini program makes the same request so often. */
  readonly requests: number;
  readonly pay: PaymentPlan | null;
  /** When the mini program asks whether it is paid, from its making. */
  readonly asks: readonly number[];
  /** When its payer gives it up, from its making. */
  readonly closeAfter: number | null;
  /** What the merchant's hook does, call by call; afterwards it does what it should. */
  readonly hook: readonly HookDeed[];
}

/** How an order is paid. */
export interface PaymentPlan {
  /** From the order's making. */
  readonly after: number;
  /** The payer had confirmed before the order was closed or ended. */
  readonly late: boolean;
  /** WeChat Pay says so much more was paid than the order costs, in fen. */
  readonly tooMuch: number;
  readonly duplicates: number;
  readonly atOnce: number;
  readonly delayMs: number;
  readonly lose: number;
  /** What the merchant gives back of it in the merchant platform; null for nothing. */
  readonly givenBack: GivenBack | null;
}

/** Refunds of one payment, made in the merchant platform all at once. */
export interface GivenBack {
  /** From the payment. */
  readonly after: number;
  /** So many equal refunds. */
  readonly parts: number;
  /** The share of the payment that they come to together: 1 for all of it. */
  readonly share: number;
  /** Whether WeChat Pay notifies us of them. */
  readonly told: boolean;
  /** How long each takes, in ms. */
  readonly takesMs: number;
}

/**
 * `throws`: nothing happens, and it fails. `half`: it fulfils and the answer is lost. `hangs`,
 * `half_hangs`: the same without an answer. `permanent`: it says that a retry cannot help. `slow`:
 * it fulfils after some seconds.
 */
export type HookDeed = 'throws' | 'half' | 'hangs' | 'half_hangs' | 'permanent' | 'slow';

/** What happens beside the orders. `order` is the `n` of one. */
export type Event = { readonly at: number } & (
  | { readonly kind: 'crash'; readonly machine: number; readonly downMs: number }
  | { readonly kind: 'freeze'; readonly machine: number; readonly ms: number }
  /**
   * Somebody sets a machine's clock forward or back by this. It stays so when the machine restarts.
   */
  | { readonly kind: 'clock'; readonly machine: number; readonly byMs: number }
  | {
      readonly kind: 'forged_payment';
      readonly order: number;
      readonly source: string;
      readonly total: number | null;
    }
  | {
      readonly kind: 'forged_refund';
      readonly order: number;
      readonly source: string;
      readonly status: string;
    }
  | { readonly kind: 'operator'; readonly order: number; readonly deed: OperatorDeed }
  | {
      readonly kind: 'back_office_refund';
      readonly order: number;
      readonly share: number;
      readonly told: boolean;
    }
  /**
   * Once a worker has claimed the order to fulfil it, all of its money is refunded after this many
   * ms.
   */
  | {
      readonly kind: 'refund_at_hand_over';
      readonly order: number;
      readonly by: 'operator' | 'merchant_platform';
      readonly afterMs: number;
    }
  /** A believed notification says that the payment of another order paid this one. */
  | { readonly kind: 'reused_transaction'; readonly order: number; readonly of: number }
  /**
   * A believed notification names this order for the refund of another order's payment, or of none.
   */
  | { readonly kind: 'foreign_refund'; readonly order: number; readonly of: number | null }
  | { readonly kind: 'handle_abnormal'; readonly as: 'SUCCESS' | 'REFUNDCLOSE' }
  | { readonly kind: 'stranger'; readonly n: number; readonly total: number }
  | { readonly kind: 'statement_lie'; readonly order: number; readonly lie: StatementLie }
  /** For `forMs`, each query of WeChat Pay is answered after `takesMs`: minutes. */
  | { readonly kind: 'slow_queries'; readonly forMs: number; readonly takesMs: number }
  /** Of the statement that is kept next the end is lost, as by a power cut or on a rotten disk. */
  | { readonly kind: 'torn_file' }
  /** The statement that is read next, after so many more, has lost its end since it was kept. */
  | { readonly kind: 'shrunken_file'; readonly afterReads: number }
);

/** What an operator does to an order, or to what hangs on it. */
export type OperatorDeed =
  | 'ask_order'
  | 'close_order'
  | 'refund_all'
  | 'refund_part'
  | 'refund_most'
  | 'retry_fulfilment'
  | 'release_hold'
  | 'replay_messages'
  | 'dismiss_messages'
  | 'ask_refunds'
  | 'resolve_discrepancies'
  | 'run_statements_again';

/** What the statement of an order's day says wrongly, once. */
export type StatementLie =
  | 'payment_absent'
  | 'refund_absent'
  | 'wrong_amount'
  | 'duplicate_row'
  | 'no_file'
  | 'damaged'
  | 'unreadable_row';

/** What goes wrong with the nth step of the store, counted over all machines. */
export interface StoreFault {
  readonly nth: number;
  readonly fault: StoreMishap;
  /** For how long, in ms, where it takes time. */
  readonly ms: number;
}

/**
 * `before`, `after`: it fails, without or with its effect. `slow_before`, `slow_after`: it takes
 * time, with its effect at the end or the start. `crash_before`, `crash_after`: the calling machine
 * dies. `freeze`: that machine freezes after it.
 */
export type StoreMishap =
  'before' | 'after' | 'slow_before' | 'slow_after' | 'crash_before' | 'crash_after' | 'freeze';

/** What goes wrong with the nth call of WeChat Pay about one kind of thing. */
export interface CallFault {
  readonly about: CallSubject;
  readonly nth: number;
  readonly fault: CallMishap;
}

/** What a call of WeChat Pay is about. */
export type CallSubject = 'order' | 'refund' | 'bill';

/**
 * `lost_request`, `lost_answer`: no answer, without or with an effect. `late`: the answer is late.
 * `nonsense`: the answer has no known shape. The gateway or WeChat Pay answers with the others.
 */
export type CallMishap =
  | 'lost_request'
  | 'lost_answer'
  | 'late'
  | 'nonsense'
  | 'system_error'
  | 'system_error_done'
  | 'rate_limited'
  | 'missing_api_token'
  | 'no_funds'
  | 'account_abnormal';
