import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openMysqlStore } from '../../lib/store/mysql/open';
import { isOutTradeNo } from '../../lib/values/ids';
import { START } from '../store/builders';
import type { MysqlProxy } from '../store/mysql/proxy';
import { startMysqlProxy } from '../store/mysql/proxy';
import type { MysqlServer } from '../store/mysql/server';
import { startMysqlServer } from '../store/mysql/server';
import type { RealProcess } from './real-process';
import { makeOrder, notify, prepareFolder, startProcess, workOff } from './real-process';
import type { Receiver } from './receiver';
import { RECEIVER_SECRET, startReceiver } from './receiver';

/*
 * Several servers on one MariaDB, each behind a network of its own, while notifications arrive and
 * everything breaks.
 */

/** What breaks in a round. */
export const BLOWS = ['kill', 'database', 'half_open', 'cut_before', 'cut_after'] as const;

/** One of `BLOWS`. */
export type Blow = (typeof BLOWS)[number];

/** A server, and its way to the database. */
interface Post {
  readonly process: RealProcess;
  readonly proxy: MysqlProxy;
}

/** What the books say after all blows. */
export interface SiegeBooks {
  readonly acked: number;
  readonly struck: Readonly<Record<Blow, number>>;
  /** Acked, and not there. */
  readonly missing: readonly string[];
  /** Acked, and not paid and fulfilled exactly once. */
  readonly wrong: readonly string[];
  /** Delivered to the merchant under no key, or under two. */
  readonly keys: readonly string[];
  readonly pending: number;
  readonly dead: number;
}

/** How it is played. */
export interface SiegeParts {
  readonly folder: string;
  readonly servers: number;
  /** One blow each. */
  readonly rounds: number;
  readonly ordersPerRound: number;
  readonly random: () => number;
  readonly progress: (round: number, acked: number) => void;
}

const DATABASE = 'siege';

/** Turns of notifying everything in a round before it is given up. */
const MOST_TURNS = 400;

/** How often what is left is processed at the end. */
const MOST_ENDS = 20;

/** How long a half-open network lasts, in ms: longer than a statement may take. */
const HALF_OPEN_MS = 12_000;

/** Plays it and returns the books. Rejects when the servers do not recover. */
export async function siege(parts: SiegeParts): Promise<SiegeBooks> {
  const database = await startMysqlServer({ durable: true });
  const receiver = await startReceiver();
  const posts: Post[] = [];
  try {
    await database.admin(`CREATE DATABASE ${DATABASE}`);
    mkdirSync(parts.folder, { recursive: true });
    prepareFolder(parts.folder, { fulfilment: { webhook: { url: receiver.url } } });
    let opened = 0;
    const post = async (): Promise<Post> => {
      opened += 1;
      const proxy = await startMysqlProxy(database, `proxy-${String(opened)}.sock`);
      const process = await startProcess(parts.folder, {
        env: { DATABASE_URL: proxy.url(DATABASE), FULFILMENT_WEBHOOK_SECRET: RECEIVER_SECRET },
      });
      return { process, proxy };
    };
    // The first plays WeChat Pay; the others find it.
    for (let n = 0; n < parts.servers; n += 1) posts.push(await post());
    return await besieged(parts, { database, receiver, posts, post });
  } finally {
    for (const { process, proxy } of posts) {
      process.child.kill('SIGKILL');
      await proxy.close();
    }
    await receiver.close();
    await database.stop();
  }
}

interface Field {
  readonly database: MysqlServer;
  readonly receiver: Receiver;
  readonly posts: Post[];
  readonly post: () => Promise<Post>;
}

async function besieged(parts: SiegeParts, field: Field): Promise<SiegeBooks> {
  const { random, rounds, ordersPerRound, progress } = parts;
  const struck = { kill: 0, database: 0, half_open: 0, cut_before: 0, cut_after: 0 };
  const acked = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    const numbers: string[] = [];
    for (let n = 0; n < ordersPerRound; n += 1) {
      numbers.push(await orderAnywhere(field, `round-${String(round)}-request-${String(n)}`));
    }
    const blow = BLOWS[Math.floor(random() * BLOWS.length)] ?? 'kill';
    let isOver = false;
    const strike = async (): Promise<void> => {
      await sleep(Math.floor(random() * 60));
      await struckBy(blow, field, random);
      isOver = true;
    };
    const load = async (): Promise<void> => {
      for (let turn = 0; turn < MOST_TURNS; turn += 1) {
        await notifyAll(field, numbers, acked, random);
        if (isOver && numbers.every((one) => acked.has(one))) return;
        if (turn > 20) await sleep(50);
      }
      throw new Error(`after ${blow} the servers acknowledged ${String(acked.size)} only`);
    };
    await Promise.all([strike(), load()]);
    struck[blow] += 1;
    progress(round + 1, acked.size);
  }
  return books(field, [...acked], struck);
}

/** Delivers every notification to a server of its own, as a load balancer would. */
async function notifyAll(
  { posts }: Field,
  numbers: readonly string[],
  acked: Set<string>,
  random: () => number,
): Promise<void> {
  await Promise.all(
    numbers.map(async (outTradeNo) => {
      const to = posts[Math.floor(random() * posts.length)];
      if (to === undefined) return;
      const answer = await notify(to.process.url, outTradeNo).catch(() => ({ errcode: null }));
      if (answer['errcode'] === 0) acked.add(outTradeNo);
    }),
  );
}

async function orderAnywhere({ posts }: Field, requestId: string): Promise<string> {
  let last: unknown = null;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const to = posts[attempt % posts.length];
    try {
      if (to !== undefined) return await makeOrder(to.process.url, requestId);
    } catch (error) {
      last = error;
      await sleep(100);
    }
  }
  throw new Error('no server makes orders any more', { cause: last });
}

async function struckBy(blow: Blow, field: Field, random: () => number): Promise<void> {
  const { posts, post, database } = field;
  const at = Math.floor(random() * posts.length);
  const victim = posts[at];
  if (victim === undefined) return;
  switch (blow) {
    case 'kill': {
      await victim.process.end('SIGKILL');
      await victim.proxy.close();
      posts.splice(at, 1);
      posts.push(await post());
      return;
    }
    case 'database':
      await database.crashAndStart();
      return;
    case 'half_open':
      victim.proxy.freeze();
      await sleep(HALF_OPEN_MS);
      victim.proxy.thaw();
      return;
    case 'cut_before':
      for (const one of posts) one.proxy.cut('before', 'COMMIT');
      return;
    case 'cut_after':
      for (const one of posts) one.proxy.cut('after', 'COMMIT');
      return;
  }
}

async function books(
  { database, receiver, posts }: Field,
  acked: readonly string[],
  struck: SiegeBooks['struck'],
): Promise<SiegeBooks> {
  const [last] = posts;
  if (last === undefined) throw new Error('no server is left');
  for (const { proxy } of posts) proxy.thaw();
  const store = await openMysqlStore({ url: database.url(DATABASE) });
  try {
    const numbers = acked.filter(isOutTradeNo);
    // The other servers work as well, and what they hold is not done when this one finds nothing.
    for (let turn = 0; turn < MOST_ENDS; turn += 1) {
      await letTimePass(database, DATABASE);
      await workOff(last.process.url);
      const { payment, fulfilment } = await store.orders.counts();
      if (payment.paid >= numbers.length && fulfilment.due === 0) break;
      await sleep(500);
    }
    const found = new Map<string, boolean>();
    for (let from = 0; from < numbers.length; from += 1_000) {
      for (const one of await store.orders.find(numbers.slice(from, from + 1_000))) {
        const times = (event: string): number => one.history.filter((line) => line.event === event).length;
        const isDone = one.payment.state === 'paid' && one.fulfilment.state === 'done';
        found.set(one.outTradeNo, isDone && times('paid') === 1 && times('fulfilled') === 1);
      }
    }
    const { pending, dead } = await store.inbox.backlog(START);
    return {
      acked: acked.length,
      struck,
      missing: acked.filter((one) => !found.has(one)),
      wrong: acked.filter((one) => found.get(one) === false),
      keys: acked.filter((one) => receiver.delivered.get(one)?.keys.size !== 1),
      pending,
      dead,
    };
  } finally {
    await store.close();
  }
}

/**
 * Ends the leases of processes that are dead, and lets 60 s pass for what was put off when the
 * database failed.
 */
export async function letTimePass(database: MysqlServer, name: string): Promise<void> {
  await database.admin(
    `UPDATE ${name}.inbox SET lease_until = 1 WHERE lease_until IS NOT NULL`,
    `UPDATE ${name}.inbox SET due_at = due_at - 60000 WHERE state = 'pending'`,
    `UPDATE ${name}.orders SET fulfilment_lease_until = 1 WHERE fulfilment_lease_until IS NOT NULL`,
    `UPDATE ${name}.orders SET fulfilment_due_at = fulfilment_due_at - 60000 WHERE fulfilment_state = 'due'`,
  );
}
