import type { StatementRun } from '../../model/statement/statement-run';
import type { Instant } from '../../values/instant';

/** The latest statement runs. */
export interface Statements {
  readonly runs: readonly StatementRun[];
  /** When the very first order was created: bills exist from that day on. */
  readonly firstOrderAt: Instant | null;
}
