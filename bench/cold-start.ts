import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { readConfig } from '../lib/config/config';
import { SCHEMA } from '../lib/store/cloudbase/schema';
import { isRecord } from '../lib/values/json';
import { bundleFunction, ROOT } from '../scripts/build/bundle';
import { CODE_FILE } from '../scripts/build/entry-file';
import { buildFunctions } from '../scripts/build/functions';
import { newBundleFolder } from '../test/build/bundle-folder';
import { eventEnvironment, functionEnvironment } from '../test/cloudbase/function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase } from '../test/cloudbase/gateway';
import { keyVariablesOf, realKeys } from '../test/server/money/real-keys';
import type { Effort } from './effort';
import type { BenchTable } from './report';
import { goal, spreadOf } from './report';
import { envelopeOf, PAYMENT, signedText } from './v3-samples';

/** A bundle to start repeatedly. */
interface Variant {
  readonly name: string;
  readonly file: string;
  /**
   * `acks`: must answer `errcode: 0`; `acks_v3`: must answer a signed notification with 200;
   * `idle`: gives any answer to an empty event.
   */
  readonly kind: 'acks' | 'acks_v3' | 'idle';
}

interface Sample {
  readonly ms: number;
  readonly readyMs: number;
  readonly cpuMs: number;
  readonly rssMb: number;
}

/**
 * Measures cold starts of every bundle, of a bare handler and of the callback with the SDK
 * unbundled, against a loopback CloudBase. Starts are interleaved, so that other load on the
 * machine affects all alike. Rejects when a callback does not ack.
 */
export async function benchColdStart({ coldStarts }: Effort): Promise<BenchTable> {
  const dir = newBundleFolder('cold-start');
  const cloud = await startLoopbackCloudBase();
  for (const name of Object.keys(SCHEMA)) cloud.database.createCollection(name);
  try {
    const variants = await buildVariants(dir);
    const samples = new Map(variants.map(({ name }) => [name, new Array<Sample>()]));
    // The first round fills the page cache and is not counted.
    for (let round = 0; round <= coldStarts; round += 1) {
      for (const variant of variants) {
        const sample = await firstAnswer(cloud, variant, `${variant.name}${round}`);
        if (round > 0) samples.get(variant.name)?.push(sample);
      }
    }
    const spread = (name: string, what: keyof Sample) =>
      spreadOf((samples.get(name) ?? []).map((one) => one[what]));
    return {
      title: 'Cold start: process start to first answer',
      columns: ['bundle', 'ready ms', 'first answer ms (least–most)', 'CPU ms', 'resident MB', 'file KB'],
      rows: variants.map(({ name, file }) => {
        const { median, least, most } = spread(name, 'ms');
        return [
          name,
          spread(name, 'readyMs').median.toFixed(0),
          `${median.toFixed(0)} (${least.toFixed(0)}–${most.toFixed(0)})`,
          spread(name, 'cpuMs').median.toFixed(0),
          spread(name, 'rssMb').median.toFixed(0),
          (sizeOf(file) / 1024).toFixed(0),
        ];
      }),
      notes: [
        `${coldStarts} interleaved cold starts each, medians. \`bare\` answers without storing; \`payCallback, SDK unbundled\` is the same handler with the SDK in node_modules. The callbacks acknowledge a notification; the others are given an empty event, so that what they do first (refuse it, or find nothing due) is in the figure.`,
        goal(
          'payCallback to the same with the SDK unbundled',
          spread('payCallback', 'ms').median / spread(UNBUNDLED, 'ms').median,
          'at most',
          0.35,
        ),
        goal(
          'payCallbackV3 to payCallback, both of an installation with a merchant on API v3',
          spread('payCallbackV3', 'ms').median / spread(BESIDE_V3, 'ms').median,
          'at most',
          1.15,
        ),
      ],
    };
  } finally {
    await cloud.stop();
    rmSync(dir, { recursive: true });
  }
}

/** A bundle's bytes: a function's entry file only loads the code beside it. */
function sizeOf(file: string): number {
  const code = join(dirname(file), CODE_FILE);
  return statSync(existsSync(code) ? code : file).size;
}

const UNBUNDLED = 'payCallback, SDK unbundled';
const BESIDE_V3 = 'payCallback, beside API v3';
const CALLBACKS = ['payCallback', 'refundCallback'];

async function buildVariants(dir: string): Promise<readonly Variant[]> {
  const config = readConfig({ merchants: [{ subMchId: '1900000109' }], log: { level: 'silent' } });
  const entry = 'functions/payCallback/index.ts';
  const [bare, unbundled] = [join(dir, 'bare.js'), join(dir, 'unbundled.js')];
  writeFileSync(bare, 'exports.main = async () => ({ errcode: 0 });\n');
  const external = ['wx-server-sdk', '@cloudbase/node-sdk'];
  await bundleFunction({ entry, outfile: unbundled, config, callback: true, external });
  const built = await buildFunctions({ outDir: dir, config });
  return [
    { name: 'bare', file: bare, kind: 'acks' },
    { name: UNBUNDLED, file: unbundled, kind: 'acks' },
    ...(await v3Variants(dir)),
    ...built
      .map(({ name, dir: folder }): Variant => ({
        name,
        file: join(folder, 'index.js'),
        kind: CALLBACKS.includes(name) ? 'acks' : 'idle',
      }))
      .sort((a, b) => Number(a.kind === 'idle') - Number(b.kind === 'idle')),
  ];
}

/** Both pay callbacks of an installation with a merchant on API v3. */
async function v3Variants(dir: string): Promise<readonly Variant[]> {
  const variables = keyVariablesOf(V3_MERCHANT, V3_KEYS);
  const built = await buildFunctions({
    outDir: join(dir, 'v3'),
    config: readConfig({
      merchants: [{ subMchId: '1900000109' }, { channel: 'v3', mchId: V3_MERCHANT, appId: APP_ID }],
      cloud: { callbackUrl: 'https://bench.example.com' },
      log: { level: 'silent' },
    }),
    keys: (variable) => variables[variable] ?? null,
  });
  const fileOf = (name: string) => join(built.find((one) => one.name === name)?.dir ?? '', 'index.js');
  return [
    { name: BESIDE_V3, file: fileOf('payCallback'), kind: 'acks' },
    { name: 'payCallbackV3', file: fileOf('payCallbackV3'), kind: 'acks_v3' },
  ];
}

/** A notification as the HTTP access service hands it over, encrypted and signed now. */
function v3Event(outTradeNo: string): object {
  const payment = { mchid: V3_MERCHANT, appid: APP_ID, out_trade_no: outTradeNo };
  const plain = { ...PAYMENT, ...payment, transaction_id: `4200${outTradeNo}` };
  const envelope = envelopeOf(JSON.stringify(plain), Buffer.from(V3_KEYS.apiV3Key));
  const { timestamp, nonce, signature, body } = signedText(JSON.stringify(envelope), V3_KEYS.wechatKey);
  return {
    httpMethod: 'POST',
    path: `/callback/v3/pay/${V3_MERCHANT}`,
    headers: {
      'wechatpay-timestamp': timestamp,
      'wechatpay-nonce': nonce,
      'wechatpay-signature': signature,
      'wechatpay-serial': V3_KEYS.wechatKeyId,
    },
    body: body.toString(),
    isBase64Encoded: false,
  };
}

function eventOf(kind: Variant['kind'], number: string): object {
  switch (kind) {
    case 'acks':
      return { ...NOTIFICATION, outTradeNo: number, transactionId: `4200${number}` };
    case 'acks_v3':
      return v3Event(number);
    case 'idle':
      return {};
  }
}

function isAnswered(kind: Variant['kind'], answer: unknown): boolean {
  switch (kind) {
    case 'acks':
      return isRecord(answer) && answer['errcode'] === 0;
    case 'acks_v3':
      return isRecord(answer) && answer['statusCode'] === 200;
    case 'idle':
      return true;
  }
}

const SOURCES = { acks: 'wx_paycallback', acks_v3: 'wx_http', idle: 'wx_trigger' } as const;

/** Starts one process, passes it a new event, and waits for its answer. */
async function firstAnswer(
  cloud: LoopbackCloudBase,
  { name, file, kind }: Variant,
  id: string,
): Promise<Sample> {
  const env = {
    ...functionEnvironment(cloud),
    ...eventEnvironment({ source: SOURCES[kind], apiToken: null }),
    NODE_PATH: join(ROOT, 'node_modules'),
  };
  const number = id.replace(/\W/g, '');
  const event = eventOf(kind, number);
  const started = performance.now();
  const args = [join(__dirname, 'cold-start', 'first-ack.cjs'), file, JSON.stringify(event)];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let ms = Number.NaN;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (Number.isNaN(ms) && text.includes('first ack')) ms = performance.now() - started;
  });
  await once(child, 'close');
  const said: unknown = JSON.parse(/first ack (.*)/.exec(text)?.[1] ?? 'null');
  if (!isRecord(said)) throw new Error(`a cold start of ${name} did not answer: ${text.slice(0, 500)}`);
  const { answer, readyMs, cpuMs, rssMb } = said;
  if (
    !isAnswered(kind, answer) ||
    typeof readyMs !== 'number' ||
    typeof cpuMs !== 'number' ||
    typeof rssMb !== 'number'
  ) {
    throw new Error(`a cold start of ${name} did not ack: ${text.slice(0, 500)}`);
  }
  return { ms, readyMs, cpuMs, rssMb };
}

const V3_MERCHANT = '1900000001';
const APP_ID = 'wxd2d16a504f24665e';
const V3_KEYS = realKeys();

const NOTIFICATION = {
  appid: 'wxd2d16a504f24665e',
  bankType: 'OTHERS',
  cashFee: 5800,
  feeType: 'CNY',
  mchId: '1800008281',
  nonceStr: '48WQ',
  resultCode: 'SUCCESS',
  returnCode: 'SUCCESS',
  subMchId: '1900000109',
  subOpenid: 'oPayerNumberOne',
  timeEnd: '20261124120000',
  totalFee: 5800,
  tradeType: 'JSAPI',
};
