import { DISCREPANCY_CLASSES } from '../../lib/model/discrepancy';
import type { OpsName } from '../../lib/ops/api';
import { NEXT_DAY, START } from '../store/builders';

/** A question an operator can ask of a list. */
export interface ListQuestion {
  readonly op: OpsName;
  readonly params: object;
}

const PAYMENTS = [null, 'pending', 'paid', 'closed', 'failed'];
const FULFILMENTS = [null, 'none', 'due', 'done', 'dead'];
const SPANS = [{}, { from: START, to: NEXT_DAY }];

/**
 * Every list with every combination of its filters, except that one class and one reason stand for
 * all of them.
 */
export const EVERY_LIST: readonly ListQuestion[] = [
  ...['pending', 'done', 'dead'].flatMap((state) =>
    SPANS.map((span) => ({ op: 'list_messages', params: { state, ...span } }) as const),
  ),
  ...SPANS.map(
    (span) => ({ op: 'list_messages', params: { state: 'dead', reason: 'mismatch', ...span } }) as const,
  ),
  ...PAYMENTS.flatMap((payment) =>
    FULFILMENTS.map((fulfilment) => ({ op: 'list_orders', params: { payment, fulfilment } }) as const),
  ),
  ...['newest', 'oldest'].flatMap((sort) =>
    [{ payment: 'paid' }, { fulfilment: 'held' }, {}].map(
      (states) => ({ op: 'list_orders', params: { ...states, sort, from: START, to: NEXT_DAY } }) as const,
    ),
  ),
  ...['largest', 'smallest'].flatMap((sort) =>
    [null, 'held', 'dead'].map(
      (fulfilment) => ({ op: 'list_orders', params: { fulfilment, sort } }) as const,
    ),
  ),
  ...SPANS.flatMap((span) =>
    [{ amount: 880 }, { payer: 'aB1' }].map(
      (by) => ({ op: 'list_orders', params: { ...by, ...span } }) as const,
    ),
  ),
  ...[null, 'requested', 'processing', 'succeeded', 'closed', 'abnormal'].map(
    (state) => ({ op: 'list_refunds', params: { state } }) as const,
  ),
  ...['open', 'carried_over', 'resolved'].flatMap((state) =>
    [null, DISCREPANCY_CLASSES[0]].map(
      (of) => ({ op: 'list_discrepancies', params: { state, class: of ?? null } }) as const,
    ),
  ),
  { op: 'list_runs', params: {} },
  ...[null, 'order-000001'].map((subject) => ({ op: 'list_audit', params: { subject } }) as const),
];
