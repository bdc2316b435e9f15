import type { Source } from '../model/message';
import type { Backlog, Store } from '../store/port';
import type { Instant } from '../values/instant';
import { later } from '../values/instant';
import type { DelayFigures, Figures, KnownPayment } from '../model/figures';

/**
 * Measures the state at `at` and the activity in the span before it. `standing` is the backlog
 * where the caller has just read it. CloudBase: 6 + 2 + 1 + 9 + 5 + 18 requests, 6 fewer with
 * `standing`.
 */
export async function measureFigures(
  store: Store,
  at: Instant,
  spanMs: number,
  standing: Backlog | null = null,
): Promise<Figures> {
  const from = later(at, -spanMs);
  const [backlog, heard, known, orders, refunds, openDiscrepancies] = await Promise.all([
    standing ?? store.inbox.backlog(at),
    store.inbox.paymentsHeard(from, at),
    store.inbox.knownBetween(from, at),
    store.orders.counts(),
    store.refunds.counts(),
    store.discrepancies.countOpenByClass(at),
  ]);
  return {
    at,
    spanMs,
    heard: heard.all,
    withoutCallback: heard.withoutCallback,
    pending: backlog.pending,
    dead: backlog.dead,
    unverified: backlog.unverified,
    alone: backlog.alone,
    oldestDueMs: backlog.oldestDueAt === null ? 0 : Math.max(0, at - backlog.oldestDueAt),
    delays: delaysOf(known),
    orders,
    refunds,
    openDiscrepancies,
  };
}

/**
 * The detection delays of payments by their first source. A clock that is behind makes no delay
 * negative.
 */
export function delaysOf(known: readonly KnownPayment[]): Figures['delays'] {
  const delays: Partial<Record<Source, DelayFigures>> = {};
  for (const path of new Set(known.map((one) => one.path))) {
    const sorted = known
      .filter((one) => one.path === path)
      .map(({ paidAt, knownAt }) => Math.max(0, knownAt - paidAt))
      .sort((a, b) => a - b);
    const share = (part: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    delays[path] = { count: sorted.length, p50Ms: share(0.5), p95Ms: share(0.95), maxMs: share(1) };
  }
  return delays;
}
