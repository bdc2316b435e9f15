import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AckPlace } from './ack/record';
import type { Effort } from './effort';
import { hasMysql } from '../test/store/mysql/server';
import { startMysql } from './peers/mysql';
import { hasPostgres, startPostgres } from './peers/postgres';
import { hasRedis, startRedis } from './peers/redis';
import type { Running } from './processes';
import { ended, startScript, told } from './processes';
import type { BenchTable } from './report';
import { goal, inWords, spreadOf, whole } from './report';

const CONNECTIONS = 50;

interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server per ack, all of its threads, without the database beside it. */
  readonly micros: number;
}

/** A row of the table: where notifications are stored, and the server it needs. */
interface Peer {
  readonly place: AckPlace | 'whole' | 'v3' | 'v3-tutorial';
  readonly name: string;
  readonly needs: 'file' | 'redis' | 'postgres' | 'mysql';
}

const PEERS: readonly Peer[] = [
  { place: 'sqlite-thread', name: 'wxpay-inbox, written as `npm start` does', needs: 'file' },
  { place: 'v3', name: 'the same for API v3: signature checked, resource decrypted', needs: 'file' },
  { place: 'sqlite-marked', name: 'cloudpay again, its low-water mark kept beside it', needs: 'file' },
  { place: 'none', name: 'no persistence at all (the ceiling)', needs: 'file' },
  { place: 'sqlite', name: 'wxpay-inbox, written by the thread that answers', needs: 'file' },
  { place: 'whole', name: 'all of `npm start`, its workers looking for the orders meanwhile', needs: 'file' },
  { place: 'mysql', name: 'wxpay-inbox on MySQL (MariaDB), one server', needs: 'mysql' },
  { place: 'bullmq', name: 'BullMQ 6 on Redis, `appendfsync always`', needs: 'redis' },
  { place: 'pg-boss', name: 'pg-boss 10 on PostgreSQL', needs: 'postgres' },
  { place: 'graphile', name: 'graphile-worker 0.17 on PostgreSQL', needs: 'postgres' },
  { place: 'inline', name: 'everything inline on PostgreSQL, as tutorials do', needs: 'postgres' },
  {
    place: 'v3-tutorial',
    name: 'API v3 inline on PostgreSQL, as tutorials do: Fastify and `wechatpay-node-v3`',
    needs: 'postgres',
  },
];

/**
 * Measures an HTTP notification until it is durable, deduplicated and answered: 50 connections,
 * with every server and the load in separate processes, in interleaved rounds. Peers run where
 * their servers are installed.
 */
export async function benchAck({ rounds, ackMs }: Effort): Promise<BenchTable> {
  const found = { file: true, redis: hasRedis(), postgres: hasPostgres(), mysql: hasMysql() };
  const peers = PEERS.filter(({ needs }) => found[needs]);
  const figures = new Map(peers.map(({ place }) => [place, new Array<Load>()]));
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of peers) figures.get(peer.place)?.push(await measure(peer, ackMs));
  }
  const median = (place: Peer['place'], field: keyof Load): number | null => {
    const loads = figures.get(place);
    return loads === undefined ? null : spreadOf(loads.map((load) => load[field])).median;
  };
  const ours = median('sqlite-thread', 'perSecond') ?? 0;
  const [micros, ceiling] = [median('sqlite-thread', 'micros') ?? 0, median('none', 'micros') ?? 0];
  const bullmq = median('bullmq', 'perSecond');
  const [v3, tutorial] = [median('v3', 'perSecond') ?? 0, median('v3-tutorial', 'perSecond')];
  const onMysql = median('mysql', 'perSecond');
  const onPostgres = (['pg-boss', 'graphile'] as const).flatMap((peer) => median(peer, 'perSecond') ?? []);
  return {
    title: 'Ack: a notification in, durable, answered',
    columns: ['what keeps it', 'acks/s (least–most)', 'p50 ms', 'p99 ms', 'server µs', '× ours'],
    rows: PEERS.map(({ place, name }) => {
      const loads = figures.get(place);
      if (loads === undefined) return [name, 'not run: its server is not installed', '', '', '', ''];
      const speed = spreadOf(loads.map((load) => load.perSecond));
      const ms = (field: 'p50' | 'p99') => spreadOf(loads.map((load) => load[field])).median.toFixed(1);
      const micros = whole(spreadOf(loads.map((load) => load.micros)).median);
      return [name, inWords(speed), ms('p50'), ms('p99'), micros, (speed.median / ours).toFixed(2)];
    }),
    notes: [
      `${CONNECTIONS} connections, ${ackMs / 1000} s a run, ${rounds} interleaved runs, medians; unique 520-byte notifications, each deduplicated by its key and on disk before its answer; the same HTTP server, reading of the notification and log line in every row; the load, and Redis, PostgreSQL or MariaDB, share the machine. MariaDB and PostgreSQL are reached over TCP, sync at each commit and have 128 MiB of buffers; neither writes a log for replicas. *Server µs* is the processor time of the server per ack, all of its threads, without that of a database beside it. Workers run in one row only; the orders do not exist there, so that every message is taken, looked for and put off.`,
      `The low-water mark leaves ${share(median('sqlite-marked', 'perSecond') ?? 0, ours)} of the acks, and a p99 of ${(median('sqlite-marked', 'p99') ?? 0).toFixed(1)} ms.`,
      goal('API v3 to cloudpay', v3 / ours, 'at least', 0.7),
      tutorial === null
        ? 'API v3 was not compared with a handler as in tutorials: there is no PostgreSQL here.'
        : `API v3 with us to the handler as in tutorials: ${(v3 / tutorial).toFixed(2)}. That handler believes a signature of any age, keeps no evidence and loses the payment of an order that is not written yet.`,
      goal('Processor time of ours to the server without persistence', micros / ceiling, 'at most', 1.4),
      onMysql === null || onPostgres.length === 0
        ? 'MySQL was not compared with the queues on PostgreSQL.'
        : goal('MySQL to the faster queue on PostgreSQL', onMysql / Math.max(...onPostgres), 'at least', 1),
      bullmq === null
        ? 'BullMQ was not run: there is no redis-server here.'
        : goal('Ours to BullMQ', ours / bullmq, 'at least', 1.7),
      bullmq === null
        ? 'Our p99 was not compared.'
        : goal(
            'Our p99 to BullMQ’s',
            (median('sqlite-thread', 'p99') ?? 0) / (median('bullmq', 'p99') ?? 1),
            'at most',
            1,
          ),
    ],
  };
}

/** How much of the whole a part is, in percent. */
function share(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(0)} %`;
}

async function measure({ place, needs }: Peer, durationMs: number): Promise<Load> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-ack-'));
  const beside = await startBeside(needs, folder);
  const keys = place === 'v3' || place === 'v3-tutorial' ? wechatKeys() : null;
  const server = startScript(join(__dirname, 'ack', 'server.ts'), [
    ...[place, beside.at],
    ...(keys === null ? [] : [keys.publicKey]),
  ]);
  try {
    const port = String((await told(server)).port);
    const load = (ms: number) =>
      told(
        startScript(join(__dirname, 'ack', 'load.ts'), [
          ...[port, String(CONNECTIONS), String(ms)],
          ...(keys === null ? [] : [keys.privateKey]),
        ]),
      );
    // Warm up: the first requests compile code, which a server that runs for days does not do.
    await load(Math.min(1_000, durationMs));
    const before = await usedBy(server);
    const { perSecond, p50, p99, acks, refused } = await load(durationMs);
    const measured = typeof perSecond === 'number' && typeof p50 === 'number' && typeof p99 === 'number';
    if (!measured || typeof acks !== 'number' || refused !== 0)
      throw new Error(`a run of ${place} went wrong: ${String(refused)} were refused`);
    return { perSecond, p50, p99, micros: ((await usedBy(server)) - before) / acks };
  } finally {
    await ended(server);
    await beside.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The processor time that a server says it has used, in µs. */
async function usedBy(server: ChildProcess): Promise<number> {
  const answer = told(server);
  server.send('used');
  const { micros } = await answer;
  if (typeof micros !== 'number') throw new TypeError('a server did not say what it has used');
  return micros;
}

/** A pair of WeChat Pay's, for its notifications of API v3. */
function wechatKeys() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

async function startBeside(needs: Peer['needs'], folder: string): Promise<Running & { readonly at: string }> {
  switch (needs) {
    case 'file':
      return { at: join(folder, 'inbox.db'), stop: async () => undefined };
    case 'redis': {
      const redis = await startRedis(folder);
      return { at: String(redis.port), stop: redis.stop };
    }
    case 'mysql': {
      const mysql = await startMysql();
      return { at: mysql.url, stop: mysql.stop };
    }
    case 'postgres': {
      const postgres = await startPostgres();
      return { at: postgres.url, stop: postgres.stop };
    }
  }
}
