/** Why the simulator refuses a request, including every refusal of WeChat Pay itself. */
export type SimulatorErrorCode =
  // Orders.
  | 'paid'
  | 'closed'
  | 'number_used'
  | 'too_early'
  | 'expired'
  | 'abandoned'
  | 'no_such_order'
  | 'ambiguous_order'
  | 'bad_coupon'
  // Refunds.
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
  // General.
  | 'bad_fault'
  | 'bad_plant'
  | 'answer_lost'
  | 'host_down'
  | 'given_up'
  | 'stopped';

/** A refused request. `code` is stable; the message says what to do instead. */
export class SimulatorError extends Error {
  constructor(
    readonly code: SimulatorErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'SimulatorError';
  }
}
