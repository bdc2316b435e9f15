import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { processInbox } from '../lib/inbox/process';
import type { ProcessDeps } from '../lib/inbox/process-deps';
import { pinoLog } from '../lib/runtime/pino-log';
import { leaseToken } from '../lib/store/lease';
import type { SqliteStore } from '../lib/store/sqlite/open';
import { openSqliteStore } from '../lib/store/sqlite/open';
import { later } from '../lib/values/instant';
import { MERCHANT, message, order, paidBy, START } from '../test/store/builders';
import type { BenchTable, Spread } from './report';
import { inWords, spreadOf } from './report';

const MESSAGES = 20_000;
const WAITING = 100_000;
const BATCH = 500;
const ROUNDS = 3;

type Drain = (store: SqliteStore) => Promise<void>;

/**
 * Works off 20,000 messages, each changing an order of its own, fenced and durable: through the Store port alone (claim, look up,
 * settle) and through the whole use case; with and without 100,000 messages that are not due in the same table.
 */
export async function benchDrainSqlite(): Promise<BenchTable> {
  const cases: [string, Drain, number, 'here' | 'thread'][] = [
    ['the store: claim, find, settle', drainStore, 0, 'here'],
    [`the store, ${WAITING.toLocaleString('en-US')} waiting messages beside`, drainStore, WAITING, 'here'],
    ['processInbox, log switched off', drainUseCase, 0, 'here'],
    ['processInbox beside a thread that writes, log switched off', drainUseCase, 0, 'thread'],
  ];
  const runs = new Map(cases.map(([name]) => [name, new Array<number>()]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, drain, waiting, writer] of cases)
      runs.get(name)?.push(await measure(drain, waiting, writer));
  }
  const spreads = new Map<string, Spread>([...runs].map(([name, speeds]) => [name, spreadOf(speeds)]));
  const [alone, beside] = [...spreads.values()].map((spread) => spread.median);
  return {
    title: 'Drain: messages applied to orders, SQLite',
    columns: ['way', 'messages/s (least–most)'],
    rows: [...spreads].map(([name, spread]) => [name, inWords(spread)]),
    notes: [
      `${MESSAGES.toLocaleString('en-US')} messages, batches of ${BATCH}, one conditional order update each, one process, synchronous = FULL, ${ROUNDS} interleaved runs, medians. Goal: at least 30,000/s.`,
      `With the waiting messages it runs at ${((beside ?? 0) / (alone ?? 1)).toFixed(2)} × the speed (goal: at least 0.9).`,
    ],
  };
}

async function measure(drain: Drain, waiting: number, writer: 'here' | 'thread'): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-drain-'));
  const store = openSqliteStore({ file: join(folder, 'inbox.db'), writer });
  try {
    await fill(store, waiting);
    const begun = performance.now();
    await drain(store);
    const seconds = (performance.now() - begun) / 1000;
    const { pending } = await store.inbox.backlog(START);
    if (pending !== waiting) throw new Error(`${pending - waiting} messages were not worked off`);
    return MESSAGES / seconds;
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(store: SqliteStore, waiting: number): Promise<void> {
  const due = Array.from({ length: MESSAGES }, (_, n) => n);
  for (let from = 0; from < MESSAGES; from += 1_000) {
    await Promise.all(
      due
        .slice(from, from + 1_000)
        .flatMap((n) => [store.inbox.record(message(n)), store.orders.create(order(n))]),
    );
  }
  const notDue = later(START, 24 * 3_600_000);
  for (let from = 0; from < waiting; from += 1_000) {
    const numbers = Array.from({ length: 1_000 }, (_, n) => MESSAGES + from + n);
    await Promise.all(numbers.map((n) => store.inbox.record(message(n, { receivedAt: notDue }))));
  }
}

const drainStore: Drain = async (store) => {
  for (let batch = 0; ; batch += 1) {
    const token = leaseToken(`drain-${String(batch).padStart(6, '0')}`);
    const claimed = await store.inbox.claim({
      token,
      now: START,
      leaseUntil: later(START, 60_000),
      limit: BATCH,
    });
    if (claimed.length === 0) return;
    const numbers = claimed.flatMap(({ outTradeNo }) => (outTradeNo === null ? [] : [outTradeNo]));
    const orders = new Map((await store.orders.find(numbers)).map((one) => [one.outTradeNo, one]));
    const settlements = claimed.flatMap((one) => {
      const found = one.outTradeNo === null ? undefined : orders.get(one.outTradeNo);
      if (found === undefined) return [];
      const change = paidBy(found, one, START);
      return [
        {
          key: one.key,
          change,
          refund: null,
          discrepancies: [],
          resolves: null,
          finish: { kind: 'done', outcome: 'applied' } as const,
        },
      ];
    });
    await store.inbox.settle(token, START, settlements);
  }
};

const sayNothing = async () => ({ kind: 'unknown', reason: 'transport', detail: '' }) as const;

const drainUseCase: Drain = async (store) => {
  let tokens = 0;
  const deps: ProcessDeps = {
    store,
    wechat: { queryOrder: sayNothing, queryRefund: sayNothing },
    clock: { now: () => START },
    random: () => 0.5,
    newToken: () => leaseToken(`drain-${String((tokens += 1)).padStart(6, '0')}`),
    log: pinoLog('silent'),
    lanes: 2,
    settings: {
      batch: BATCH,
      leaseMs: 60_000,
      attempts: 5,
      backoff: { firstMs: 1_000, maxMs: 60_000 },
      missingOrderMs: 600_000,
      queryConcurrency: 4,
      lateMoney: 'hold',
      merchants: [MERCHANT],
    },
  };
  await processInbox(deps, { remaining: () => 60_000, stopping: false });
};
