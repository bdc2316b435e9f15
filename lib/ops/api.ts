import type { DayCash } from '../model/statement/cash';
import type { Discrepancy, DiscrepancyId } from '../model/discrepancy';
import type { DeathReason, InboxKey, InboxMessage } from '../model/message';
import type { Acceptance, WholeOrder } from '../model/order';
import type { Refund } from '../model/refund';
import type { PaidMoney } from '../rules/refunds/reservation';
import type { StatementRun } from '../model/statement/statement-run';
import type { Language } from '../values/language';
import type { Unreadable } from '../model/unreadable';
import type { LateOrders } from '../store/requests';
import type { Fen } from '../values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../values/ids';
import type { CashMonth } from '../statement/cash/month';
import type { CashAccount } from '../values/cash-account';
import type { Instant } from '../values/instant';
import type { Alarm } from '../model/alarm';
import type { AuditEntry } from '../model/operators/audit';
import type { IssueHandling } from '../model/operators/issue';
import type { Pause } from '../model/operators/pause';
import type { Figures } from '../model/figures';
import type { Today } from '../model/operators/today';
import type { BulkOperations } from './bulk/bulk-api';
import type { ImportOperations } from './import/import-api';
import type { ActResult } from './changed';
import type { CheckWords } from './check-words';
import type { OpsAction } from './actions';
import type { ListedPage, ListOperations, RunLine, WithActions } from './lists/list-api';
import type { PageParams, PeopleOperations, PeopleRefusalCode } from './people/people-api';
import type { FailedOrders } from './watch/failed-orders';
import type { TestedTarget } from './watch/notice';
import type { ReleasePreview } from './lists/order-line';
import type { BooksOperations, BooksRefusalCode, GivenFile } from './books-api';
import type { ItemNotes } from '../model/operators/item-notes';
import type { PersonalOperations } from './personal-api';
import type { WorkOperations } from './running/work-api';
import type { Permission, Person } from '../model/operators/principal';
import type { WebhookTest } from '../webhook/test-result';

/*
 * The requests and answers of the operator API, shared by the `ops` function's event, `POST
 * /ops/api/<op>`, the console and the command line. Everything is JSON; instants are ms, amounts
 * fen. Payer ids are masked unless `unmask` is granted.
 *
 * The console's bundle carries the values of this file, so it imports types only.
 */

/** The subject under which the audit log keeps sign-ins and their ends. */
export const SIGN_INS = 'sign-ins';

/** What one call takes at most. */
export const API_LIMITS = {
  /** Items of one action. */
  names: 100,
  /** Rows of one page. */
  page: 200,
  /** Characters of a given file, or of a part of one, in Base64: a call has at most 256 KB. */
  file: 240_000,
  /** Parts of a given file: 23 MB as sent, of a gzipped bill some 200 MB. */
  parts: 128,
  /** Characters of a reason. */
  reason: 200,
  /** Characters of a comment. */
  comment: 500,
} as const;

/**
 * An order as its own page shows it: complete, with the payer masked and without payment
 * parameters.
 */
export type OrderDetail = Omit<WholeOrder, 'payer' | 'prepay' | 'prepayBody'> & {
  readonly payer: string;
  readonly prepaidAt: Instant | null;
};

/**
 * One payment of an order: the one that paid it, one beside it, or one that does not agree with it.
 */
export interface PaymentLine {
  /**
   * `payment:<outTradeNo>:<transactionId>`: the name `accept_payment` and `return_payment` take.
   */
  readonly name: string;
  readonly transactionId: TransactionId;
  readonly total: Fen;
  readonly as: PaidMoney['as'];
  /** What may still be refunded of it. */
  readonly refundable: Fen;
  /** What operators decided about it; null until they do. */
  readonly acceptance: Acceptance | null;
}

/** What belongs to an order number, besides the order itself. */
interface OrderStory {
  readonly messages: readonly WithActions<InboxMessage>[];
  readonly refunds: readonly WithActions<Refund>[];
  readonly discrepancies: readonly WithActions<Discrepancy>[];
  readonly audit: readonly AuditEntry[];
}

/** An order with its whole timeline. */
export interface ShownOrder extends OrderStory {
  readonly unreadable: null;
  readonly order: WithActions<OrderDetail>;
  /** Its refunds that cannot be read, as they are stored. */
  readonly unreadableRefunds: readonly Unreadable[];
  /** What may still be refunded. */
  readonly refundable: Fen;
  /** As in `OrderLine`. */
  readonly refunded: Fen;
  readonly refunding: Fen;
  readonly payments: readonly WithActions<PaymentLine>[];
}

/** An order that cannot be read, as it is stored, with what else is known of its number. */
export interface UnreadableOrder extends OrderStory {
  readonly unreadable: Unreadable;
}

/** Every operation: its parameters, and its answer in addition to `{ok: true}`. */
export interface OpsOperations
  extends
    ListOperations,
    PeopleOperations,
    WorkOperations,
    BulkOperations,
    ImportOperations,
    BooksOperations,
    PersonalOperations {
  overview: {
    readonly params: object;
    readonly answer: {
      readonly now: Instant;
      readonly you: Person;
      /** What this person may do. */
      readonly may: readonly Permission[];
      /** Measured now; `at` is now. */
      readonly figures: Figures;
      /** The money of today, at most a minute old. */
      readonly today: Today;
      /** Late orders, counted now. */
      readonly late: LateOrders;
      /** Of the orders whose fulfilment failed, the newest 1,000. */
      readonly failed: FailedOrders;
      readonly alarms: readonly Alarm[];
      /** Requests that wait for a second person, at most 100. */
      readonly waitingApprovals: number;
      /** What operators have paused. */
      readonly pauses: readonly Pause[];
      /** What operators say of the issues: who is on it, and what is muted. */
      readonly issues: readonly IssueHandling[];
      /** The latest runs, at most 10. */
      readonly runs: readonly RunLine[];
    };
  };
  history: {
    /**
     * At most 40 days. `points`: the most figures to return, 500 by default; neighbouring figures
     * are merged to fit.
     */
    readonly params: { readonly from: Instant; readonly to: Instant; readonly points?: number };
    readonly answer: { readonly figures: readonly Figures[] };
  };
  /** `unmask` shows the payer and is recorded; of an unreadable order the payer stays masked. */
  show_order: {
    readonly params: { readonly outTradeNo: OutTradeNo; readonly unmask?: boolean };
    readonly answer: ShownOrder | UnreadableOrder;
  };
  /** A readable refund is also part of its order. */
  show_refund: {
    readonly params: { readonly outRefundNo: OutRefundNo };
    readonly answer: (
      | { readonly unreadable: null; readonly refund: WithActions<Refund> }
      | { readonly unreadable: Unreadable }
    ) & { readonly audit: readonly AuditEntry[] };
  };
  show_message: {
    readonly params: { readonly key: InboxKey; readonly unmask?: boolean };
    readonly answer: { readonly message: WithActions<InboxMessage>; readonly audit: readonly AuditEntry[] };
  };
  show_discrepancy: {
    readonly params: { readonly id: DiscrepancyId };
    readonly answer: {
      readonly discrepancy: WithActions<Discrepancy>;
      /** The payment it is about, when that payment belongs to an order here; otherwise null. */
      readonly payment: WithActions<PaymentLine> | null;
      /** Its owner, and what people wrote about it; null for neither. */
      readonly notes: ItemNotes | null;
      readonly audit: readonly AuditEntry[];
    };
  };
  /** The day's totals; its rows are the discrepancies of that day. */
  show_run: {
    readonly params: PageParams & { readonly id: string };
    readonly answer: {
      readonly run: WithActions<StatementRun>;
      readonly discrepancies: ListedPage<Discrepancy>;
      readonly audit: readonly AuditEntry[];
    };
  };
  /**
   * A run as CSV for a spreadsheet: its report, or the discrepancies its bill showed, one page at a
   * time. The pages in sequence are the file. `language` absent: Chinese.
   */
  export_run: {
    readonly params: PageParams & {
      readonly id: string;
      readonly part: 'report' | 'differences';
      readonly language?: Language;
    };
    readonly answer: { readonly csv: string; readonly next: string | null };
  };
  /**
   * Applies one action to each of at most 100 items; a refused item stops no other. Items that one
   * call had no time for are answered `NOT_BEGUN`: try them again.
   */
  act: {
    readonly params: {
      readonly action: OpsAction;
      /**
       * Message keys, order numbers, payment names, refund numbers, discrepancy ids or run ids, as
       * the action requires.
       */
      readonly names: readonly string[];
      /** Required to resolve, dismiss, refund, accept, return and release. */
      readonly reason?: string;
      /**
       * For `refund_order` of one order, in fen, together with `requestId`; absent: everything
       * left.
       */
      readonly amount?: Fen;
      /**
       * Identifies a partial refund, so that a repeat is the same refund: 8 to 64 of `0-9A-Za-z_-`.
       */
      readonly requestId?: string;
    };
    readonly answer: { readonly results: readonly ActResult[] };
  };
  /**
   * What `release_hold` of these orders (at most 100) would fulfil; nothing is changed or recorded.
   */
  preview_release: {
    readonly params: { readonly names: readonly string[] };
    readonly answer: { readonly items: readonly ReleasePreview[] };
  };
  /**
   * Replays dead messages by filter, at most 500 per call. `remaining` tells whether to call again.
   */
  replay_matching: {
    readonly params: {
      readonly from?: Instant | null;
      readonly to?: Instant | null;
      readonly reason?: DeathReason | null;
      readonly why: string;
    };
    readonly answer: { readonly replayed: number; readonly remaining: boolean };
  };
  /** Sends a test notice to every robot and webhook; recorded. */
  test_notices: {
    readonly params: object;
    readonly answer: { readonly targets: readonly TestedTarget[] };
  };
  /** Sends the merchant's own system a test event; recorded. Null: there is no such system. */
  test_fulfilment: {
    readonly params: object;
    readonly answer: { readonly tested: WebhookTest | null };
  };
  /**
   * Gives the fund-flow bill of one account and day by hand. One that does not prove itself is
   * refused. `reason`: required where the day or its month is signed.
   */
  give_fund_flow: {
    readonly params: GivenFile & {
      readonly id: string;
      readonly account: CashAccount;
      readonly reason?: string;
    };
    readonly answer: { readonly cash: DayCash };
  };
  /** A merchant's accounts over a month (`202602`), up to yesterday. */
  cash_month: {
    readonly params: { readonly subMchId: SubMchId; readonly month: string };
    readonly answer: { readonly accounts: readonly CashMonth[] };
  };
  /** Runs the doctor's checks. */
  doctor: {
    readonly params: object;
    readonly answer: {
      /** `chinese`: the finding in the check's own words; null for one without. */
      readonly findings: readonly (Finding & { readonly chinese: CheckWords | null })[];
    };
  };
}

/** The result of one check of the doctor. `fix` says what to do; empty when all is well. */
export interface Finding {
  /** Stable name of the check, such as `collections` or `trigger_token`. */
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'error' | 'unknown';
  readonly what: string;
  readonly fix: string;
}

/** The name of an operation. */
export type OpsName = keyof OpsOperations;

/** Why an operation was refused, as a stable code. */
export type OpsRefusalCode =
  | 'NOT_ALLOWED'
  | 'READ_ONLY'
  | PeopleRefusalCode
  | BooksRefusalCode
  | 'UNKNOWN_OPERATION'
  | 'BAD_INPUT'
  | 'NOT_FOUND'
  | 'NOT_RECORDED'
  | 'CHANGED_SINCE'
  | 'DAMAGED'
  | 'INTERNAL';

/** What an operation answers. */
export type OpsReply<Name extends OpsName = OpsName> =
  | ({ readonly ok: true } & OpsOperations[Name]['answer'])
  | { readonly ok: false; readonly code: OpsRefusalCode; readonly message: string };
