import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRecord } from '../lib/values/json';
import type { BenchTable } from './report';
import { inWords, spreadOf } from './report';

const CONNECTIONS = 50;
const DURATION_MS = 4_000;
const ROUNDS = 3;

interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** A peer of the table: how it is started in a folder, and what it says. */
interface Peer {
  readonly name: string;
  readonly start: (folder: string) => Promise<{ readonly port: number; readonly stop: () => Promise<void> }>;
}

/**
 * HTTP notification in, durable and deduplicated, answered: 50 connections, every server and the load in processes of their own,
 * three interleaved rounds. BullMQ runs where a `redis-server` is found, with `appendonly yes, appendfsync always`.
 */
export async function benchAck(): Promise<BenchTable> {
  const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
  const peers: Peer[] = [
    {
      name: 'wxpay-inbox: SQLite, synchronous = FULL, written by a thread',
      start: (folder) => startPeer('sqlite-thread', join(folder, 'inbox.db')),
    },
    { name: 'the same server, no persistence', start: () => startPeer('none', '') },
    {
      name: 'wxpay-inbox without the thread',
      start: (folder) => startPeer('sqlite', join(folder, 'inbox.db')),
    },
    ...(hasRedis ? [{ name: 'BullMQ 6 in the same server, appendfsync always', start: startBullMq }] : []),
  ];
  const figures = new Map(peers.map(({ name }) => [name, new Array<Load>()]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name, start } of peers) figures.get(name)?.push(await measure(start));
  }
  const rows = [...figures].map(([name, loads]) => [
    name,
    inWords(spreadOf(loads.map((load) => load.perSecond))),
    spreadOf(loads.map((load) => load.p50)).median.toFixed(1),
    spreadOf(loads.map((load) => load.p99)).median.toFixed(1),
  ]);
  const [ours = 0, ceiling = 0, , bullmq] = [...figures.values()].map(
    (loads) => spreadOf(loads.map((load) => load.perSecond)).median,
  );
  return {
    title: 'Ack: a notification in, durable, answered',
    columns: ['server', 'acks/s (least–most)', 'p50 ms', 'p99 ms'],
    rows,
    notes: [
      `${CONNECTIONS} connections, ${DURATION_MS / 1000} s a run, ${ROUNDS} interleaved runs, medians; unique 520-byte notifications; the load shares the machine; one log line per notification in every row; workers not running.`,
      `Ours is ${(ours / ceiling).toFixed(2)} × the server without persistence (goal: at least 0.8).`,
      bullmq === undefined
        ? 'BullMQ was not run: there is no redis-server here.'
        : `Ours is ${(ours / bullmq).toFixed(2)} × BullMQ (goal: at least 1.7).`,
    ],
  };
}

async function measure(start: Peer['start']): Promise<Load> {
  const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-ack-'));
  try {
    const { port, stop } = await start(folder);
    try {
      const load = child('load.ts', [String(port), String(CONNECTIONS), String(DURATION_MS)]);
      const result = await told(load);
      const { perSecond, p50, p99, refused } = result;
      if (
        typeof perSecond !== 'number' ||
        typeof p50 !== 'number' ||
        typeof p99 !== 'number' ||
        refused !== 0
      ) {
        throw new Error(`a run went wrong: ${JSON.stringify(result)}`);
      }
      return { perSecond, p50, p99 };
    } finally {
      await stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startPeer(peer: string, at: string): Promise<{ port: number; stop: () => Promise<void> }> {
  const server = child('server.ts', [peer, at]);
  const { port } = await told(server);
  return { port: Number(port), stop: () => ended(server) };
}

async function startBullMq(folder: string): Promise<{ port: number; stop: () => Promise<void> }> {
  const redisPort = await freePort();
  const settings = [
    '--port',
    String(redisPort),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--save',
    '',
  ];
  const redis = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const chunk of redis.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  const { port, stop } = await startPeer('bullmq', String(redisPort));
  return {
    port,
    stop: async () => {
      await stop();
      await ended(redis);
    },
  };
}

function child(script: string, args: readonly string[]): ChildProcess {
  const file = join(__dirname, 'ack', script);
  return fork(file, [...args], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function told(by: ChildProcess): Promise<Readonly<Record<string, unknown>>> {
  const message: unknown = await new Promise((resolve, reject) => {
    by.once('message', resolve);
    by.once('exit', (code) => {
      reject(new Error(`a process ended with ${String(code)} before it said anything`));
    });
  });
  return isRecord(message) ? message : {};
}

async function ended(process: ChildProcess): Promise<void> {
  const exit = once(process, 'exit');
  process.kill('SIGKILL');
  await exit;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('there is no free port');
  return address.port;
}
