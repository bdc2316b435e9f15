/**
 * What can be wrong with a wish to the simulator; among them everything WeChat Pay itself would
 * refuse.
 */
export type SimulatorErrorCode =
  // Of orders.
  | 'paid'
  | 'closed'
  | 'number_used'
  | 'too_early'
  | 'expired'
  | 'abandoned'
  | 'no_such_order'
  | 'ambiguous_order'
  | 'bad_coupon'
  // Of refunds.
  | 'not_paid'
  | 'overdue'
  | 'all_refunded'
  | 'too_much'
  | 'too_many'
  | 'values_differ'
  | 'no_such_refund'
  | 'ambiguous_refund'
  | 'not_abnormal'
  | 'bad_refund'
  // Of everything.
  | 'bad_fault'
  | 'bad_plant'
  | 'answer_lost'
  | 'given_up'
  | 'stopped';

/** A wish the simulator cannot fulfil. `code` is stable; the message says what to do instead. */
export class SimulatorError extends Error {
  constructor(
    readonly code: SimulatorErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'SimulatorError';
  }
}
