import { existsSync, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Libsql from 'libsql';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { isOutTradeNo } from '../../lib/values/ids';
import { START } from '../store/builders';
import type { RealProcess } from './real-process';
import { databaseIn, makeOrder, notify, startProcess, workOff } from './real-process';

/**
 * When a process is killed: at the nth ack, after this many ms of load, or while it copies its log
 * into the database file.
 */
export type KillAt =
  | { readonly kind: 'ack'; readonly n: number }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'checkpoint' };

/** What one killed process has acked, and whether the kill struck where it should. */
export interface KilledRound {
  readonly acked: readonly string[];
  readonly struck: boolean;
}

/** Longer than any round: a kill that never comes is an error and not a hang. */
const ROUND_LIMIT_MS = 60_000;

/** A little more than the pages after which the log is copied (4,000 of 4 KiB). */
const BALLAST_BYTES = 17 * 1024 * 1024;

/**
 * Starts a server on the folder, creates `orders` orders, keeps notifying of all of them and kills
 * it meanwhile. The next round finds what this one left.
 */
export async function killedRound(
  folder: string,
  round: string,
  orders: number,
  at: KillAt,
): Promise<KilledRound> {
  const server = await startProcess(folder);
  const exited = new Promise<void>((resolve) => {
    server.child.once('exit', () => {
      resolve();
    });
  });
  const kill = (): void => void server.child.kill('SIGKILL');
  const numbers: string[] = [];
  for (let n = 0; n < orders; n += 1) numbers.push(await makeOrder(server.url, `${round}-request-${n}`));
  const acked = new Set<string>();
  const weapon = aim(folder, at, acked, kill);
  const giveUp = setTimeout(kill, ROUND_LIMIT_MS);
  try {
    await load(server, numbers, acked, weapon.looked);
    await exited;
  } finally {
    clearTimeout(giveUp);
    weapon.lower();
    kill();
    await exited;
  }
  return { acked: [...acked], struck: weapon.struck() };
}

/** Notifies of every order, again and again, until the process is gone. */
async function load(
  server: RealProcess,
  numbers: readonly string[],
  acked: Set<string>,
  looked: () => void,
): Promise<void> {
  const alive = () => server.child.exitCode === null && server.child.signalCode === null;
  while (alive()) {
    await Promise.all(
      numbers.map(async (outTradeNo) => {
        try {
          const { errcode } = await notify(server.url, outTradeNo);
          if (errcode === 0) acked.add(outTradeNo);
          looked();
        } catch {
          // The process is gone: WeChat Pay got no answer, and would deliver again.
        }
      }),
    );
  }
}

interface Weapon {
  /** Told of every answer. */
  readonly looked: () => void;
  readonly struck: () => boolean;
  readonly lower: () => void;
}

function aim(folder: string, at: KillAt, acked: ReadonlySet<string>, kill: () => void): Weapon {
  let struck = false;
  const strike = (): void => {
    struck = true;
    kill();
  };
  switch (at.kind) {
    case 'ack': {
      const looked = (): void => {
        if (acked.size >= at.n) strike();
      };
      return { looked, struck: () => struck, lower: () => undefined };
    }
    case 'time': {
      const timer = setTimeout(strike, at.ms);
      return { looked: () => undefined, struck: () => struck, lower: () => clearTimeout(timer) };
    }
    case 'checkpoint': {
      // Nothing writes the database file itself but the copying of the log.
      const watcher = watch(databaseIn(folder), strike);
      addBallast(folder);
      return { looked: () => undefined, struck: () => struck, lower: () => watcher.close() };
    }
  }
}

/** Fills the log from a second process's place, so that the server's next commit copies it. */
function addBallast(folder: string): void {
  const database = new Libsql(databaseIn(folder));
  try {
    database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA busy_timeout = 10000');
    database.exec('CREATE TABLE IF NOT EXISTS ballast (bytes BLOB)');
    database.exec(
      `BEGIN; DELETE FROM ballast; INSERT INTO ballast VALUES (randomblob(${BALLAST_BYTES})); COMMIT`,
    );
  } finally {
    database.close();
  }
}

/**
 * Ends the leases of a process that is dead, and lets 60 s pass for what it put off when its store
 * failed: no genuine message may wait longer than that once the store is there.
 */
function letTimePass(folder: string): void {
  const database = new Libsql(databaseIn(folder));
  try {
    database.exec('UPDATE inbox SET lease_until = 1 WHERE lease_until IS NOT NULL');
    database.exec("UPDATE inbox SET due_at = due_at - 60000 WHERE state = 'pending'");
    database.exec(
      "UPDATE orders SET fulfilment_due_at = fulfilment_due_at - 60000 WHERE fulfilment_state = 'due'",
    );
    database.exec('UPDATE orders SET fulfilment_lease_until = 1 WHERE fulfilment_lease_until IS NOT NULL');
  } finally {
    database.close();
  }
}

/** The content of the books after all kills. */
export interface Aftermath {
  readonly acked: number;
  readonly missing: readonly string[];
  /** Acked and not paid and fulfilled exactly once. */
  readonly wrong: readonly string[];
  readonly pending: number;
  readonly dead: number;
  readonly integrity: string;
}

/** Restarts the server, lets it finish, ends it like its owner would and checks the books. */
export async function aftermath(folder: string, acked: readonly string[]): Promise<Aftermath> {
  letTimePass(folder);
  const last = await startProcess(folder);
  await workOff(last.url);
  const exit = await last.end('SIGTERM');
  if (JSON.stringify(exit) !== '[0,null]')
    throw new Error(`the server did not stop: ${JSON.stringify(exit)}`);

  const store = openSqliteStore({ file: databaseIn(folder) });
  try {
    const found = new Map<string, boolean>();
    const numbers = acked.filter(isOutTradeNo);
    for (let from = 0; from < numbers.length; from += 1_000) {
      for (const one of await store.orders.find(numbers.slice(from, from + 1_000))) {
        const events = one.history.map(({ event }) => event);
        const once = ['paid', 'fulfilled'].every(
          (event) => events.filter((each) => each === event).length === 1,
        );
        const ended = one.payment.state === 'paid' && one.fulfilment.state === 'done';
        found.set(one.outTradeNo, once && ended);
      }
    }
    const { pending, dead } = await store.inbox.backlog(START);
    return {
      acked: acked.length,
      missing: acked.filter((number) => !found.has(number)),
      wrong: acked.filter((number) => found.get(number) === false),
      pending,
      dead,
      integrity: integrityOf(databaseIn(folder)),
    };
  } finally {
    store.close();
  }
}

/** What SQLite itself says of a file. */
export function integrityOf(file: string): string {
  const database = new Libsql(file);
  try {
    return JSON.stringify(database.prepare('PRAGMA integrity_check').all());
  } finally {
    database.close();
  }
}

/** Resolves when a file is there, or rejects after 20 s. */
export async function fileAppears(path: string): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 1) {
    if (existsSync(path)) return;
    await sleep(1);
  }
  throw new Error(`${path} never appeared`);
}
