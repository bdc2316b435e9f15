import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../lib/values/json';
import { ROOT } from '../../scripts/build/bundle';
import { lockOf } from '../../scripts/build/server-lock';
import { makeOrder, post } from '../torture/real-process';
import { PAYER } from '../store/builders';
import { builtServer, endAll, lockedPaths, startBuilt, type BuiltServer, type Started } from './built-server';

/* `dist/server`: the server from plain JavaScript, with nothing of the checkout around it. */

const MERCHANTS = [{ subMchId: '1900000109' }];
const SIMULATED = { merchants: MERCHANTS, simulator: { enabled: true, speed: 10_000 } };

/** A user without rights, as which root may start a process. */
const NOBODY_UID = 65_534;
const asRoot = process.getuid?.() === 0 ? test : test.skip;

let built: BuiltServer;
beforeAll(async () => {
  built = await builtServer();
}, 120_000);
afterAll(() => {
  endAll();
  rmSync(built.folder, { recursive: true, force: true });
});

function listening(started: Started): Extract<Started, { kind: 'listens' }> {
  if (started.kind === 'listens') return started;
  throw new Error(`the server ended: ${started.output}`);
}

function refusal(started: Started): string {
  if (started.kind === 'listens') throw new Error('the server started');
  expect(started.exit).toEqual([1, null]);
  return started.output;
}

/** Pays an order and lets the workers hand it over. */
async function payAndFulfil(url: string, outTradeNo: string): Promise<unknown> {
  await post(`${url}/simulator/pay`, { outTradeNo });
  for (let round = 0; round < 50; round += 1) {
    await post(`${url}/workers/processInbox`, {});
    await post(`${url}/workers/fulfillOrders`, {});
    const { order } = await post(`${url}/functions/queryOrder`, { outTradeNo }, { 'x-wx-openid': PAYER });
    if (JSON.stringify(order).includes('parcel')) return order;
  }
  throw new Error('the order was not fulfilled');
}

test('takes an order from createOrder to fulfilled, and ends in good order', async () => {
  built.configure(SIMULATED);
  const server = listening(await startBuilt(built));
  const outTradeNo = await makeOrder(server.url, 'first-of-dist');
  expect(await payAndFulfil(server.url, outTradeNo)).toBeDefined();
  for (const path of ['/console/', '/console/console.js', '/', '/healthz']) {
    expect([path, (await fetch(`${server.url}${path}`)).status]).toEqual([path, 200]);
  }
  const page = await (await fetch(`${server.url}/console/`)).text();
  const parts = [...page.matchAll(/href="(part-[^"]+)"/g)].map(([, name = '']) => name);
  expect(parts.length).toBeGreaterThan(0);
  for (const part of parts) expect((await fetch(`${server.url}/console/${part}`)).status).toBe(200);
  const { findings } = await post(`${server.url}/ops/api/doctor`, {});
  // The pages are read by a thread of its own.
  expect(JSON.stringify(findings)).toContain('every page can be read');
  expect(await server.end()).toEqual([0, null]);
}, 120_000);

test('takes real money unless it is told otherwise, and not on data of simulated money', async () => {
  built.configure({ merchants: MERCHANTS });
  expect(refusal(await startBuilt(built))).toContain('simulator');
}, 120_000);

asRoot(
  'needs no right but to its data folder',
  async () => {
    built.configure(SIMULATED);
    const dataDir = join(built.folder, 'data-of-nobody');
    mkdirSync(dataDir, { mode: 0o700 });
    chownSync(dataDir, NOBODY_UID, NOBODY_UID);
    readOnly(join(built.folder, 'server'));
    chmodSync(built.folder, 0o555);
    try {
      const env = { DATA_DIR: dataDir, TMPDIR: '/nowhere' };
      const server = listening(await startBuilt(built, env, { uid: NOBODY_UID }));
      const outTradeNo = await makeOrder(server.url, 'nobodys-order');
      await payAndFulfil(server.url, outTradeNo);
      expect(await server.end()).toEqual([0, null]);
      expect(readdirSync(dataDir)).toContain('inbox.db');
    } finally {
      chmodSync(built.folder, 0o755);
    }
  },
  120_000,
);

/** Takes the right to write from everybody but root. */
function readOnly(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const inner = join(path, entry.name);
    if (entry.isDirectory()) readOnly(inner);
    chmodSync(inner, entry.isDirectory() ? 0o555 : 0o444);
  }
}

function entryOf(lock: unknown, path: string): unknown {
  const packages: unknown = isRecord(lock) ? lock['packages'] : null;
  return isRecord(packages) ? packages[path] : undefined;
}

test('installs the packages of its lock file only, in the versions of the checkout', () => {
  const folder = join(built.folder, 'server');
  const paths = lockedPaths(folder);
  expect(paths).toContain('node_modules/libsql');
  expect(paths).toContain('node_modules/libsql/node_modules/detect-libc');
  const whole: unknown = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const parts: unknown = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  for (const path of paths) expect([path, entryOf(parts, path)]).toEqual([path, entryOf(whole, path)]);
  expect(() => lockOf({ name: 'x', version: '1', license: 'MIT', engines: {} }, ['left-out'], whole)).toThrow(
    'no left-out',
  );
});

test('is plain JavaScript that holds neither settings nor the place it was built in', () => {
  const folder = join(built.folder, 'server');
  for (const name of ['main.js', 'ops.js', 'writer-thread.js', 'check-thread.js']) {
    expect(statSync(join(folder, name)).size).toBeGreaterThan(1_000);
    const text = readFileSync(join(folder, name), 'utf8');
    expect([name, text.includes('Demo shop') || text.includes(ROOT)]).toEqual([name, false]);
  }
});
