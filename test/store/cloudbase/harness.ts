import cloud from 'wx-server-sdk';
import { modify, type Cloud } from '../../../lib/store/cloudbase/base/database';
import { SCHEMA } from '../../../lib/store/cloudbase/schema';
import { openCloudBaseStore } from '../../../lib/store/cloudbase/store';
import type { StoreError } from '../../../lib/store/errors';
import type { Store } from '../../../lib/store/port';
import { limitedDatabase } from '../../../lib/store/cloudbase/base/connections';
import type { Instant } from '../../../lib/values/instant';
import { instant, later } from '../../../lib/values/instant';
import { isRecord } from '../../../lib/values/json';
import type { RequestMatch } from '../../cloudbase/request-log';
import { useFunctionEnvironment } from '../../cloudbase/function-environment';
import {
  startLoopbackCloudBase,
  type LoopbackCloudBase,
  type LoopbackOptions,
} from '../../cloudbase/gateway';
import { behind } from '../behind';
import { claimAt, order, paidBy, recordRange, settlement, START } from '../builders';
import type { SettleStep, StoreHarness } from '../harness';

/**
 * A harness for the CloudBase adapter: its store calls a loopback CloudBase through the real SDK.
 */
export interface CloudBaseHarness extends StoreHarness {
  readonly gateway: LoopbackCloudBase;
  secondHandle(): Store;
  readonly otherNow: () => Instant;
  /** What the store reported so far: problems that no method rejected with. */
  readonly reported: readonly StoreError[];
  /**
   * Another SDK instance on the same environment, like that of another function instance, with its
   * time-out in ms.
   */
  readonly newCloud: (timeout?: number) => Cloud;
}

const INTERRUPTIONS: Readonly<Record<SettleStep, RequestMatch>> = {
  order: { action: 'database.modifyDocument', collection: 'wxpay_orders' },
  // Made or changed: nothing reads it before.
  refund: { collection: 'wxpay_refunds' },
  discrepancy: { action: 'database.insertDocument', collection: 'wxpay_discrepancies' },
  message: { action: 'database.modifyDocument', collection: 'wxpay_inbox' },
};

/**
 * Starts an empty loopback CloudBase with the adapter's collections. Closing it fails if the SDK
 * was used wrongly.
 */
export async function openCloudBaseHarness(options: LoopbackOptions = {}): Promise<CloudBaseHarness> {
  const capped = virtualTime();
  const gateway = await startLoopbackCloudBase({ clock: capped.clock, ...options });
  const restoreEnvironment = useFunctionEnvironment(gateway);
  for (const name of Object.keys(SCHEMA)) gateway.database.createCollection(name);
  const reported: StoreError[] = [];
  const newCloud = (timeout = 25_000): Cloud => {
    const cloud = newInstance(gateway, timeout);
    const { connections, requestsPerSecond } = options.limits ?? {};
    if (connections === undefined && requestsPerSecond === undefined) return cloud;
    // As a function opens it, whose requests are refused and repeated.
    const database = limitedDatabase(cloud.database(), {
      ...{ share: AMPLE, patienceMs: AMPLE, longestPauseMs: 400, waitMs: AMPLE, random: () => 1 },
      ...capped,
    });
    return { database: () => database };
  };
  const newStore = () => {
    const store = openCloudBaseStore(newCloud(), (problem) => reported.push(problem));
    const isBehind = gateway.limits.readLagMs === Infinity;
    return isBehind ? behind(store, () => gateway.database.catchUp()) : store;
  };
  let now = START;

  return {
    gateway,
    reported,
    newCloud,
    store: newStore(),
    secondHandle: newStore,
    now: () => now,
    otherNow: () => later(now, options.limits?.clockAheadMs ?? 0),
    advance(ms) {
      now = later(now, ms);
    },
    async rewriteKind(key, kind) {
      const query = newCloud().database().collection('wxpay_inbox').where({ _id: key });
      expect(await modify('wxpay_inbox', query, { 'content.kind': kind })).toBe(1);
    },
    async rewriteHistory(of, number, history) {
      const name = (
        {
          order: 'wxpay_orders',
          refund: 'wxpay_refunds',
          message: 'wxpay_inbox',
          run: 'wxpay_statement_runs',
        } as const
      )[of];
      const database = newCloud().database();
      const query = database.collection(name).where({ _id: number });
      const lines = history === 'broken' ? [{ path: 'rumour' }] : [];
      expect(await modify(name, query, { history: database.command.set(lines) })).toBe(1);
    },
    async makeUnreadable(of, itemName) {
      const [name, id, field] = (
        {
          entry: ['wxpay_audit', itemName, 'who'],
          figures: ['wxpay_figures', itemName, 'figures'],
          alarm: ['wxpay_alarms', `alarm:${itemName}`, 'level'],
          signal: ['wxpay_alarms', `signal:${itemName}`, 'detail'],
        } as const
      )[of];
      const query = newCloud().database().collection(name).where({ _id: id });
      expect(await modify(name, query, { [field]: false })).toBe(1);
    },
    interruptSettleAfter(step) {
      gateway.faults.add({ match: INTERRUPTIONS[step], effect: { kind: 'cutAfter' } });
    },
    async close() {
      await gateway.stop();
      restoreEnvironment();
      expect(gateway.protocolErrors).toEqual([]);
    },
  };
}

/** Where neither time nor connections are what a case is about. */
const AMPLE = 1_000_000;

const LONGEST_PAUSE_MS = 1_000;

/** Time that passes by pauses only, and then at once. */
function virtualTime() {
  let now = Date.now();
  return {
    clock: { now: () => instant(now) },
    timers: {
      after(ms: number, then: () => void) {
        // No wait for a connection takes too long: each is given back.
        if (ms > LONGEST_PAUSE_MS) return () => undefined;
        now += ms;
        setImmediate(then);
        return () => undefined;
      },
    },
  };
}

/** Runs a case on a harness of its own, and closes it whatever comes of the case. */
export function onCloudBase(
  run: (harness: CloudBaseHarness) => Promise<void>,
  options: LoopbackOptions = {},
): () => Promise<void> {
  return async () => {
    const harness = await openCloudBaseHarness(options);
    try {
      await run(harness);
    } finally {
      await harness.close();
    }
  };
}

/** Another SDK instance on a gateway. `createNewInstance` is missing from the SDK's types. */
export function newInstance(
  { envId, url }: Pick<LoopbackCloudBase, 'envId' | 'url'>,
  timeout: number,
): Cloud {
  const make: unknown = Reflect.get(cloud, 'createNewInstance');
  if (typeof make !== 'function') throw new TypeError('this SDK has no createNewInstance');
  const instance: unknown = Reflect.apply(make, cloud, [{ env: envId, serviceUrl: url, timeout }]);
  if (!isCloud(instance)) throw new TypeError('this SDK instance has no database');
  return instance;
}

function isCloud(value: unknown): value is Cloud {
  return isRecord(value) && typeof value['database'] === 'function';
}

/** Claims messages `from` to `to - 1` and prepares, for each, what makes its order paid. */
export async function claimedPayments(harness: CloudBaseHarness, from: number, to: number) {
  const { store, now } = harness;
  const messages = await recordRange(store, from, to);
  for (let n = from; n < to; n += 1) await store.orders.create(order(n));
  const request = claimAt(now());
  await store.inbox.claim(request);
  const batch = messages.map((one, i) =>
    settlement(one, undefined, { change: paidBy(order(from + i), one, now()) }),
  );
  return { token: request.token, batch };
}

/** How many requests a piece of work costs. */
export async function requestsOf(
  { gateway }: CloudBaseHarness,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = gateway.countRequests();
  await work();
  return gateway.countRequests() - before;
}
