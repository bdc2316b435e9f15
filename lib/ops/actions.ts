import type { ActionRule } from './people/people-api';

/** What can be done to an item. The server says which actions are allowed now. */
export const OPS_ACTIONS = [
  'replay_message',
  'dismiss_message',
  'retry_fulfilment',
  'release_hold',
  'ask_order',
  'close_order',
  'refund_order',
  'accept_payment',
  'return_payment',
  'ask_refund',
  'pay_out_refund',
  'resolve_discrepancy',
  'run_statement_again',
  'erase_payer',
] as const;

/** One of `OPS_ACTIONS`. */
export type OpsAction = (typeof OPS_ACTIONS)[number];

/** The rules of each action. */
export const ACTION_RULES: Readonly<Record<OpsAction, ActionRule>> = {
  replay_message: { subject: 'message', needsReason: false, needs: 'operate' },
  dismiss_message: { subject: 'message', needsReason: true, needs: 'operate' },
  retry_fulfilment: { subject: 'order', needsReason: false, needs: 'operate' },
  release_hold: { subject: 'order', needsReason: true, needs: 'operate' },
  ask_order: { subject: 'order', needsReason: false, needs: 'operate' },
  close_order: { subject: 'order', needsReason: false, needs: 'operate' },
  refund_order: { subject: 'order', needsReason: true, needs: 'refund' },
  accept_payment: { subject: 'order', needsReason: true, needs: 'accept' },
  return_payment: { subject: 'order', needsReason: true, needs: 'refund' },
  ask_refund: { subject: 'refund', needsReason: false, needs: 'refund' },
  pay_out_refund: { subject: 'refund', needsReason: true, needs: 'refund' },
  resolve_discrepancy: { subject: 'discrepancy', needsReason: true, needs: 'resolve' },
  run_statement_again: { subject: 'run', needsReason: false, needs: 'operate' },
  /** The payer of this order, whose number is the only name of them that is recorded. */
  erase_payer: { subject: 'order', needsReason: true, needs: 'erase' },
};
