import type { OpsAction } from '../../lib/ops/actions';
import type { BulkAction } from '../../lib/ops/bulk/bulk-api';
import { BULK_ACTIONS } from '../../lib/ops/bulk/bulk-api';
import type { Given } from '../given';
import { timeOf } from '../given';
import { UsageError } from '../usage-error';

/** One parsed call of `bulk`. */
export type BulkCommand =
  | {
      readonly kind: 'bulk';
      readonly step: 'start';
      readonly action: BulkAction;
      readonly filter: Readonly<Record<string, unknown>>;
      readonly reason: string | null;
    }
  | { readonly kind: 'bulk'; readonly step: BulkStep; readonly id: string };

/** What can be done with a bulk action that stands. */
const BULK_STEPS = ['show', 'continue', 'cancel'] as const;

/** One of `BULK_STEPS`. */
type BulkStep = (typeof BULK_STEPS)[number];

const ORDER_FILTERS = ['payment', 'fulfilment', 'late', 'from', 'to'] as const;
const MESSAGE_FILTERS = ['reason', 'only', 'from', 'to'] as const;

/** The filters of each action's list. The server ignores others, so others are refused here. */
const FILTERS: Readonly<Record<BulkAction, readonly string[]>> = {
  replay_message: MESSAGE_FILTERS,
  dismiss_message: MESSAGE_FILTERS,
  retry_fulfilment: ORDER_FILTERS,
  release_hold: ORDER_FILTERS,
  ask_order: ORDER_FILTERS,
  close_order: ORDER_FILTERS,
  refund_order: ORDER_FILTERS,
  ask_refund: ['state'],
  resolve_discrepancy: ['class'],
};

/** Reads a call. `actionOf` knows the verbs. Throws `UsageError`. */
export function bulkCommand(
  [verb = '', ...more]: readonly string[],
  given: Given,
  actionOf: (verb: string) => OpsAction | undefined,
): BulkCommand {
  const step = BULK_STEPS.find((one) => one === verb);
  if (step !== undefined) {
    const [id, ...others] = more;
    if (id === undefined || others.length > 0 || Object.keys(given).length > 0)
      throw new UsageError(`bulk ${step} takes the id of one bulk action`);
    return { kind: 'bulk', step, id };
  }
  const named = actionOf(verb);
  const action = BULK_ACTIONS.find((one) => one === named);
  if (action === undefined) throw new UsageError(`bulk ${verb}: there is no such bulk action: see --help`);
  if (more.length > 0) throw new UsageError('bulk takes filters instead of names');
  const { why, ...filters } = given;
  const filter = Object.fromEntries(
    Object.entries(filters).map(([name, value]) => {
      if (!FILTERS[action].includes(name)) throw new UsageError(`bulk ${verb} has no --${name}`);
      if (name === 'from' || name === 'to') return [name, timeOf(name, value)];
      return [name === 'state' ? 'refund' : name, value];
    }),
  );
  if (FILTERS[action] === ORDER_FILTERS && Object.keys(filter).length === 0)
    throw new UsageError(`bulk ${verb} needs a filter, such as --fulfilment dead or --from 2026-03-01`);
  return { kind: 'bulk', step: 'start', action, filter, reason: typeof why === 'string' ? why : null };
}
