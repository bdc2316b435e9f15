import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { SqliteStore } from '../lib/store/sqlite/open';
import { openSqliteStore } from '../lib/store/sqlite/open';
import { later } from '../lib/values/instant';
import { claimAt, message, order, paidAt, settlement, START, transactionId } from '../test/store/builders';
import type { BenchTable, Spread } from './report';
import { spreadOf, whole } from './report';

const FEW = 1_000;
const MANY = 1_000_000;
const ROUNDS = 200;

type Ask = (store: SqliteStore) => Promise<unknown>;

/** The first page of 50, as the console requests it, and the most expensive search. */
const QUESTIONS: readonly (readonly [string, Ask])[] = [
  ...(['pending', 'done', 'dead'] as const).map(
    (state) =>
      [
        `messages, ${state}`,
        (store: SqliteStore) => store.inbox.list({ state, after: null, limit: 50 }),
      ] as const,
  ),
  [
    'messages, dead for one reason',
    (store) => store.inbox.list({ state: 'dead', reason: 'mismatch', after: null, limit: 50 }),
  ],
  ['orders', (store) => store.orders.list({ after: null, limit: 50 })],
  [
    'orders, paid and not delivered',
    (store) => store.orders.list({ payment: 'paid', fulfilment: 'dead', after: null, limit: 50 }),
  ],
  ['an order by its transaction', (store) => store.orders.ofTransaction(transactionId(1))],
];

/**
 * Measures the first page of every large list with a thousand and with a million rows. Set `few`
 * and `many` for a shorter run.
 */
export async function benchLists(few = FEW, many = MANY): Promise<BenchTable> {
  const [small, large] = [await timed(few), await timed(many)];
  return {
    title: 'The first page of a list, SQLite',
    columns: ['list', `ms in ${whole(few)} rows`, `ms in ${whole(many)} rows`, 'ratio'],
    rows: QUESTIONS.map(([name], n) => {
      const [a, b] = [small[n]?.median ?? 0, large[n]?.median ?? 0];
      return [name, a.toFixed(3), b.toFixed(3), (b / a).toFixed(2)];
    }),
    notes: [
      `Medians of ${ROUNDS} after as many that are not counted, 50 rows each, half of the messages done and a quarter each dead and pending. Goal: as fast in a million as in a thousand. How the rows are found is held by \`test/ops/first-pages.test.ts\`.`,
    ],
  };
}

async function timed(rows: number): Promise<readonly Spread[]> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-lists-'));
  const store = openSqliteStore({ file: join(folder, 'inbox.db') });
  try {
    await fill(store, rows);
    const spreads: Spread[] = [];
    for (const [, ask] of QUESTIONS) {
      const runs: number[] = [];
      for (let round = 0; round < 2 * ROUNDS; round += 1) {
        const begun = performance.now();
        await ask(store);
        if (round >= ROUNDS) runs.push(performance.now() - begun);
      }
      spreads.push(spreadOf(runs));
    }
    return spreads;
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(store: SqliteStore, rows: number): Promise<void> {
  const batch = 1_000;
  for (let from = 0; from < rows; from += batch) {
    const numbers = Array.from({ length: batch }, (_, n) => from + n);
    const messages = numbers.map((n) => message(n, { receivedAt: later(START, n) }));
    const orders = numbers.map((n) =>
      order(n, { createdAt: later(START, n), payment: paidAt(n, later(START, n)) }),
    );
    await Promise.all([
      ...messages.map((one) => store.inbox.record(one)),
      ...orders.map((one) => store.orders.create(one)),
    ]);
    const claim = claimAt(later(START, rows), { limit: batch });
    const taken = messages.filter((_, n) => n % 4 !== 0);
    await store.inbox.claim({ ...claim, keys: taken.map(({ key }) => key) });
    await store.inbox.settle(
      claim.token,
      claim.now,
      taken.map((one, n) =>
        n % 3 === 0
          ? settlement(one, {
              kind: 'dead',
              reason: n % 2 === 0 ? 'mismatch' : 'order_never_appeared',
              error: null,
            })
          : settlement(one),
      ),
    );
  }
}
