import type { MessageState } from '../../lib/model/message';
import type { Finding, RunLine } from '../../lib/ops/api';
import type { Order } from '../../lib/model/order';
import type { RefundState } from '../../lib/model/refund';
import type { Tone } from './parts';

/** How a message's state is coloured. */
export const MESSAGE_TONE: Readonly<Record<MessageState, Tone>> = {
  pending: 'warn',
  done: 'good',
  dead: 'bad',
};

/** How an order's payment is coloured. */
export const PAYMENT_TONE: Readonly<Record<Order['payment']['state'], Tone>> = {
  pending: 'warn',
  paid: 'good',
  closed: 'quiet',
  failed: 'quiet',
};

/** How an order's delivery is coloured. */
export const FULFILMENT_TONE: Readonly<Record<Order['fulfilment']['state'], Tone>> = {
  none: 'quiet',
  due: 'warn',
  held: 'bad',
  done: 'good',
  dead: 'bad',
};

/** How a refund's state is coloured. */
export const REFUND_TONE: Readonly<Record<RefundState, Tone>> = {
  requested: 'warn',
  processing: 'warn',
  succeeded: 'good',
  closed: 'quiet',
  abnormal: 'bad',
};

/** How a run's outcome is coloured. */
export function runTone({ state, outcome, found }: Pick<RunLine, 'state' | 'outcome' | 'found'>): Tone {
  if (state !== 'done') return 'warn';
  if (outcome === 'missing' || outcome === 'corrupt') return 'bad';
  return found > 0 ? 'warn' : 'good';
}

/** How a finding of the doctor is coloured. */
export const FINDING_TONE: Readonly<Record<Finding['level'], Tone>> = {
  ok: 'good',
  warning: 'warn',
  error: 'bad',
  unknown: 'quiet',
};
