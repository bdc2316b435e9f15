import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DrainPeer } from './drain/peers';
import type { MysqlDrain } from './drain/mysql';
import { drainMysql } from './drain/mysql';
import { drainOurs } from './drain/ours';
import type { Effort } from './effort';
import { hasMysql } from '../test/store/mysql/server';
import { hasPostgres, startPostgres } from './peers/postgres';
import { hasRedis, startRedis } from './peers/redis';
import type { Running } from './processes';
import { ended, startScript, told } from './processes';
import type { BenchTable } from './report';
import { goal, inWords, spreadOf, whole } from './report';

/** Messages on MySQL per message of a peer: two servers need some seconds to show what they do. */
const MYSQL_TIMES = 2;

/** One way to process messages. Returns messages/s. */
interface Way {
  readonly name: string;
  readonly run: (() => Promise<number>) | null;
}

/**
 * Measures messages processed, each by one conditional update of its own order. Peers run where
 * their servers are installed.
 */
export async function benchDrain({ rounds, drained, peersDrained, waiting }: Effort): Promise<BenchTable> {
  const redis = hasRedis() && hasPostgres();
  const peer = (name: DrainPeer, label: string): Way => ({
    name: label,
    run: (name === 'bullmq' ? redis : hasPostgres()) ? () => drainPeer(name, peersDrained) : null,
  });
  const efforts = new Map<number, MysqlDrain[]>();
  const mysql = (servers: number, label: string): Way => ({
    name: label,
    run: hasMysql()
      ? async () => {
          const drained = await drainMysql(peersDrained * MYSQL_TIMES, servers);
          efforts.set(servers, [...(efforts.get(servers) ?? []), drained]);
          return drained.perSecond;
        }
      : null,
  });
  const ours = { messages: drained, waiting: 0, writer: 'thread', log: 'silent' } as const;
  const ways: readonly Way[] = [
    { name: 'wxpay-inbox, as `npm start` runs it, log switched off', run: () => drainOurs(ours) },
    {
      name: `the same, ${whole(waiting)} waiting messages beside`,
      run: () => drainOurs({ ...ours, waiting }),
    },
    { name: 'the same, a log line per message', run: () => drainOurs({ ...ours, log: 'info' }) },
    {
      name: 'wxpay-inbox in one thread, log switched off',
      run: () => drainOurs({ ...ours, writer: 'here' }),
    },
    mysql(1, 'wxpay-inbox on MySQL (MariaDB), one server'),
    mysql(2, 'the same, two servers on one database'),
    peer('graphile', 'graphile-worker 0.17, local queue of 500, batched completion'),
    peer('bullmq', 'BullMQ 6, concurrency 50, `appendfsync always`'),
    peer('pg-boss', 'pg-boss 10, four loops that fetch 100'),
  ];
  const speeds = new Map(ways.map(({ name }) => [name, new Array<number>()]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, run } of ways) if (run !== null) speeds.get(name)?.push(await run());
  }
  const median = (name: string | undefined): number => spreadOf(speeds.get(name ?? '') ?? []).median;
  const [alone, beside, , , one, two, graphile, , boss] = ways.map(({ name }) => name);
  const ran = (name: string | undefined): boolean => (speeds.get(name ?? '') ?? []).length > 0;
  const effortOf = (servers: number): string => {
    const runs = efforts.get(servers) ?? [];
    const ofServers = spreadOf(runs.map(({ serverMicros }) => serverMicros)).median;
    const ofDatabase = spreadOf(runs.flatMap(({ databaseMicros }) => databaseMicros ?? [])).median;
    return `${ofServers.toFixed(0)} µs in our servers and ${ofDatabase.toFixed(0)} µs in MariaDB`;
  };
  return {
    title: 'Drain: messages applied to orders',
    columns: ['way', 'messages/s (least–most)', '× ours'],
    rows: ways.map(({ name, run }) => {
      if (run === null) return [name, 'not run: its servers are not installed', ''];
      const spread = spreadOf(speeds.get(name) ?? []);
      return [name, inWords(spread), (spread.median / median(alone)).toFixed(2)];
    }),
    notes: [
      `${whole(drained)} messages (peers ${whole(peersDrained)}), one conditional order update each, durable, ${rounds} interleaved runs in processes of their own, medians. Ours claims batches of 500 under a lease, looks each order up, decides, and writes order and message in one fenced transaction (synchronous = FULL); the peers update \`WHERE id = … AND state = 'created'\` in PostgreSQL, compare nothing, and only BullMQ fences.`,
      goal('Ours in messages/s', median(alone), 'at least', 20_000),
      ran(one) && ran(graphile)
        ? goal(
            'MySQL, one server, to the faster queue on PostgreSQL',
            median(one) / Math.max(median(graphile), median(boss)),
            'at least',
            1,
          )
        : 'MySQL was not compared with the queues on PostgreSQL.',
      ran(two)
        ? `${goal('Two servers on MySQL to one', median(two) / median(one), 'at least', 1.5)} Processor time of a message: with one server ${effortOf(1)}, with two ${effortOf(2)}. They share ${String(availableParallelism())} processors, which sets the limit. ${whole(peersDrained * MYSQL_TIMES)} messages each.`
        : 'MariaDB is not installed here.',
      goal('With the waiting messages beside, to without', median(beside) / median(alone), 'at least', 0.9),
    ],
  };
}

async function drainPeer(peer: DrainPeer, messages: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-drain-'));
  const started: Running[] = [];
  try {
    const postgres = await startPostgres();
    started.push(postgres);
    const redis = peer === 'bullmq' ? await startRedis(folder) : null;
    if (redis !== null) started.push(redis);
    const args = [peer, postgres.url, String(redis?.port ?? 0), String(messages)];
    const process = startScript(join(__dirname, 'drain', 'run-peer.ts'), args);
    started.push({ stop: () => ended(process) });
    const { seconds, paid } = await told(process);
    if (typeof seconds !== 'number' || paid !== messages) {
      throw new Error(`${peer} paid ${String(paid)} of ${messages} orders`);
    }
    return messages / seconds;
  } finally {
    for (const each of started.reverse()) await each.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
