import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../lib/config/config';
import { isRecord } from '../../lib/values/json';
import { bundleFunction } from '../../scripts/build/bundle';
import { startFunction, type FunctionInstance, type FunctionOptions } from '../cloudbase/function-runner';
import { startLoopbackCloudBase, type LoopbackCloudBase } from '../cloudbase/gateway';
import { commonBuild, ORIGINS, PAYER, type Build } from './shop';
import { newBundleFolder } from './bundle-folder';

// Building and starting functions waits for a processor that others use too.
jest.setTimeout(120_000);

const config = readConfig({ merchants: [{ subMchId: '1900000109' }] });
const dir = newBundleFolder('entry');
let bundle: Build['bundle'];
let cloud: LoopbackCloudBase;
let instances: FunctionInstance[] = [];

beforeAll(async () => {
  cloud = await startLoopbackCloudBase();
  bundle = await commonBuild();
  await Promise.all(
    ['opens-at-second-try', 'broken-callback', 'budget-worker', 'woken-worker', 'collector-hangs'].map(
      bundleFixture,
    ),
  );
});
afterAll(async () => {
  await cloud.stop();
  rmSync(dir, { recursive: true });
});
afterEach(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  instances = [];
});

async function bundleFixture(name: string): Promise<void> {
  // No SDK is needed, so none is bundled.
  const external = ['wx-server-sdk', '@cloudbase/node-sdk'];
  const entry = `test/build/fixtures/${name}.ts`;
  await bundleFunction({ entry, outfile: join(dir, `${name}.js`), config, callback: false, external });
}

async function start(bundle: string, more: Partial<FunctionOptions> = {}): Promise<FunctionInstance> {
  const instance = await startFunction({ bundle, name: 'f', gatewayUrl: cloud.url, ...more });
  instances.push(instance);
  return instance;
}

const fixture = (name: string) => join(dir, `${name}.js`);
const nowhere = { env: { TCB_ENV: '', SCF_NAMESPACE: '' } };

describe('a function that cannot be opened', () => {
  it('refuses the event, tries again at the next one, and then stays open', async () => {
    const instance = await start(fixture('opens-at-second-try'));
    const refusal = await instance.invoke({}, ORIGINS.payer);
    expect(refusal).toMatchObject({ ok: false, code: 'INTERNAL', retry: true });
    expect(await instance.invoke({}, ORIGINS.payer)).toMatchObject({ tries: 2 });
    expect(await instance.invoke({}, ORIGINS.payer)).toMatchObject({ tries: 2 });
    await instance.kill('SIGTERM');
    expect(instance.output()).toContain('"event":"function_failed"');
    expect(instance.output()).toContain('the first try fails');
    expect(JSON.stringify(refusal)).not.toContain('the first try fails');
  });

  it.each(['payCallback', 'refundCallback'])('does not ack when it is %s', async (name) => {
    const callback = await start(bundle(name), nowhere);
    const answer = await callback.invoke({ outTradeNo: 'T1' }, ORIGINS.payCallback);
    expect(answer).toMatchObject({ errcode: 50001 });
  });

  it('says so when it has no environment, instead of naming none to WeChat Pay', async () => {
    const instance = await start(bundle('createOrder'), nowhere);
    expect(await instance.invoke({}, ORIGINS.payer)).toMatchObject({ ok: false, code: 'INTERNAL' });
    const worker = await start(bundle('processInbox'), nowhere);
    expect(await worker.invoke({}, ORIGINS.timer)).toMatchObject({ ok: false, code: 'INTERNAL' });
  });
});

it('a callback whose handler throws does not ack', async () => {
  const instance = await start(fixture('broken-callback'));
  const answer = await instance.invoke({}, ORIGINS.payCallback);
  expect(answer).toEqual({ errcode: 50001, errmsg: 'internal error, please deliver again' });
});

it('a payer does not wait for a collector: what a call left is sent beside the next one', async () => {
  const instance = await start(fixture('collector-hangs'));
  expect(await instance.invoke({}, ORIGINS.payer)).toEqual({ ok: true, begun: 0 });
  expect(await instance.invoke({}, ORIGINS.payer)).toEqual({ ok: true, begun: 1 });
});

it('a probe with less time than its setting says so, instead of being cut off', async () => {
  const instance = await start(bundle('probe'), { timeLimitMs: 9_000 });
  expect(await instance.invoke({ Type: 'Timer' }, ORIGINS.timer)).toMatchObject({
    answers: {
      run_limits: { timeMs: 9_000, memoryMb: 256, settings: { timeMs: 60_000, memoryMb: 256 } },
      racing_updates: { error: 'no time was left' },
    },
    verdict: { mayGoLive: false, verdicts: { run_limits: 'otherwise' } },
  });
});

describe('the caller', () => {
  it('is the text the platform set, also when it is all digits', async () => {
    const instance = await start(fixture('opens-at-second-try'));
    await instance.invoke({}, ORIGINS.payer);
    const origin = { source: 'wx_client', openid: '12345678901234567890' };
    const { caller } = record(await instance.invoke({}, origin));
    expect(caller).toEqual({
      payer: '12345678901234567890',
      source: 'wx_client',
      ip: '127.0.0.1',
      by: { kind: 'nobody' },
    });
  });

  it('is nobody when the event names a payer and the platform does not', async () => {
    const instance = await start(fixture('opens-at-second-try'));
    await instance.invoke({}, ORIGINS.payer);
    const forged = { userInfo: { openId: PAYER }, WX_OPENID: PAYER };
    const { caller } = record(await instance.invoke(forged, { source: 'wx_http' }));
    expect(caller).toMatchObject({ payer: null, source: 'wx_http' });
  });

  it('is known only by the variables that the platform names for this event', async () => {
    const leftBehind = { env: { WX_CLIENTIPV6: '2001:db8::1' } };
    const instance = await start(fixture('opens-at-second-try'), leftBehind);
    await instance.invoke({}, ORIGINS.payer);
    const { caller } = record(await instance.invoke({}, { source: 'wx_client' }));
    expect(caller).toEqual({ payer: null, source: 'wx_client', ip: '127.0.0.1', by: { kind: 'nobody' } });
  });
});

describe('a worker', () => {
  it.each(['wx_client', 'wx_client,scf'])('is not started by a mini program (%s)', async (source) => {
    const instance = await start(fixture('budget-worker'));
    expect(await instance.invoke({}, { source })).toMatchObject({ ok: false, code: 'REFUSED' });
  });

  it('is started as a helper by a function that a mini program called, and by no mini program', async () => {
    const instance = await start(fixture('woken-worker'));
    const helper = { wxpayInboxHelper: { forMs: 40_000 } };
    expect(await instance.invoke(helper, { source: 'wx_client,scf' })).toMatchObject({ ok: true });
    for (const source of ['wx_client', 'scf,wx_client'])
      expect(await instance.invoke(helper, { source })).toMatchObject({ ok: false, code: 'REFUSED' });
    const other = await start(fixture('budget-worker'));
    const refused = await other.invoke(helper, { source: 'wx_client,scf' });
    expect(refused).toMatchObject({ ok: false, code: 'REFUSED' });
  });

  it('has the time the platform gives it, less a margin', async () => {
    const instance = await start(fixture('budget-worker'), { timeLimitMs: 60_000 });
    const { remaining } = record(await instance.invoke({}, ORIGINS.timer));
    expect(remaining).toBeGreaterThan(45_000);
    expect(remaining).toBeLessThan(60_000);
    await instance.kill('SIGTERM');
    expect(instance.output()).not.toContain('time_limit_short');
  });

  it('has the configured time when the platform tells none', async () => {
    const instance = await start(fixture('budget-worker'), { timeLimitMs: 20_000 });
    const { remaining } = record(await instance.invoke({ hideLimit: true }, ORIGINS.timer));
    expect(remaining).toBeGreaterThan(45_000);
  });

  it('complains of a limit in which it can do nothing', async () => {
    const instance = await start(fixture('budget-worker'), { timeLimitMs: 3_000 });
    await instance.invoke({}, ORIGINS.timer);
    await instance.kill('SIGTERM');
    expect(instance.output()).toContain('"event":"time_limit_short"');
  });
});

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new TypeError(`not an object: ${JSON.stringify(value)}`);
  return value;
}
