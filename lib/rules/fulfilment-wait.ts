import type { FulfilmentCall } from '../model/fulfilment-call';
import type { Backoff } from '../runtime/backoff';
import { backoffMs } from '../runtime/backoff';

/** An order waits no longer than this for a system that may be back, in ms. */
const LONGEST_WAIT_MS = 300_000;

/**
 * How long an order waits, in ms, after calls of the merchant's system of which the last had no
 * answer. `afterMs`: the least wait the system asked for; null for none. Pure.
 *
 * It backs off by the calls without an answer in a row, since no attempt counts them, so an order
 * that breaks the system is soon called seldom.
 */
export function unavailableWaitMs(
  backoff: Backoff,
  calls: readonly Pick<FulfilmentCall, 'result'>[],
  afterMs: number | null,
  random: number,
): number {
  const maxMs = Math.min(backoff.maxMs, LONGEST_WAIT_MS);
  const answered = calls.map(({ result }) => result !== 'unavailable').lastIndexOf(true);
  const inRow = Math.max(1, calls.length - 1 - answered);
  return Math.min(maxMs, Math.max(afterMs ?? 0, backoffMs({ ...backoff, maxMs }, inRow, random)));
}
