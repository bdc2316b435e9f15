import { AUDIT_COLLECTION } from './schema-audit';
import { ORDERS_COLLECTION } from './schema-orders';
import type { CollectionSpec } from './schema-spec';

/** The names of the collections. The prefix separates them from the merchant's own. */
export type CollectionName =
  | 'wxpay_inbox'
  | 'wxpay_orders'
  | 'wxpay_refunds'
  | 'wxpay_transactions'
  | 'wxpay_discrepancies'
  | 'wxpay_statement_runs'
  | 'wxpay_audit'
  | 'wxpay_figures'
  | 'wxpay_alarms';

/**
 * The access rule of every collection (所有用户不可读写): cloud functions only. They contain payers and raw
 * notifications, and anybody who can write an inbox message can make an order paid.
 */
export const ACCESS_RULE = 'ADMINONLY';

/** Everything the adapter needs in the database. */
export const SCHEMA: Readonly<Record<CollectionName, CollectionSpec>> = {
  wxpay_inbox: {
    holds: 'inbox messages; _id is the inbox key',
    indexes: [
      {
        name: 'state_due_lease',
        fields: [
          ['state', 1],
          ['dueAt', 1],
          ['leaseUntil', 1],
        ],
        for: 'what is due and not leased, of any kind; counting by state',
      },
      {
        name: 'state_trust_due',
        fields: [
          ['state', 1],
          ['trust', 1],
          ['dueAt', 1],
          ['leaseUntil', 1],
        ],
        for: 'claiming what is due and not leased, believed and unverified apart, oldest first',
      },
      {
        name: 'state_trust_lease',
        fields: [
          ['state', 1],
          ['trust', 1],
          ['leaseUntil', 1],
          ['_id', 1],
        ],
        for: 'how many unverified messages are held',
      },
      {
        name: 'trust_state_received',
        fields: [
          ['trust', 1],
          ['state', 1],
          ['receivedAt', 1],
          ['_id', 1],
        ],
        for: 'counting and listing messages by trust, and removing unverified ones that ended',
      },
      {
        name: 'state_received',
        fields: [
          ['state', 1],
          ['receivedAt', -1],
          ['_id', -1],
        ],
        for: 'listing a state, newest first',
      },
      {
        name: 'alone_received',
        fields: [
          ['alone', 1],
          ['state', 1],
          ['receivedAt', -1],
          ['_id', -1],
        ],
        for: 'listing and counting what is claimed alone, newest first',
      },
      {
        name: 'reason_received',
        fields: [
          ['state', 1],
          ['reason', 1],
          ['receivedAt', -1],
          ['_id', -1],
        ],
        for: 'listing what is dead for one reason, newest first',
      },
      {
        name: 'order_received',
        fields: [
          ['outTradeNo', 1],
          ['receivedAt', 1],
        ],
        for: 'the messages of an order',
      },
      {
        name: 'payments_heard',
        fields: [
          ['content.kind', 1],
          ['trust', 1],
          ['calledBack', 1],
          ['receivedAt', 1],
        ],
        for: 'counting the payments that became known in a span of time, and those without a callback',
      },
      {
        name: 'redelivered_postponed',
        fields: [
          ['redelivered', 1],
          ['postponed', 1],
          ['receivedAt', 1],
        ],
        for: 'what callbacks delivered again and nobody has looked at yet',
      },
    ],
  },
  wxpay_orders: ORDERS_COLLECTION,
  wxpay_refunds: {
    holds: 'refunds; _id is the refund number (outRefundNo)',
    indexes: [
      {
        name: 'state_next_ask_merchant',
        fields: [
          ['progress.state', 1],
          ['nextAskAt', 1],
          ['subMchId', 1],
        ],
        for: 'querying WeChat Pay about open refunds, earliest first, past paused merchants; counting by state',
      },
      {
        name: 'absent_from_statement',
        fields: [
          ['subMchId', 1],
          ['progress.state', 1],
          ['statementDay', 1],
          ['statementRound', 1],
          ['succeededAt', 1],
          ['_id', 1],
        ],
        for: "refunds of a merchant's day that no bill has, earliest first",
      },
      {
        name: 'merchant_succeeded',
        fields: [
          ['subMchId', 1],
          ['progress.state', 1],
          ['succeededAt', 1],
          ['amount', 1],
        ],
        for: 'what went back in a span of time',
      },
      {
        name: 'order_created',
        fields: [
          ['outTradeNo', 1],
          ['createdAt', 1],
          ['_id', 1],
        ],
        for: 'the refunds of an order, first created first',
      },
      {
        name: 'created',
        fields: [
          ['createdAt', -1],
          ['_id', -1],
        ],
        for: 'listing refunds, newest first',
      },
      {
        name: 'state_created',
        fields: [
          ['progress.state', 1],
          ['createdAt', -1],
          ['_id', -1],
        ],
        for: 'listing a state, newest first',
      },
    ],
  },
  wxpay_transactions: {
    holds: 'which order a WeChat Pay transaction belongs to; _id is the transaction (transactionId)',
    indexes: [],
  },
  wxpay_discrepancies: {
    holds: 'discrepancies; _id is the discrepancy id',
    indexes: [
      {
        name: 'unresolved_seen',
        fields: [
          ['unresolved', 1],
          ['lastSeenAt', -1],
          ['_id', -1],
          ['opensAt', 1],
        ],
        for: 'listing what is unresolved, open or resolved, latest seen first',
      },
      {
        name: 'unresolved_class_seen',
        fields: [
          ['unresolved', 1],
          ['class', 1],
          ['lastSeenAt', -1],
          ['_id', -1],
          ['opensAt', 1],
        ],
        for: 'listing one class, latest seen first',
      },
      {
        name: 'unresolved_opens',
        fields: [
          ['unresolved', 1],
          ['opensAt', 1],
          ['_id', 1],
        ],
        for: 'counting open ones; listing what is carried over, soonest to open first',
      },
      {
        name: 'unresolved_class_opens',
        fields: [
          ['unresolved', 1],
          ['class', 1],
          ['opensAt', 1],
          ['_id', 1],
        ],
        for: 'the same by class',
      },
      { name: 'order', fields: [['outTradeNo', 1]], for: 'the discrepancies of an order' },
      {
        name: 'run_seen',
        fields: [
          ['statementRun', 1],
          ['lastSeenAt', -1],
          ['_id', -1],
        ],
        for: "what a day's statement showed",
      },
      { name: 'ended_by', fields: [['resolution.who', 1]], for: 'counting what a bill explained' },
    ],
  },
  wxpay_statement_runs: {
    holds: 'statement runs; _id is merchant and day (subMchId:day)',
    indexes: [
      {
        name: 'state_day',
        fields: [
          ['state', 1],
          ['dayBegins', 1],
          ['_id', 1],
        ],
        for: 'claiming the run of the earliest day that is due and not leased',
      },
      {
        name: 'merchant_day',
        fields: [
          ['subMchId', 1],
          ['dayBegins', 1],
        ],
        for: 'the days of a merchant that have a run',
      },
      {
        name: 'day',
        fields: [
          ['dayBegins', -1],
          ['_id', -1],
        ],
        for: 'listing runs, latest day first',
      },
    ],
  },
  wxpay_audit: AUDIT_COLLECTION,
  wxpay_figures: {
    holds: 'figures over time; _id is their time in ms',
    indexes: [{ name: 'at', fields: [['at', 1]], for: 'the figures of a span; deleting old ones' }],
  },
  wxpay_alarms: {
    holds:
      'alarms, what workers noticed, paces, counted refunds and values that processes share; _id is alarm:<cause>, signal:<cause>, pace:<name>, refund_counts or shared:<key>',
    indexes: [{ name: 'kind', fields: [['kind', 1]], for: 'all alarms; all signals' }],
  },
};
