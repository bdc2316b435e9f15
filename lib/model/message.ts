import { allOf } from '../values/all-of';
import type { Brand } from '../values/brand';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../values/ids';
import type { Instant } from '../values/instant';
import { provesOrigin, type Envelope } from './envelope';
import type { Lease } from './lease';
import type { PaymentDetails, RefundDetails } from './facts';

/**
 * The idempotency key of an inbox message. It names what happened, not its source. Only `keyOf`
 * makes it.
 */
export type InboxKey = Brand<string, 'InboxKey'>;

/**
 * How we learned of a fact: WeChat Pay called, we queried, we closed the order, we requested the
 * refund and read the answer, the bill states it, or a person imported it from an earlier system.
 * An import never enters the inbox: it is what a person says, not WeChat Pay.
 */
export const SOURCES = ['callback', 'query', 'close', 'refund', 'statement', 'import'] as const;

/** One of `SOURCES`. */
export type Source = (typeof SOURCES)[number];

/**
 * `platform`: the platform's own mark proves that WeChat Pay sent it, or WeChat Pay answered our
 * query with it. `unverified`: the sender is not proven; it counts only after `queryOrder` agrees.
 */
export const TRUSTS = ['platform', 'unverified'] as const;

/** One of `TRUSTS`. */
export type Trust = (typeof TRUSTS)[number];

/**
 * What a message states. `payment` and `closure` change orders, `refund` changes a refund. `other`
 * is an event of another product or of a later version: kept for people, and done without work.
 * `unusable` is kept as dead with a reason.
 */
export type Content =
  | { readonly kind: 'payment'; readonly payment: PaymentDetails }
  | {
      readonly kind: 'closure';
      readonly outTradeNo: OutTradeNo;
      readonly subMchId: SubMchId;
      /**
       * `closed`: WeChat Pay closed the order unpaid. `failed`: it closed the order after the last
       * payment attempt failed.
       */
      readonly as: 'closed' | 'failed';
    }
  | { readonly kind: 'refund'; readonly refund: RefundDetails }
  | {
      readonly kind: 'other';
      /** WeChat Pay's name of the event, such as `COUPON.USE`. */
      readonly eventType: string;
      /** Hex SHA-256 of what it states, so the same event twice is one message. */
      readonly digest: string;
    }
  | {
      readonly kind: 'unusable';
      /** Stable code of what is wrong, such as `missing_fields`. */
      readonly reason: string;
      readonly problems: readonly string[];
      readonly outTradeNo: OutTradeNo | null;
      /** Of a refund whose number cannot be read; otherwise absent. It holds the order it names. */
      readonly about?: 'refund';
      /**
       * Hex SHA-256 of the raw notification, so the same broken notification twice is one message.
       */
      readonly digest: string;
    };

/** The kinds of content a message can have. */
export const CONTENT_KINDS = allOf<Content['kind']>()('payment', 'closure', 'refund', 'other', 'unusable');

/** The outcomes of messages that were processed. */
export const DONE_OUTCOMES = [
  /** It changed the order. */
  'applied',
  /** The order already said so. */
  'repeat',
  /** A better fact already stood: the order was paid when the message said closed. */
  'superseded',
  /**
   * Kept, but decides nothing by itself: a refund in progress, or one whose state it does not give.
   */
  'noted',
  /** Unverified, and WeChat Pay agreed: its own answer entered the inbox instead. */
  'confirmed_by_query',
] as const;

/** One of `DONE_OUTCOMES`. */
export type DoneOutcome = (typeof DONE_OUTCOMES)[number];

/** Why a message is dead. It can be replayed once the cause is fixed. */
export const DEATH_REASONS = [
  'unusable_notification',
  'order_never_appeared',
  'mismatch',
  'not_confirmed_by_query',
  'too_many_attempts',
  'operator',
] as const;

/** One of `DEATH_REASONS`. */
export type DeathReason = (typeof DEATH_REASONS)[number];

/**
 * Who may request a change: a payer, an operator, the merchant's own code, or a policy in the
 * settings.
 */
export const ACTORS = ['payer', 'operator', 'merchant', 'policy'] as const;

/** One of `ACTORS`. */
export type Actor = (typeof ACTORS)[number];

/**
 * How what a line records reached us: from WeChat Pay, by a call of a function or of the API, or by
 * our own worker. Lines of earlier versions have `payer` or `operator` for a call, and name
 * `operator` also where merchant code called.
 */
export const LINE_PATHS = [...SOURCES, 'call', 'worker', 'payer', 'operator'] as const;

/**
 * One line of a history as it is read: what changed the document, when, how that reached us, and on
 * which evidence. For people only: nothing is decided by it. What is written is typed by its event
 * (`model/history.ts`); what is read may come from another version.
 */
export interface HistoryLine {
  readonly at: Instant;
  readonly event: string;
  readonly path: (typeof LINE_PATHS)[number];
  /** Who requested it; absent where nobody did, and in lines of earlier versions. */
  readonly actor?: Actor;
  /** The inbox key, WeChat Pay answer or error that supports the change. */
  readonly evidence: string | null;
}

/** Fields of every message, whatever its state. */
interface MessageBase {
  readonly key: InboxKey;
  readonly content: Content;
  readonly outTradeNo: OutTradeNo | null;
  readonly trust: Trust;
  /** The notification or answer as received, as JSON text; decrypted where it was encrypted. */
  readonly raw: string;
  /** The envelope of its first delivery; null where it came in none. */
  readonly envelope: Envelope | null;
  readonly receivedAt: Instant;
  readonly lastDeliveredAt: Instant;
  /** How often it was received, from any source. */
  readonly deliveries: number;
  /** Its sources, the first one first. */
  readonly confirmedBy: readonly Source[];
  /**
   * Failures of this message itself. An outage of the store, of WeChat Pay or of a token counts
   * none.
   */
  readonly attempts: number;
  /**
   * Claims since the last outcome, the current one included: raised by each claim, reset when an
   * outcome is written or the claim is returned. After `CLAIMS_BEFORE_ALONE` claims without an
   * outcome the message is suspected of crashing its workers.
   */
  readonly claims: number;
  /** True once it is suspected. It is then claimed alone, after all others. */
  readonly alone: boolean;
  /** How often an operator replayed it. */
  readonly replays: number;
  /** Who replayed it last; null while nobody did. */
  readonly replayedBy: string | null;
  readonly history: readonly HistoryLine[];
}

/**
 * A message of the inbox.
 *
 *              claim (lease, claims + 1)
 *            ┌──────────────┐
 *            ▼              │ retry (attempts + 1), wait: dueAt later, lease gone, claims 0
 *   record ─▶ pending ──────┘
 *              │   │
 *         done │   │ dead (reason)
 *              ▼   ▼
 *            done  dead ── replay ──▶ pending
 *
 * `done` and `dead` messages are kept for at least 7 days, longer than WeChat Pay redelivers
 * (2 days), so a late repeat finds its key and changes nothing.
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

/** The states a message can be in, as a list. */
export const MESSAGE_STATES = allOf<MessageState>()('pending', 'done', 'dead');

/**
 * What is stored for a message received for the first time. A repeat only adds to `deliveries` and
 * `confirmedBy`.
 */
export interface NewMessage {
  readonly key: InboxKey;
  readonly content: Content;
  readonly outTradeNo: OutTradeNo | null;
  readonly trust: Trust;
  readonly raw: string;
  /** Absent: it came in none. */
  readonly envelope?: Envelope;
  readonly path: Source;
  readonly receivedAt: Instant;
}

/** A believed refund message that was not applied. */
export interface OpenRefund {
  readonly key: InboxKey;
  /** Null when it names no order. */
  readonly outTradeNo: OutTradeNo | null;
  /** The payment that is refunded; null where the message does not say. */
  readonly transactionId: TransactionId | null;
  /**
   * The refund state it reports; `unreadable` when the stored message does not fit this version.
   */
  readonly told: RefundDetails['state'] | 'unreadable';
  /** The start of the epoch when it cannot be read, which is earlier than any release. */
  readonly receivedAt: Instant;
  /** When it died; null while it is pending. */
  readonly diedAt: Instant | null;
}

/** A believed message that callbacks redelivered, and the content of those notifications. */
export interface Redelivered {
  readonly message: InboxMessage;
  /** The latest few since a run last handled them. Some may differ from the message. */
  readonly told: readonly { readonly content: Content; readonly raw: string }[];
}

/** What a worker needs of a claimed message. The raw notification stays in the store. */
export interface ClaimedMessage {
  readonly key: InboxKey;
  readonly content: Content;
  readonly outTradeNo: OutTradeNo | null;
  readonly trust: Trust;
  /** The first is its first source. */
  readonly confirmedBy: readonly Source[];
  readonly receivedAt: Instant;
  /** Failures before this claim. */
  readonly attempts: number;
  /** This claim included. */
  readonly claims: number;
  readonly replays: number;
}

/**
 * After this many claims without an outcome a message is claimed alone: it may be what crashes its
 * workers.
 */
export const CLAIMS_BEFORE_ALONE = 3;

/**
 * The key of a message: `payment:<outTradeNo>:<transactionId>`, `closure:<outTradeNo>`,
 * `refund:<outRefundNo>:<state>`, `other:<digest>` or `unusable:<digest>`. A refund without a
 * readable number is `refund:unreadable:<digest>`, so that it is found among the refunds. An
 * unverified message has a key of its own (`unverified:…`), so a forger who guesses a key before
 * the payment happens cannot occupy it. So has a fact that contradicts the message stored under its
 * key, named by its source (`…:by-query`), and by a digest where that key is taken by yet another.
 */
export function keyOf(
  content: Content,
  trust: Trust,
  contradicting?: { readonly path: Source; readonly digest?: string },
): InboxKey {
  const name = nameOf(content) + (contradicting === undefined ? '' : besideName(contradicting));
  const key: string = trust === 'platform' ? name : `unverified:${name}`;
  if (!isInboxKey(key)) throw new TypeError('an inbox key names its kind and is at most 200 characters long');
  return key;
}

/**
 * The key of the message that applies a payment operators accepted. It states the same as the
 * payment's own message, which is dead for its mismatch, and its evidence is the acceptance on the
 * order.
 */
export function acceptanceKey({ outTradeNo, transactionId }: PaymentDetails): InboxKey {
  const key: string = `acceptance:${outTradeNo}:${transactionId}`;
  if (!isInboxKey(key)) throw new TypeError('an inbox key is at most 200 characters long');
  return key;
}

/**
 * The evidence of what a person imported from an earlier system. No message has this key: the bill
 * or a late notification proves it, and the history names the person.
 */
export function importKey(name: OutTradeNo | OutRefundNo): InboxKey {
  const key: string = `import:${name}`;
  if (!isInboxKey(key)) throw new TypeError('an inbox key is at most 200 characters long');
  return key;
}

/** True for the key of a fact that contradicts what is recorded under its own key. */
export function isBeside(key: InboxKey): boolean {
  return /:by-[a-z]+(-[0-9a-f]{8})?$/.test(key);
}

/** Checks that outside text is an inbox key. */
export function isInboxKey(value: unknown): value is InboxKey {
  return (
    typeof value === 'string' &&
    value.length <= 200 &&
    /^(unverified:)?(payment|closure|refund|acceptance|import|other|unusable):./.test(value)
  );
}

/** The order a message names, or null. */
export function orderOf(content: Content): OutTradeNo | null {
  switch (content.kind) {
    case 'payment':
      return content.payment.outTradeNo;
    case 'refund':
      return content.refund.outTradeNo;
    case 'closure':
    case 'unusable':
      return content.outTradeNo;
    case 'other':
      return null;
  }
}

/** The merchant a message names, or null. An unverified message can name any merchant. */
export function merchantOf(content: Content): SubMchId | null {
  switch (content.kind) {
    case 'payment':
      return content.payment.subMchId;
    case 'refund':
      return content.refund.subMchId;
    case 'closure':
      return content.subMchId;
    case 'other':
    case 'unusable':
      return null;
  }
}

/**
 * Selects unverified messages by the merchant they name: one of these, or any other or none. It
 * keeps a flood that names one merchant out of the quota and the queries of the others.
 */
export type NamedMerchants =
  { readonly oneOf: readonly SubMchId[] } | { readonly noneOf: readonly SubMchId[] };

/** One share for the messages that name none of our merchants, then one for each merchant. */
export function unverifiedShares(
  merchants: readonly SubMchId[],
): readonly [NamedMerchants, ...NamedMerchants[]] {
  return [{ noneOf: merchants }, ...merchants.map((merchant) => ({ oneOf: [merchant] }))];
}

function besideName({ path, digest }: { readonly path: Source; readonly digest?: string }): string {
  return digest === undefined ? `:by-${path}` : `:by-${path}-${digest}`;
}

function nameOf(content: Content): string {
  switch (content.kind) {
    case 'payment':
      return `payment:${content.payment.outTradeNo}:${content.payment.transactionId}`;
    case 'closure':
      return `closure:${content.outTradeNo}`;
    case 'refund':
      return `refund:${content.refund.outRefundNo}:${content.refund.state}`;
    case 'other':
      return `other:${content.digest}`;
    case 'unusable':
      return content.about === 'refund'
        ? `refund:unreadable:${content.digest}`
        : `unusable:${content.digest}`;
  }
}

/**
 * True for an unverified message that no stranger can have written: it is claimed before other
 * unverified ones, so that a flood of those does not hold it up.
 */
export function isVouchedFor(trust: Trust, envelope: Envelope | null): boolean {
  return trust === 'unverified' && envelope !== null && provesOrigin(envelope.check);
}
