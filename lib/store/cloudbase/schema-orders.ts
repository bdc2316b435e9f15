import type { CollectionSpec } from './schema-spec';

/** The orders. */
export const ORDERS_COLLECTION: CollectionSpec = {
  holds: 'orders; _id is the order number (outTradeNo)',
  indexes: [
    {
      name: 'fulfilment_due_merchant',
      fields: [
        ['fulfilment.state', 1],
        ['fulfilment.dueAt', 1],
        ['fulfilment.leaseUntil', 1],
        ['subMchId', 1],
      ],
      for: 'claiming fulfilments that are due and not leased, past paused merchants without reading their orders; counting by fulfilment',
    },
    {
      name: 'payment_next_ask_merchant',
      fields: [
        ['payment.state', 1],
        ['nextAskAt', 1],
        ['subMchId', 1],
      ],
      for: 'querying WeChat Pay about pending orders, earliest first, past paused merchants; counting by payment',
    },
    {
      name: 'absent_from_statement',
      fields: [
        ['subMchId', 1],
        ['payment.state', 1],
        ['statementDay', 1],
        ['statementRound', 1],
        ['payment.paidAt', 1],
        ['_id', 1],
      ],
      for: "payments of a merchant's day that no bill has, earliest first",
    },
    {
      name: 'created',
      fields: [
        ['createdAt', -1],
        ['_id', -1],
      ],
      for: 'listing orders, newest first; when the first was created',
    },
    {
      name: 'payment_created',
      fields: [
        ['payment.state', 1],
        ['createdAt', -1],
        ['_id', -1],
      ],
      for: 'listing orders by payment, newest first',
    },
    {
      name: 'fulfilment_created',
      fields: [
        ['fulfilment.state', 1],
        ['createdAt', -1],
        ['_id', -1],
      ],
      for: 'listing orders by fulfilment, newest first',
    },
    {
      name: 'states_created',
      fields: [
        ['payment.state', 1],
        ['fulfilment.state', 1],
        ['createdAt', -1],
        ['_id', -1],
      ],
      for: 'listing orders by payment and fulfilment, newest first',
    },
    {
      name: 'transaction',
      fields: [['payment.transactionId', 1]],
      for: 'the order a transaction paid',
    },
    {
      name: 'merchant_paid',
      fields: [
        ['subMchId', 1],
        ['payment.state', 1],
        ['payment.paidAt', 1],
        ['total', 1],
      ],
      for: 'what was paid in a span of time',
    },
    {
      name: 'fulfilment_paid',
      fields: [
        ['fulfilment.state', 1],
        ['payment.paidAt', 1],
        ['total', 1],
      ],
      for: 'what was paid in a span of time and is held or failed',
    },
    {
      name: 'amount_created',
      fields: [
        ['total', 1],
        ['createdAt', -1],
        ['_id', -1],
      ],
      for: 'the orders of one amount, newest first',
    },
    {
      name: 'amount',
      fields: [
        ['total', -1],
        ['_id', -1],
      ],
      for: 'listing orders by amount',
    },
    {
      name: 'fulfilment_amount',
      fields: [
        ['fulfilment.state', 1],
        ['total', -1],
        ['_id', -1],
      ],
      for: 'listing held and failed orders by amount',
    },
    {
      name: 'payer_created',
      fields: [
        ['payerTail', 1],
        ['createdAt', -1],
        ['_id', -1],
      ],
      for: 'the orders of payers whose id ends so, newest first',
    },
    {
      name: 'whole_payer_created',
      fields: [
        ['payer', 1],
        ['createdAt', -1],
        ['_id', -1],
      ],
      for: "all orders of a payer, also those without the end of the payer's id, newest first",
    },
    {
      name: 'erased_created',
      fields: [
        ['erasedAt', 1],
        ['createdAt', 1],
        ['_id', 1],
      ],
      for: 'orders whose personal data is stored, earliest first',
    },
  ],
};
