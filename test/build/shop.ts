import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../lib/config/config';
import { systemClock } from '../../lib/runtime/system-clock';
import { SCHEMA } from '../../lib/store/cloudbase/schema';
import { isRecord } from '../../lib/values/json';
import type { KeySource } from '../../lib/wechat/v3/keys/key-sources';
import { buildFunctions } from '../../scripts/build/functions';
import type { NotificationEvent } from '../../simulator/notifier';
import { memoryJournal } from '../../simulator/journal';
import { createSimulator, type Simulator } from '../../simulator/simulator';
import type { CallOrigin } from '../cloudbase/function-environment';
import { createFunctionPool, type FunctionPool } from '../cloudbase/function-pool';
import { startLoopbackCloudBase, type LoopbackCloudBase } from '../cloudbase/gateway';
import { builtOnce } from './built-once';

/** A merchant's functions, built from the given settings, in a folder of their own. */
export interface Build {
  readonly bundle: (name: string) => string;
  remove(): void;
}

const SUB_MCH_ID = '1900000109';
const SMALLEST = { merchants: [{ subMchId: SUB_MCH_ID }] };
const FULL_ENV_ID = 'loopback-8gxvz0f70375accc';
/** The OPENID of the shop's only customer. */
export const PAYER = 'oPayerNumberOne';

/** Who starts a function, by the platform's marks. */
export const ORIGINS = {
  payer: { source: 'wx_client', openid: PAYER },
  payCallback: { source: 'wx_paycallback', apiToken: null },
  timer: { source: 'wx_trigger', trigger: 'timer' },
} as const satisfies Record<string, CallOrigin>;

/**
 * Builds functions with the smallest settings and these, and with keys from a source: all of them,
 * or only these names.
 */
export async function buildShop(
  settings: object,
  { only, keys = () => null }: { readonly only?: readonly string[]; readonly keys?: KeySource } = {},
): Promise<Build> {
  const outDir = mkdtempSync(join(tmpdir(), 'wxpay-inbox-build-'));
  const config = readConfig({ ...SMALLEST, ...settings });
  await buildFunctions({ outDir, config, shop: 'test', keys, only: (name) => only?.includes(name) ?? true });
  return { bundle: bundleIn(outDir), remove: () => rmSync(outDir, { recursive: true, force: true }) };
}

/**
 * Every function with the smallest settings: to build them all takes four seconds of processor
 * time.
 */
export async function commonBuild(): Promise<Build['bundle']> {
  const build = (outDir: string) => buildFunctions({ outDir, config: readConfig(SMALLEST), shop: 'test' });
  return bundleIn(await builtOnce('functions', build));
}

function bundleIn(outDir: string): Build['bundle'] {
  return (name) => join(outDir, 'cloudfunctions', name, 'index.js');
}

/** An open shop: its functions in separate processes, CloudBase and WeChat Pay on loopback. */
export interface Shop {
  readonly cloud: LoopbackCloudBase;
  readonly simulator: Simulator;
  /** What WeChat Pay sent and what `payCallback` answered, in the order of the answers. */
  readonly deliveries: readonly { readonly event: NotificationEvent; readonly answer: unknown }[];
  readonly pool: (name: string) => FunctionPool;
  /** Runs a function as its usual caller unless told otherwise. */
  run(name: string, event?: object, origin?: CallOrigin): Promise<unknown>;
  /** Makes an order of 58 yuan and answers its number. */
  order(requestId: string): Promise<string>;
  /** Ends the function's processes and answers everything that those still alive had written. */
  lastWords(name: string): Promise<string>;
  close(): Promise<void>;
}

const FUNCTIONS = ['createOrder', 'queryOrder', 'closeOrder'];

/** Opens a shop with built functions. */
export async function openShop(bundle: Build['bundle']): Promise<Shop> {
  const cloud = await startLoopbackCloudBase({ envId: FULL_ENV_ID });
  for (const name of Object.keys(SCHEMA)) cloud.database.createCollection(name);
  const pools = new Map<string, FunctionPool>();
  const deliveries: { readonly event: NotificationEvent; readonly answer: unknown }[] = [];
  const waiting = new Set<NodeJS.Timeout>();

  const pool = (name: string): FunctionPool => {
    const existing = pools.get(name);
    if (existing) return existing;
    const made = createFunctionPool({
      bundle: bundle(name),
      name,
      gatewayUrl: cloud.url,
      envId: FULL_ENV_ID,
      timeLimitMs: 60_000,
    });
    pools.set(name, made);
    return made;
  };
  const usualOrigin = (name: string): CallOrigin =>
    name === 'payCallback' ? ORIGINS.payCallback : FUNCTIONS.includes(name) ? ORIGINS.payer : ORIGINS.timer;
  const run = (name: string, event: object = {}, origin: CallOrigin = usualOrigin(name)): Promise<unknown> =>
    pool(name).invoke(event, origin);

  const simulator = createSimulator({
    clock: systemClock,
    schedule(delayMs, then) {
      const timer = setTimeout(() => {
        waiting.delete(timer);
        then();
      }, delayMs);
      waiting.add(timer);
      return () => {
        clearTimeout(timer);
        waiting.delete(timer);
      };
    },
    async deliver(event, { source, functionName }) {
      const answer = await run(functionName, event, { source, apiToken: null });
      deliveries.push({ event, answer });
      return answer;
    },
    journal: memoryJournal(),
    speed: 10_000,
    random: Math.random,
  });
  cloud.setPayApi((apiName, request) => simulator.payApi(apiName, request));

  return {
    cloud,
    simulator,
    deliveries,
    pool,
    run,
    async order(requestId) {
      const made = await run('createOrder', { requestId, cart: [{ sku: 'tea', count: 1 }] });
      const outTradeNo = isRecord(made) ? made['outTradeNo'] : undefined;
      if (typeof outTradeNo !== 'string') throw new Error(`no order was made: ${JSON.stringify(made)}`);
      return outTradeNo;
    },
    async lastWords(name) {
      const instances = pool(name).instances();
      await pool(name).stop();
      return instances.map((instance) => instance.output()).join('');
    },
    async close() {
      simulator.stop();
      for (const timer of waiting) clearTimeout(timer);
      await Promise.all([...pools.values()].map((each) => each.stop()));
      await cloud.stop();
    },
  };
}
