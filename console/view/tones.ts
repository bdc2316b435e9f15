import type { MessageState } from '../../lib/model/message';
import type { Finding } from '../../lib/ops/api';
import type { RunLine } from '../../lib/ops/lists/list-api';
import type { Order } from '../../lib/model/order';
import type { RefundState } from '../../lib/model/refund';
import type { Tone } from './parts';

/** The colour of a message's state. */
export const MESSAGE_TONE: Readonly<Record<MessageState, Tone>> = {
  pending: 'warn',
  done: 'good',
  dead: 'bad',
};

/** The colour of an order's payment. */
export const PAYMENT_TONE: Readonly<Record<Order['payment']['state'], Tone>> = {
  pending: 'warn',
  paid: 'good',
  closed: 'quiet',
  failed: 'quiet',
};

/** The colour of an order's fulfilment. */
export const FULFILMENT_TONE: Readonly<Record<Order['fulfilment']['state'], Tone>> = {
  none: 'quiet',
  due: 'warn',
  held: 'bad',
  done: 'good',
  dead: 'bad',
};

/** The colour of a refund's state. */
export const REFUND_TONE: Readonly<Record<RefundState, Tone>> = {
  requested: 'warn',
  processing: 'warn',
  succeeded: 'good',
  closed: 'quiet',
  abnormal: 'bad',
};

/** The colour of a run's outcome. */
export function runTone({ state, outcome, found }: Pick<RunLine, 'state' | 'outcome' | 'found'>): Tone {
  if (state !== 'done') return 'warn';
  if (outcome === 'missing' || outcome === 'corrupt') return 'bad';
  return found > 0 ? 'warn' : 'good';
}

/** The colour of a doctor's finding. */
export const FINDING_TONE: Readonly<Record<Finding['level'], Tone>> = {
  ok: 'good',
  warning: 'warn',
  error: 'bad',
  unknown: 'quiet',
};
