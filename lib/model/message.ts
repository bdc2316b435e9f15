import type { Brand } from '../values/brand';
import type { OutTradeNo, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import type { Lease } from './lease';
import type { PaymentDetails, RefundDetails } from './facts';

/** The idempotency key of an inbox message: it names what happened, not how it was heard. Made by `keyOf` only. */
export type InboxKey = Brand<string, 'InboxKey'>;

/**
 * How something was heard: WeChat Pay called, we asked, we closed the order, we asked for the refund and it was answered,
 * the statement says so.
 */
export type Source = 'callback' | 'query' | 'close' | 'refund' | 'statement';

/**
 * `platform`: the platform's own mark says WeChat Pay sent it, or WeChat Pay answered it to our question.
 * `unverified`: somebody said so; believed only after `queryOrder` agrees.
 */
export type Trust = 'platform' | 'unverified';

/** What a message says. `closure` and `payment` change orders, `refund` a refund; the others are kept and buried with a reason. */
export type Content =
  | { readonly kind: 'payment'; readonly payment: PaymentDetails }
  | {
      readonly kind: 'closure';
      readonly outTradeNo: OutTradeNo;
      readonly subMchId: SubMchId;
      /** `closed`: WeChat Pay closed it unpaid. `failed`: so it did, after its last try to pay had failed. */
      readonly as: 'closed' | 'failed';
    }
  | { readonly kind: 'refund'; readonly refund: RefundDetails }
  | {
      readonly kind: 'unusable';
      /** Stable code of what is wrong, such as `missing_fields`. */
      readonly reason: string;
      readonly problems: readonly string[];
      readonly outTradeNo: OutTradeNo | null;
      /** Hex SHA-256 of the raw notification: the same wreck twice is one message. */
      readonly digest: string;
    };

/** What became of a message that was dealt with. */
export type DoneOutcome =
  /** The order was changed by it. */
  | 'applied'
  /** The order said so already. */
  | 'repeat'
  /** A better answer stood already: the order was paid when it was told closed. */
  | 'superseded'
  /** It decides nothing by itself, and is kept: a refund under way, or one of which it does not say how it stands. */
  | 'noted'
  /** Unverified, and WeChat Pay agreed: its own answer entered the inbox in its stead. */
  | 'confirmed_by_query';

/** Why a message was buried. Each can be replayed once its cause is fixed. */
export type DeathReason =
  | 'unusable_notification'
  /** Buried by version 0.1, which could keep refunds but not apply them: replay it. */
  | 'refunds_not_supported'
  | 'order_never_appeared'
  | 'mismatch'
  | 'not_confirmed_by_query'
  | 'too_many_attempts'
  | 'operator';

/** Who may ask for a change: a payer, an operator, the merchant's own code, or a policy of the settings. */
export const ACTORS = ['payer', 'operator', 'merchant', 'policy'] as const;

/** One of `ACTORS`. */
export type Actor = (typeof ACTORS)[number];

/** One line of a document's story: what changed it, when, how that reached us, and on which evidence. */
export interface HistoryEntry {
  readonly at: Instant;
  readonly event: string;
  /**
   * How it reached us: from WeChat Pay, by a call of a function or of the API, or by our own worker.
   * Lines of earlier versions have `payer` or `operator` for a call, and name `operator` also where
   * merchant code called.
   */
  readonly path: Source | 'call' | 'worker' | 'payer' | 'operator';
  /** Who asked for it; absent where nobody did, and in lines of earlier versions. */
  readonly actor?: Actor;
  /** The inbox key, WeChat Pay answer or error the change rests on. */
  readonly evidence: string | null;
}

/** What every message has, whatever its state. */
interface MessageBase {
  readonly key: InboxKey;
  readonly content: Content;
  readonly outTradeNo: OutTradeNo | null;
  readonly trust: Trust;
  /** The notification or answer as it came, as JSON text. */
  readonly raw: string;
  readonly receivedAt: Instant;
  readonly lastDeliveredAt: Instant;
  /** How often it was heard, by any path. */
  readonly deliveries: number;
  /** The paths it was heard by, the first one first. */
  readonly confirmedBy: readonly Source[];
  /** Failures that were decided about this message. An outage of the store, of WeChat Pay or of a token counts none. */
  readonly attempts: number;
  /**
   * Claims since the last outcome, the one that holds it included: counted when claimed, 0 again once an outcome is written or the
   * claim is given back. After `CLAIMS_BEFORE_ALONE` without an outcome the message is suspected of ending its workers.
   */
  readonly claims: number;
  /** True once it is suspected: from then on it is claimed alone, after all others. */
  readonly alone: boolean;
  /** How often an operator brought it back from the dead. */
  readonly replays: number;
  readonly history: readonly HistoryEntry[];
}

/**
 * A message of the inbox.
 *
 *              claim (lease, claims + 1)
 *            ┌──────────────┐
 *            ▼              │ retry (attempts + 1), wait: dueAt later, lease gone, claims 0
 *   record ─▶ pending ──────┘
 *              │   │
 *         done │   │ bury (reason)
 *              ▼   ▼
 *            done  dead ── replay ──▶ pending
 *
 * `done` and `dead` are kept at least 7 days, longer than WeChat Pay repeats (2 days), so that a late repeat
 * finds its key and changes nothing.
 */
export type InboxMessage = MessageBase &
  (
    | {
        readonly state: 'pending';
        readonly dueAt: Instant;
        readonly lease: Lease | null;
        readonly lastError: string | null;
      }
    | { readonly state: 'done'; readonly finishedAt: Instant; readonly outcome: DoneOutcome }
    | {
        readonly state: 'dead';
        readonly finishedAt: Instant;
        readonly reason: DeathReason;
        readonly lastError: string | null;
      }
  );

/** The states a message can be in. */
export type MessageState = InboxMessage['state'];

/** What is stored when a message is heard for the first time; a repeat only adds to `deliveries` and `confirmedBy`. */
export interface NewMessage {
  readonly key: InboxKey;
  readonly content: Content;
  readonly outTradeNo: OutTradeNo | null;
  readonly trust: Trust;
  readonly raw: string;
  readonly path: Source;
  readonly receivedAt: Instant;
}

/** A believed refund message that was not applied. */
export interface OpenRefund {
  readonly key: InboxKey;
  /** Null for one that names no order. */
  readonly outTradeNo: OutTradeNo | null;
  /** The payment it goes back from; null where it does not say. */
  readonly transactionId: TransactionId | null;
  /** What it says of the refund; `unreadable` when the stored message does not fit this version. */
  readonly told: RefundDetails['state'] | 'unreadable';
  /** The epoch's first instant when that cannot be read: then it is older than any release. */
  readonly receivedAt: Instant;
  /** When it died; null while it is pending. */
  readonly diedAt: Instant | null;
}

/** What a worker needs of a message it has claimed. The raw notification stays in the store. */
export interface ClaimedMessage {
  readonly key: InboxKey;
  readonly content: Content;
  readonly outTradeNo: OutTradeNo | null;
  readonly trust: Trust;
  /** The first is the path it was first heard by. */
  readonly confirmedBy: readonly Source[];
  readonly receivedAt: Instant;
  /** Failures decided before this claim. */
  readonly attempts: number;
  /** Counts this claim. */
  readonly claims: number;
  readonly replays: number;
}

/** A message claimed so often without an outcome is claimed alone from then on: it may be what ends its workers. */
export const CLAIMS_BEFORE_ALONE = 3;

/**
 * The key of a message: `payment:<outTradeNo>:<transactionId>`, `closure:<outTradeNo>`,
 * `refund:<outRefundNo>:<state>` or `unusable:<digest>`. An unverified message has a key of its own
 * (`unverified:…`): a forger who guesses a key before the payment happens must not be able to occupy it. So has a fact that contradicts
 * what is kept under its key, by the path that told it (`…:by-query`).
 */
export function keyOf(content: Content, trust: Trust, contradicting?: Source): InboxKey {
  const name = contradicting === undefined ? nameOf(content) : `${nameOf(content)}:by-${contradicting}`;
  const key: string = trust === 'platform' ? name : `unverified:${name}`;
  if (!isInboxKey(key)) throw new TypeError('an inbox key names its kind and is at most 200 characters long');
  return key;
}

/**
 * The key of the message by which a payment counts that operators accepted. It says the same as the payment's own, which died of what
 * does not agree, and rests on what the order says of the acceptance.
 */
export function acceptanceKey({ outTradeNo, transactionId }: PaymentDetails): InboxKey {
  const key: string = `acceptance:${outTradeNo}:${transactionId}`;
  if (!isInboxKey(key)) throw new TypeError('an inbox key is at most 200 characters long');
  return key;
}

/** Guards text that came from outside as an inbox key. */
export function isInboxKey(value: unknown): value is InboxKey {
  return (
    typeof value === 'string' &&
    value.length <= 200 &&
    /^(unverified:)?(payment|closure|refund|acceptance|unusable):./.test(value)
  );
}

/** The order a message speaks of, or null when it names none. */
export function orderOf(content: Content): OutTradeNo | null {
  switch (content.kind) {
    case 'payment':
      return content.payment.outTradeNo;
    case 'refund':
      return content.refund.outTradeNo;
    case 'closure':
    case 'unusable':
      return content.outTradeNo;
  }
}

function nameOf(content: Content): string {
  switch (content.kind) {
    case 'payment':
      return `payment:${content.payment.outTradeNo}:${content.payment.transactionId}`;
    case 'closure':
      return `closure:${content.outTradeNo}`;
    case 'refund':
      return `refund:${content.refund.outRefundNo}:${content.refund.state}`;
    case 'unusable':
      return `unusable:${content.digest}`;
  }
}
