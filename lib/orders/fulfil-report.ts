import type { Order } from '../model/order';
import type { Log } from '../runtime/log';
import type { FulfilmentFinish } from '../store/fulfilment-finish';
import type { Trace } from '../trace/port';
import type { Instant } from '../values/instant';

/** What one run did, in orders. */
export interface FulfilReport {
  readonly claimed: number;
  readonly done: number;
  readonly retried: number;
  /** Not fulfilled, because the merchant's system gave no answer about them. */
  readonly waiting: number;
  readonly dead: number;
  readonly returned: number;
  /** Not fulfilled, because of evidence against it. */
  readonly held: number;
  readonly failed: number;
  readonly leaseLost: number;
}

/** A report that is being counted. */
export type Tally = { -readonly [Key in keyof FulfilReport]: FulfilReport[Key] };

/** A report of nothing. */
export function newTally(): Tally {
  return {
    claimed: 0,
    done: 0,
    retried: 0,
    waiting: 0,
    dead: 0,
    returned: 0,
    held: 0,
    failed: 0,
    leaseLost: 0,
  };
}

/** Where the end of a fulfilment is reported. */
export interface Reporting {
  readonly log: Log;
  /** As in `ProcessDeps`. */
  readonly trace?: Trace;
}

/** Counts and reports how the fulfilment of one order ended that was taken up at `begunAt`. */
export function count(
  { log, trace }: Reporting,
  order: Order,
  finish: FulfilmentFinish,
  tally: Tally,
  begunAt: Instant,
): void {
  const { outTradeNo } = order;
  trace?.fulfilled(order, finish, begunAt);
  switch (finish.kind) {
    case 'done':
      tally.done += 1;
      log.info('fulfilment_done', { outTradeNo });
      return;
    case 'retry':
      tally.retried += 1;
      log.warn('fulfilment_retried', { outTradeNo, error: finish.error });
      return;
    case 'wait':
      tally.waiting += 1;
      log.warn('fulfilment_waits', { outTradeNo, error: finish.error });
      return;
    case 'dead':
      tally.dead += 1;
      log.error('fulfilment_dead', { outTradeNo, reason: finish.reason });
      return;
    case 'hold':
      tally.held += 1;
      log.warn('fulfilment_held', { outTradeNo, reason: finish.reason });
      return;
    case 'return':
      tally.returned += 1;
      return;
  }
}

/** When an order that ended so is due again; null when it is not. */
export function dueAgainAt(finish: FulfilmentFinish, now: Instant): Instant | null {
  switch (finish.kind) {
    case 'retry':
    case 'wait':
      return finish.dueAt;
    case 'return':
      return now;
    case 'done':
    case 'dead':
    case 'hold':
      return null;
  }
}
