/** One field of an index: 1 ascending, -1 descending. */
export type IndexField = readonly [path: string, direction: 1 | -1];

/** An index the adapter's queries rely on. None is unique: `_id` is the only key that must not repeat. */
export interface IndexSpec {
  readonly name: string;
  readonly fields: readonly IndexField[];
  /** Which question it answers. */
  readonly for: string;
}

/** A collection as it has to be made: `add` does not make one. */
export interface CollectionSpec {
  /** What its documents are, and what their `_id` is. */
  readonly holds: string;
  readonly indexes: readonly IndexSpec[];
}

/** The names of the collections. The prefix keeps them apart from the merchant's own. */
export type CollectionName = 'wxpay_inbox' | 'wxpay_orders' | 'wxpay_discrepancies';

/**
 * The access rule of every collection (所有用户不可读写): cloud functions only. They hold payers and raw notifications,
 * and whoever can write an inbox message can make an order paid.
 */
export const ACCESS_RULE = 'ADMINONLY';

/** Everything the adapter needs to find in the database. */
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
        for: 'claiming what is due and not leased, oldest first; counting by state',
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
        name: 'order_received',
        fields: [
          ['outTradeNo', 1],
          ['receivedAt', 1],
        ],
        for: 'the messages of an order',
      },
    ],
  },
  wxpay_orders: {
    holds: 'orders; _id is the order number (outTradeNo)',
    indexes: [
      {
        name: 'fulfilment_due_lease',
        fields: [
          ['fulfilment.state', 1],
          ['fulfilment.dueAt', 1],
          ['fulfilment.leaseUntil', 1],
        ],
        for: 'claiming fulfilments that are due and not leased; counting by fulfilment',
      },
      { name: 'payment_state', fields: [['payment.state', 1]], for: 'counting by payment' },
      {
        name: 'created',
        fields: [
          ['createdAt', -1],
          ['_id', -1],
        ],
        for: 'listing orders, newest first',
      },
    ],
  },
  wxpay_discrepancies: {
    holds: 'discrepancies; _id is the discrepancy id',
    indexes: [
      {
        name: 'open_seen',
        fields: [
          ['open', 1],
          ['lastSeenAt', -1],
          ['_id', -1],
        ],
        for: 'listing and counting open ones, latest seen first',
      },
      { name: 'order', fields: [['outTradeNo', 1]], for: 'the discrepancies of an order' },
    ],
  },
};
