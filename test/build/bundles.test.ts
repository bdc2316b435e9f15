import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readConfig } from '../../lib/config/config';
import { buildNamedIn } from '../../scripts/build/entry-file';
import { bundleFunction, ROOT } from '../../scripts/build/bundle';
import { buildFunctions, type BuiltFunction } from '../../scripts/build/functions';
import { configJsonSchema } from '../../scripts/build/json-schema';
import { startFunction } from '../cloudbase/function-runner';
import { startLoopbackCloudBase } from '../cloudbase/gateway';
import { ORIGINS } from './shop';
import { newBundleFolder } from './bundle-folder';

// Building and starting functions waits for a processor that others use too.
jest.setTimeout(120_000);

const outDir = newBundleFolder('bundles');
const config = readConfig({
  merchants: [{ subMchId: '1900000109' }],
  timers: { processInbox: '*/30 * * * * * *' },
  functions: { payCallback: { memoryMb: 512, timeoutSeconds: 7 } },
});
let built: readonly BuiltFunction[];

beforeAll(async () => {
  built = await buildFunctions({ outDir, config, shop: 'test' });
});
afterAll(() => rmSync(outDir, { recursive: true }));

const json = (...path: string[]): unknown => JSON.parse(readFileSync(join(outDir, ...path), 'utf8'));
const named = (name: string): BuiltFunction => {
  const found = built.find((one) => one.name === name);
  if (!found) throw new Error(`${name} was not built`);
  return found;
};

describe('the bundles', () => {
  it('are all functions and workers, each for itself', () => {
    expect(built.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'function closeOrder',
      'function createOrder',
      'function ops',
      'function payCallback',
      'function probe',
      'function queryOrder',
      'function queryRefund',
      'function refundCallback',
      'function refundOrder',
      'worker followRefunds',
      'worker fulfillOrders',
      'worker processInbox',
      'worker reconcileOrders',
      'worker reconcileStatement',
      'worker retain',
      'worker watchdog',
    ]);
  });

  it('ask for no open API permissions', () => {
    for (const { name } of built) {
      expect(json('cloudfunctions', name, 'config.json')).toMatchObject({ permissions: { openapi: [] } });
    }
  });

  it('stay small: what a cold start loads is what the payer waits for', () => {
    for (const callback of ['payCallback', 'refundCallback']) {
      expect(named(callback).bytes).toBeLessThan(385 * 1024);
    }
    // No payer waits for a worker, or for what operators ask.
    for (const { bytes, kind, name } of built) {
      const mostKib = name === 'ops' ? 1_150 : kind === 'worker' ? 1_000 : 920;
      expect(bytes).toBeLessThan(mostKib * 1024);
    }
  });

  it.each(['payCallback', 'refundCallback'])('leave out of %s what it does not need', (callback) => {
    const { inputs } = named(callback);
    expect(inputs).toContain('lib/inbox/receive.ts');
    const unwanted =
      /node_modules\/(zod|croner|p-retry|libsql|@libsql|prom-client|pino\/lib|sonic-boom|thread-stream)|^(simulator|merchant|server|console|test)\//;
    expect(inputs.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it('carry no API v3, which no merchant of this configuration has, and write no XML', () => {
    const ofV3 = /^lib\/wechat\/v3\//;
    const isCallback = ({ name }: BuiltFunction) => ['payCallback', 'refundCallback'].includes(name);
    // What CloudBase's integrations hand over has the fields of API v3, and callbacks read it.
    for (const { inputs } of built.filter(isCallback)) {
      expect(inputs.filter((path) => ofV3.test(path)).sort()).toEqual([
        'lib/wechat/v3/named-party.ts',
        'lib/wechat/v3/read-field.ts',
        'lib/wechat/v3/read-payment.ts',
        'lib/wechat/v3/read-refund.ts',
      ]);
    }
    const others = built.filter((one) => !isCallback(one)).flatMap(({ inputs }) => inputs);
    expect(others.filter((path) => ofV3.test(path))).toEqual([]);
    const all = built.flatMap(({ inputs }) => inputs);
    expect(all.filter((path) => path.includes('node_modules/xmlbuilder/'))).toEqual([]);
  });

  it('carry no traces, which this configuration does not ask for', () => {
    const all = built.flatMap(({ inputs }) => inputs);
    expect(all.filter((path) => path.startsWith('lib/trace/'))).toEqual([]);
  });

  it('carry no server, simulator, embedded database or timer library anywhere', () => {
    const unwanted =
      /node_modules\/(croner|libsql|@libsql|prom-client|sonic-boom|thread-stream)|^(simulator|server|console|test)\/(?!shop\/)/;
    expect(built.flatMap(({ inputs }) => inputs.filter((path) => unwanted.test(path)))).toEqual([]);
  });
});

it('carries traces where they are asked for, and never in a callback', async () => {
  const tracing = { url: 'http://127.0.0.1:4318/v1/traces', serviceName: 'shop', share: 1 };
  const inputsOf = async (entry: string, callback: boolean) => {
    const outfile = join(outDir, 'traced.js');
    const { inputs } = await bundleFunction({ entry, outfile, config: { ...config, tracing }, callback });
    return inputs.filter((path) => path.startsWith('lib/trace/'));
  };
  expect(await inputsOf('functions/payCallback/index.ts', true)).toEqual([]);
  expect(await inputsOf('workers/fulfillOrders/index.ts', false)).toContain('lib/trace/exporter.ts');
});

it("carries a package that a merchant's hook imports itself, though the SDK does without it", async () => {
  const { inputs } = await bundleFunction({
    entry: 'test/build/fixtures/own-axios.ts',
    outfile: join(outDir, 'own-axios.js'),
    config,
    callback: false,
  });
  expect(inputs.filter((path) => path.includes('node_modules/axios/'))).not.toEqual([]);
});

describe('what is deployed beside a bundle', () => {
  it('needs nothing from npm', () => {
    expect(json('cloudfunctions', 'payCallback', 'package.json')).toEqual({
      name: 'payCallback',
      version: '0.2.0',
      private: true,
      main: 'index.js',
    });
  });

  it('names the same build in the entry file and in the record of the build', () => {
    const { builds } = z.object({ builds: z.record(z.string(), z.string()) }).parse(json('build.json'));
    for (const { name, build, dir } of built) {
      expect(builds[name]).toBe(build);
      expect(buildNamedIn(readFileSync(join(dir, 'index.js'), 'utf8'))).toBe(build);
    }
    expect(Object.keys(builds)).toHaveLength(built.length);
  });

  it('gives each worker its timer, and a function none', () => {
    expect(json('cloudfunctions', 'payCallback', 'config.json')).toEqual({ permissions: { openapi: [] } });
    expect(json('cloudfunctions', 'processInbox', 'config.json')).toEqual({
      permissions: { openapi: [] },
      triggers: [{ name: 'processInboxTimer', type: 'timer', config: '*/30 * * * * * *' }],
    });
  });

  it('tells the CLI limits and timers, and no environment variables, which it would overwrite online', () => {
    const rc = json('cloudbaserc.json');
    expect(rc).toMatchObject({ version: '2.0', envId: '{{env.ENV_ID}}', functionRoot: './cloudfunctions' });
    expect(rc).toHaveProperty(
      'functions',
      expect.arrayContaining([
        expect.objectContaining({
          name: 'payCallback',
          handler: 'index.main',
          runtime: 'Nodejs24.11',
          timeout: 7,
          memorySize: 512,
        }),
        expect.objectContaining({
          name: 'processInbox',
          timeout: 60,
          triggers: [{ name: 'processInboxTimer', type: 'timer', config: '*/30 * * * * * *' }],
        }),
      ]),
    );
    expect(JSON.stringify(rc)).not.toContain('envVariables');
  });
});

it('config.schema.json is what the settings are (npm run build writes it)', () => {
  expect(readFileSync(join(ROOT, 'config.schema.json'), 'utf8')).toBe(configJsonSchema());
});

it("pino's browser edition writes the lines that pino writes", async () => {
  const entry = 'test/build/fixtures/log-lines.ts';
  const outfile = join(outDir, 'log-lines.js');
  await bundleFunction({ entry, outfile, config, callback: false, external: ['wx-server-sdk'] });
  const cloud = await startLoopbackCloudBase();
  const instance = await startFunction({ bundle: outfile, name: 'f', gatewayUrl: cloud.url });
  await instance.invoke({}, ORIGINS.timer);
  await instance.stop();
  await cloud.stop();
  const script = `require(${JSON.stringify(join(ROOT, entry))}).main()`;
  const original = execFileSync(process.execPath, ['--import', 'tsx', '-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(withoutTimes(instance.output())).toBe(withoutTimes(original));
  expect(withoutTimes(original)).toBe(
    '{"level":"warn","time":"","event":"notification_refused","outTradeNo":null,"source":"wx_client","chars":3}\n' +
      '{"level":"error","time":"","event":"notification_not_stored","outTradeNo":"T1",' +
      '"reason":"a \\"quoted\\"\\nline 付款","payer":"oPa***One"}\n',
  );
});

function withoutTimes(lines: string): string {
  return lines.replaceAll(/"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/g, '"time":""');
}
