import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Libsql from 'libsql';
import { isOutTradeNo } from '../../lib/values/ids';
import { isRecord } from '../../lib/values/json';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { notificationFor } from '../inbox/notifications';
import { order, PAYER } from '../store/builders';
import { inFolder } from './running';

const ROOT = resolve(__dirname, '../..');
const ROUNDS = 3;
const ORDERS_PER_ROUND = 40;

interface Process {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts what `npm start` starts, in a folder of its own, and resolves when it says where it listens. */
async function start(folder: string): Promise<Process> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'server/main.ts')], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += String(chunk);
    const url = /open (http:\S+)/.exec(output)?.[1];
    if (url !== undefined) {
      child.stdout.resume();
      return { url, child };
    }
  }
  throw new Error('the server ended before it listened');
}

async function post(
  url: string,
  body: object,
  headers: Record<string, string>,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
  const value: unknown = await response.json();
  return isRecord(value) ? value : {};
}

/** Makes the round's orders, then notifies of all at once and kills the process at the `n`th ack. Answers the acked ones. */
async function payUntilKilled({ url, child }: Process, round: number, n: number): Promise<string[]> {
  const numbers: string[] = [];
  for (let i = 0; i < ORDERS_PER_ROUND; i += 1) {
    const requestId = `round-${round}-request-${i}`;
    const made = await post(
      `${url}/functions/createOrder`,
      { requestId, cart: [{ sku: 'tea', count: 1 }] },
      { 'x-wx-openid': PAYER },
    );
    numbers.push(String(made['outTradeNo']));
  }
  const acked: string[] = [];
  const killed = once(child, 'exit');
  await Promise.all(
    numbers.map(async (outTradeNo) => {
      try {
        const reply = await post(`${url}/callback/pay`, paid(outTradeNo), {
          'x-wx-source': 'wx_paycallback',
        });
        if (reply['errcode'] === 0) acked.push(outTradeNo);
        if (acked.length === n) child.kill('SIGKILL');
      } catch {
        // The process is gone: WeChat Pay got no answer, and would deliver again.
      }
    }),
  );
  child.kill('SIGKILL');
  await killed;
  return acked;
}

function paid(outTradeNo: string): Record<string, unknown> {
  const transactionId = `4200${Buffer.from(outTradeNo).toString('hex').slice(0, 28)}`;
  return { ...notificationFor(order(1)), outTradeNo, transactionId, totalFee: 5800, cashFee: 5800 };
}

/** A killed worker's leases would hold for a minute. The case has no minute, so it moves their end to the past. */
function endLeases(folder: string): void {
  const database = new Libsql(join(folder, 'data', 'inbox.db'));
  try {
    database.exec('UPDATE inbox SET lease_until = 1 WHERE lease_until IS NOT NULL');
    database.exec('UPDATE orders SET fulfilment_lease_until = 1 WHERE fulfilment_lease_until IS NOT NULL');
  } finally {
    database.close();
  }
}

test(
  'a process that is killed under load has every acked notification after its restart, applied once and fulfilled once',
  () =>
    inFolder(async (folder) => {
      mkdirSync(join(folder, 'data'));
      copyFileSync(join(ROOT, 'tsconfig.json'), join(folder, 'tsconfig.json'));
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      writeFileSync(
        join(folder, 'config.json'),
        JSON.stringify({ merchants: [{ subMchId: order(1).subMchId }], log: { level: 'silent' } }),
      );

      const acked: string[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        const n = 1 + Math.floor(Math.random() * (ORDERS_PER_ROUND - 1));
        const got = await payUntilKilled(await start(folder), round, n);
        expect({ round, n, enough: got.length >= n }).toEqual({ round, n, enough: true });
        acked.push(...got);
      }
      endLeases(folder);

      const last = await start(folder);
      for (let turn = 0; turn < 20; turn += 1) {
        const { claimed } = await post(`${last.url}/workers/processInbox`, {}, {});
        const fulfilled = await post(`${last.url}/workers/fulfillOrders`, {}, {});
        if (claimed === 0 && fulfilled['claimed'] === 0) break;
      }
      const ended = once(last.child, 'exit');
      last.child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);

      const store = openSqliteStore({ file: join(folder, 'data', 'inbox.db') });
      try {
        const orders = await store.orders.find(acked.filter(isOutTradeNo));
        expect(orders).toHaveLength(acked.length);
        for (const one of orders) {
          const events = one.history.map((entry) => entry.event);
          expect(events.filter((event) => event === 'paid' || event === 'fulfilled')).toEqual([
            'paid',
            'fulfilled',
          ]);
          expect(one).toMatchObject({ payment: { state: 'paid' }, fulfilment: { state: 'done' } });
        }
        expect(await store.inbox.backlog(order(1).createdAt)).toMatchObject({ pending: 0, dead: 0 });
      } finally {
        store.close();
      }
    }),
  120_000,
);
