import cloud from 'wx-server-sdk';
import type { Cloud } from '../../lib/store/cloudbase/database';
import { SCHEMA } from '../../lib/store/cloudbase/schema';
import { openCloudBaseStore } from '../../lib/store/cloudbase/store';
import type { StoreError } from '../../lib/store/errors';
import { later } from '../../lib/values/instant';
import { isRecord } from '../../lib/values/json';
import { useFunctionEnvironment } from '../cloudbase/function-environment';
import { startLoopbackCloudBase, type LoopbackCloudBase, type LoopbackOptions } from '../cloudbase/gateway';
import { START } from './builders';
import type { SettleStep, StoreHarness } from './harness';

/** A harness around the CloudBase adapter: its store speaks through the real SDK to a loopback CloudBase. */
export interface CloudBaseHarness extends StoreHarness {
  readonly gateway: LoopbackCloudBase;
  /** What the store reported so far: problems that no method rejected with. */
  readonly reported: readonly StoreError[];
  /** Another SDK instance on the same environment, as another function instance has it. */
  newCloud(): Cloud;
}

const INTERRUPTIONS: Readonly<Record<SettleStep, { readonly action: string; readonly collection: string }>> =
  {
    order: { action: 'database.modifyDocument', collection: 'wxpay_orders' },
    discrepancy: { action: 'database.insertDocument', collection: 'wxpay_discrepancies' },
    message: { action: 'database.modifyDocument', collection: 'wxpay_inbox' },
  };

/** Starts an empty loopback CloudBase with the adapter's collections. Closing it fails if the SDK was used wrongly. */
export async function openCloudBaseHarness(options: LoopbackOptions = {}): Promise<CloudBaseHarness> {
  const gateway = await startLoopbackCloudBase(options);
  const restoreEnvironment = useFunctionEnvironment(gateway);
  for (const name of Object.keys(SCHEMA)) gateway.database.createCollection(name);
  const reported: StoreError[] = [];
  const newCloud = (): Cloud => newInstance(gateway);
  const newStore = () => openCloudBaseStore(newCloud(), (problem) => reported.push(problem));
  let now = START;

  return {
    gateway,
    reported,
    newCloud,
    store: newStore(),
    secondHandle: newStore,
    now: () => now,
    advance(ms) {
      now = later(now, ms);
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

/** `createNewInstance` is missing from the SDK's types. */
function newInstance({ envId, url }: LoopbackCloudBase): Cloud {
  const make: unknown = Reflect.get(cloud, 'createNewInstance');
  if (typeof make !== 'function') throw new TypeError('this SDK has no createNewInstance');
  const instance: unknown = Reflect.apply(make, cloud, [{ env: envId, serviceUrl: url, timeout: 5_000 }]);
  if (!isCloud(instance)) throw new TypeError('this SDK instance has no database');
  return instance;
}

function isCloud(value: unknown): value is Cloud {
  return isRecord(value) && typeof value['database'] === 'function';
}
