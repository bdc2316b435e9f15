import type { StepRefusal } from './order';

/** What can be wrong with a wish to the simulator. */
export type SimulatorErrorCode =
  StepRefusal | 'no_such_order' | 'ambiguous_order' | 'bad_fault' | 'bad_coupon' | 'given_up' | 'stopped';

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
