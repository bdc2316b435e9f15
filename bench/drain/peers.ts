import { performance } from 'node:perf_hooks';
import { Queue, Worker } from 'bullmq';
import { run } from 'graphile-worker';
import type { Pool } from 'pg';
import PgBoss from 'pg-boss';

/** The input of a peer. */
export interface PeerDrain {
  readonly pool: Pool;
  readonly url: string;
  readonly redisPort: number;
  readonly ids: readonly string[];
}

/** The names of the peers. */
export type DrainPeer = 'bullmq' | 'pg-boss' | 'graphile';

/**
 * Each peer fills its queue and processes it with its best documented settings. Returns the
 * processing time in s.
 */
export const DRAIN_PEERS: { readonly [Peer in DrainPeer]: (drain: PeerDrain) => Promise<number> } = {
  bullmq: async ({ pool, redisPort, ids }) => {
    const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null };
    const queue = new Queue('pay', { connection });
    await queue.addBulk(
      ids.map((id) => ({ name: 'pay', data: { id }, opts: { jobId: id, removeOnComplete: true } })),
    );
    return timed(ids.length, (done) => {
      new Worker<{ id: string }>('pay', async (job) => done(await pay(pool, job.data.id)), {
        connection,
        concurrency: 50,
      });
    });
  },
  'pg-boss': async ({ pool, url, ids }) => {
    const boss = new PgBoss({ connectionString: url, max: 20 });
    await boss.start();
    await boss.createQueue('pay');
    for (let from = 0; from < ids.length; from += 1_000) {
      await boss.insert(ids.slice(from, from + 1_000).map((id) => ({ name: 'pay', data: { id } })));
    }
    const loop = async (done: (batch: number) => void): Promise<void> => {
      for (;;) {
        const jobs = await boss.fetch<{ id: string }>('pay', { batchSize: 100 });
        if (jobs.length === 0) return;
        for (let from = 0; from < jobs.length; from += 8) {
          await Promise.all(jobs.slice(from, from + 8).map(({ data }) => pay(pool, data.id)));
        }
        await boss.complete(
          'pay',
          jobs.map(({ id }) => id),
        );
        done(jobs.length);
      }
    };
    return timed(ids.length, (done) => {
      for (let lane = 0; lane < 4; lane += 1) void loop(done);
    });
  },
  graphile: async ({ pool, url, ids }) => {
    const preset = {
      worker: {
        connectionString: url,
        maxPoolSize: 30,
        concurrentJobs: 24,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    };
    const idle = await run({ preset, taskList: {}, noHandleSignals: true });
    await idle.stop();
    await pool.query(
      `SELECT graphile_worker.add_job('pay', json_build_object('id', id)) FROM unnest($1::text[]) AS id`,
      [ids],
    );
    return timed(ids.length, (done) => {
      const taskList = {
        pay: async (payload: unknown) => {
          const id: unknown =
            typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'id') : null;
          done(await pay(pool, String(id)));
        },
      };
      void run({ preset, taskList, noHandleSignals: true });
    });
  },
};

/** The one conditional update. Returns 1. Rejects when the order was already paid. */
async function pay(pool: Pool, id: string): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE orders SET state = 'paid' WHERE id = $1 AND state = 'created'`,
    [id],
  );
  if (rowCount !== 1) throw new Error(`${id} was paid twice`);
  return 1;
}

function timed(expected: number, start: (done: (batch: number) => void) => void): Promise<number> {
  return new Promise((resolve) => {
    const begun = performance.now();
    let count = 0;
    start((batch) => {
      count += batch;
      if (count >= expected) resolve((performance.now() - begun) / 1000);
    });
  });
}
