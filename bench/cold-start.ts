import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { readConfig } from '../lib/runtime/config';
import { SCHEMA } from '../lib/store/cloudbase/schema';
import { isRecord } from '../lib/values/json';
import { bundleFunction, ROOT } from '../scripts/build/bundle';
import { eventEnvironment, functionEnvironment } from '../test/cloudbase/function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase } from '../test/cloudbase/gateway';
import { newBundleFolder } from '../test/build/bundle-folder';

/** One variant of payCallback, started over and over. Times in ms, from starting the process to its first answer. */
export interface ColdStart {
  readonly variant: 'bare' | 'ours' | 'unbundled';
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  /** Resident memory after the answer, in MB, median. */
  readonly rssMb: number;
  /** Size of the function's own file. */
  readonly kilobytes: number;
}

/** Cold starts side by side. */
export interface ColdStartFigures {
  readonly rounds: number;
  /** `bare` answers without storing; `unbundled` is our handler with the SDK in node_modules. */
  readonly starts: readonly ColdStart[];
  /** Ours to unbundled, medians. The goal is at most 0.45. */
  readonly ratio: number;
}

interface Sample {
  readonly ms: number;
  readonly rssMb: number;
}

const VARIANTS = ['bare', 'ours', 'unbundled'] as const;

/**
 * Measures `rounds` cold starts of each variant against a loopback CloudBase, interleaved, so that what else the machine does
 * falls on all of them alike. Rejects when a start does not ack.
 */
export async function benchColdStart(rounds = 15): Promise<ColdStartFigures> {
  const dir = newBundleFolder('cold-start');
  const cloud = await startLoopbackCloudBase();
  for (const name of Object.keys(SCHEMA)) cloud.database.createCollection(name);
  const samples = new Map(VARIANTS.map((variant) => [variant, new Array<Sample>()]));
  try {
    await buildVariants(dir);
    // The first round fills the page cache and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      for (const [variant, taken] of samples) {
        const sample = await firstAck(cloud, join(dir, `${variant}.js`), `${variant}${round}`);
        if (round > 0) taken.push(sample);
      }
    }
    const starts = [...samples].map(([variant, taken]) => ({
      variant,
      median: median(taken.map(({ ms }) => ms)),
      fastest: Math.min(...taken.map(({ ms }) => ms)),
      slowest: Math.max(...taken.map(({ ms }) => ms)),
      rssMb: median(taken.map(({ rssMb }) => rssMb)),
      kilobytes: statSync(join(dir, `${variant}.js`)).size / 1024,
    }));
    const of = (wanted: ColdStart['variant']): number =>
      starts.find(({ variant }) => variant === wanted)?.median ?? Number.NaN;
    return { rounds, starts, ratio: of('ours') / of('unbundled') };
  } finally {
    await cloud.stop();
    rmSync(dir, { recursive: true });
  }
}

async function buildVariants(dir: string): Promise<void> {
  const config = readConfig({ merchants: [{ subMchId: '1900000109' }], log: { level: 'silent' } });
  const entry = 'functions/payCallback/index.ts';
  const sdk = ['wx-server-sdk', '@cloudbase/node-sdk'];
  writeFileSync(join(dir, 'bare.js'), 'exports.main = async () => ({ errcode: 0 });\n');
  await bundleFunction({ entry, outfile: join(dir, 'ours.js'), config, callback: true });
  await bundleFunction({ entry, outfile: join(dir, 'unbundled.js'), config, callback: true, external: sdk });
}

/** Starts one process, hands it a notification nobody has sent before, and waits for its ack. */
async function firstAck(cloud: LoopbackCloudBase, bundle: string, id: string): Promise<Sample> {
  const env = {
    ...functionEnvironment(cloud),
    ...eventEnvironment({ source: 'wx_paycallback', apiToken: null }),
    NODE_PATH: join(ROOT, 'node_modules'),
  };
  const event = JSON.stringify({ ...NOTIFICATION, outTradeNo: id, transactionId: `4200${id}` });
  const started = performance.now();
  const args = [join(__dirname, 'cold-start', 'first-ack.cjs'), bundle, event];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let ms = Number.NaN;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (Number.isNaN(ms) && text.includes('first ack')) ms = performance.now() - started;
  });
  await once(child, 'close');
  const said: unknown = JSON.parse(text.slice(text.indexOf('{')) || '{}');
  const answer = isRecord(said) ? said['answer'] : undefined;
  const rssMb = isRecord(said) ? said['rssMb'] : undefined;
  if (!isRecord(answer) || answer['errcode'] !== 0 || typeof rssMb !== 'number') {
    throw new Error(`a cold start did not ack: ${text.slice(0, 500)}`);
  }
  return { ms, rssMb };
}

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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
