import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CHECKS,
  CHECKS_OF_CLOUD_RUN,
  CHECKS_OF_MERCHANT_DATABASE,
  CHECKS_OF_MYSQL,
  CHECKS_OF_V3,
} from '../../lib/doctor/finding';
import type { Place } from '../../lib/doctor/finding';
import type { Finding } from '../../lib/ops/api';
import { readConfig } from '../../lib/config/config';
import { SCHEMA } from '../../lib/store/cloudbase/schema';
import { isRecord } from '../../lib/values/json';
import { examineCheckout } from '../../operator/doctor/checkout';
import { buildFunctions } from '../../scripts/build/functions';
import type { FunctionInstance } from '../cloudbase/function-runner';
import { startFunction } from '../cloudbase/function-runner';
import type { LoopbackOptions } from '../cloudbase/gateway';
import { startLoopbackCloudBase } from '../cloudbase/gateway';
import { nodeRuns } from '../compiled/compiled';
import { inFolder, onServer } from '../server/running';
import { tamper } from '../store/sqlite/harness';

const SETTINGS = {
  merchants: [{ subMchId: '1700000001' }],
  ops: { operators: ['oOperator'] },
  watchdog: { targets: [{ name: 'night', kind: 'wecom' }] },
};
const TOKEN = 'mD3v0ZkqTzq1x5u8Yh2B7nRfWcLJpA9e';

const root = mkdtempSync(join(tmpdir(), 'wxpay-inbox-doctor-'));
const built = join(root, 'built');

// Whole processes and servers: a busy machine needs more than the usual time.
jest.setTimeout(120_000);

beforeAll(async () => {
  await buildFunctions({ outDir: join(built, 'dist'), config: readConfig(SETTINGS), shop: 'test' });
  writeFileSync(join(built, 'config.json'), JSON.stringify(SETTINGS));
}, 60_000);
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

let copies = 0;

/** A checkout of its own, in which something was changed. */
function checkoutWith(change: (folder: string) => void): string {
  const folder = join(root, `copy-${(copies += 1)}`);
  cpSync(built, folder, { recursive: true });
  change(folder);
  return folder;
}

async function examined(folder: string, more: { url?: string; rules?: unknown; token?: string } = {}) {
  const findings = await examineCheckout({
    root: folder,
    environment: more.token === undefined ? {} : { OPS_TOKEN: more.token },
    url: more.url ?? null,
    rules: more.rules ?? null,
  });
  return new Map(findings.map((finding) => [finding.check, finding]));
}

/** Of deployments on SQLite alone, without merchants on the channels v3 and cloudrun. */
const elsewhere = [
  ...CHECKS_OF_V3,
  ...CHECKS_OF_MYSQL,
  ...CHECKS_OF_CLOUD_RUN,
  ...CHECKS_OF_MERCHANT_DATABASE,
];
const madeAt = (place: Place) =>
  Object.entries(CHECKS).flatMap(([check, places]) =>
    places.some((one) => one === place) && !elsewhere.some((one) => one === check) ? [check] : [],
  );

describe('a checkout', () => {
  it('that is ready to be deployed has nothing wrong', async () => {
    const findings = await examined(built, { token: TOKEN });
    expect([...findings.values()].filter(({ level }) => level !== 'ok').map(({ check }) => check)).toEqual([
      'security_rules',
    ]);
    const running = ['server', 'clock'];
    expect([...findings.keys()].sort()).toEqual(
      madeAt('checkout')
        .filter((check) => !running.includes(check))
        .sort(),
    );
  });

  it('that was built from other settings, or not built at all, says so', async () => {
    const changed = checkoutWith((folder) => {
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...SETTINGS, log: { level: 'warn' } }));
    });
    expect((await examined(changed)).get('build')).toMatchObject({ level: 'error' });
    expect((await examined(notBuilt())).get('build')).toMatchObject({ level: 'unknown' });
  });

  it('whose settings only a server can use warns of it', async () => {
    const folder = checkoutWith((at) => {
      const timers = { fulfillOrders: '* * * * * * *' };
      writeFileSync(join(at, 'config.json'), JSON.stringify({ ...SETTINGS, timers }));
    });
    expect((await examined(folder)).get('config')).toMatchObject({ level: 'warning' });
  });

  it('whose settings are none names each of them', async () => {
    const folder = checkoutWith((at) => {
      writeFileSync(join(at, 'config.json'), JSON.stringify({ ...SETTINGS, envId: 'prod', colour: 'blue' }));
    });
    const config = (await examined(folder)).get('config');
    expect(config).toMatchObject({ level: 'error' });
    expect(config?.what).toContain('not its alias');
    expect(config?.what).toContain('colour');
  });

  it('that lacks a callback function registered with WeChat Pay says so', async () => {
    const folder = checkoutWith((at) => {
      rmSync(join(at, 'dist', 'cloudfunctions', 'refundCallback'), { recursive: true });
    });
    const findings = await examined(folder);
    expect(findings.get('callback_functions')).toMatchObject({ level: 'error' });
    expect(findings.get('callback_functions')?.what).toContain('refundCallback is not built');
    expect(findings.get('build')?.level).toBe('error');
  });

  it.each([
    ['a text for a number', `exports.main = async () => ({ errcode: '0', errmsg: 'ok' })`, 'type string'],
    ['the classic answer', `exports.main = async () => ({ return_code: 'SUCCESS' })`, 'type undefined'],
    ['nothing', `exports.main = async () => undefined`, 'instead of {errcode'],
    ['yes to everything', `exports.main = async () => ({ errcode: 0, errmsg: 'ok' })`, 'was not stored'],
    ['an error', `exports.main = async () => { throw new Error('broken') }`, 'broken'],
    ['the end of its process', `exports.main = async () => process.exit(3)`, 'ended with 3'],
  ])('whose callback answers %s is not fit', async (_, code, why) => {
    const folder = checkoutWith((at) => {
      for (const name of ['payCallback', 'refundCallback'])
        writeFileSync(join(at, 'dist', 'cloudfunctions', name, 'index.js'), code);
    });
    const finding = (await examined(folder)).get('ack_shape');
    expect(finding).toMatchObject({ level: 'error' });
    expect(finding?.what).toContain(why);
  });
});

/** A checkout without functions, whose callbacks need not be tried. */
const notBuilt = (): string =>
  checkoutWith((folder) => {
    rmSync(join(folder, 'dist'), { recursive: true });
  });

describe('a running server', () => {
  it('is asked for what only it can see, and its lost index is missed', () =>
    inFolder((folder) =>
      onServer(
        folder,
        async ({ url }) => {
          const findings = await examined(notBuilt(), { url, token: TOKEN });
          expect(findings.get('server')).toMatchObject({ level: 'ok' });
          expect(findings.get('clock')).toMatchObject({ level: 'ok' });
          expect(findings.get('indexes')).toMatchObject({ level: 'ok' });
          for (const check of madeAt('server')) expect(findings.has(check)).toBe(true);
          tamper(join(folder, 'inbox.db'), 'DROP INDEX inbox_pending');
          const lost = (await examined(notBuilt(), { url, token: TOKEN })).get('indexes');
          expect(lost).toMatchObject({ level: 'error' });
          expect(lost?.what).toContain('inbox_pending');
          tamper(join(folder, 'inbox.db'), lost?.fix.replace(/^.*?: /, '') ?? '');
          expect((await examined(notBuilt(), { url, token: TOKEN })).get('indexes')).toMatchObject({
            level: 'ok',
          });
        },
        TOKEN,
      ),
    ));

  it('that does not know the token, or is none, is said to be so', () =>
    inFolder((folder) =>
      onServer(
        folder,
        async ({ url }) => {
          const stranger = await examined(notBuilt(), { url, token: 'another-token-of-32-characters!!' });
          expect(stranger.get('server')?.level).toBe('error');
          expect(stranger.get('server')?.what).toContain('NOT_ALLOWED');
          expect((await examined(notBuilt(), { url: 'http://127.0.0.1:1' })).get('server')).toMatchObject({
            level: 'error',
          });
        },
        TOKEN,
      ),
    ));
});

describe('in the cloud', () => {
  interface Cloud {
    readonly collections?: readonly string[];
    readonly callbacks?: readonly string[];
    readonly gateway?: LoopbackOptions;
    readonly answer?: unknown;
  }

  /** What the built `ops` function says of an environment. */
  async function examinedInCloud(of: Cloud): Promise<ReadonlyMap<string, Finding>> {
    const cloud = await startLoopbackCloudBase(of.gateway ?? {});
    const running: FunctionInstance[] = [];
    const start = async (name: string) => {
      const bundle = join(built, 'dist', 'cloudfunctions', name, 'index.js');
      const instance = await startFunction({ bundle, name, gatewayUrl: cloud.url, timeLimitMs: 30_000 });
      running.push(instance);
      return instance;
    };
    try {
      for (const name of of.collections ?? Object.keys(SCHEMA)) cloud.database.createCollection(name);
      for (const name of of.callbacks ?? ['payCallback', 'refundCallback']) {
        const callback = await start(name);
        cloud.setFunction(name, (event) =>
          'answer' in of ? of.answer : callback.invoke(event, { source: 'wx_devtools,scf' }),
        );
      }
      const ops = await start('ops');
      const reply = await ops.invoke({ op: 'doctor' }, { source: 'wx_devtools' });
      expect(cloud.protocolErrors).toEqual([]);
      // Nothing stays behind.
      for (const name of of.collections ?? Object.keys(SCHEMA))
        expect([name, cloud.database.documents(name)]).toEqual([name, []]);
      if (!isRecord(reply) || !Array.isArray(reply['findings'])) throw new TypeError(JSON.stringify(reply));
      const findings: readonly Finding[] = reply['findings'];
      return new Map(findings.map((finding) => [finding.check, finding]));
    } finally {
      await Promise.all(running.map((instance) => instance.stop()));
      await cloud.stop();
    }
  }

  it('an installation that is whole has nothing wrong, and every check was made', async () => {
    const findings = await examinedInCloud({});
    const odd = [...findings.values()].filter(({ level }) => level !== 'ok').map(({ check }) => check);
    // Nothing has run yet, and two things cannot be seen from inside.
    expect(odd.sort()).toEqual(['indexes', 'security_rules', 'timers']);
    expect([...findings.keys()].sort()).toEqual(madeAt('cloud').sort());
  });

  it('what is missing is named with its fix', async () => {
    const findings = await examinedInCloud({
      collections: Object.keys(SCHEMA).filter((name) => name !== 'wxpay_audit'),
      callbacks: ['payCallback'],
    });
    expect(findings.get('store_audit')?.level).toBe('error');
    expect(findings.get('store_audit')?.fix).toContain('docs/deploy.md');
    expect(findings.get('store_inbox')).toMatchObject({ level: 'ok' });
    expect(findings.get('callback_functions')).toMatchObject({ level: 'error' });
    expect(findings.get('callback_functions')?.what).toContain('refundCallback');
  });

  it('a callback of another make, and a clock that is off, are noticed', async () => {
    const findings = await examinedInCloud({
      answer: { errcode: '0', errmsg: 'ok' },
      gateway: { clock: { now: () => Date.now() + 60_000 } },
    });
    expect(findings.get('ack_shape')).toMatchObject({ level: 'error' });
    expect(findings.get('clock')?.level).toBe('error');
    expect(findings.get('clock')?.what).toContain('behind');
  });
});

describe('the command', () => {
  const run = (args: readonly string[], env: Record<string, string> = {}) =>
    new Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>((resolve) => {
      const child = spawn(process.execPath, [...nodeRuns('operator/doctor/main.ts'), ...args], {
        env: { PATH: process.env['PATH'] ?? '', ...env },
      });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.on('close', (code) => {
        resolve({ code, out, err });
      });
    });

  it('speaks Chinese where the terminal does, and JSON to programs', async () => {
    const [zh, json] = await Promise.all([run([], { LANG: 'zh_CN.UTF-8' }), run(['--json'])]);
    expect(zh.out).toContain('处理方法：');
    const parsed: unknown = JSON.parse(json.out);
    expect(isRecord(parsed) && Array.isArray(parsed['findings'])).toBe(true);
  });

  it('ends with 1 for an error and with 2 for what it does not understand', async () => {
    const [dead, odd] = await Promise.all([run(['--url', 'http://127.0.0.1:1']), run(['--colour'])]);
    expect([dead.code, odd.code]).toEqual([1, 2]);
    expect(odd.err).toContain('npm run doctor');
  });
});
