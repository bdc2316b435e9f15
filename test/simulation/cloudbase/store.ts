import { countUnverified, record } from '../../../lib/store/cloudbase/inbox/record';
import type { Database } from '../../../lib/store/cloudbase/base/database';
import { limitedDatabase, type ConnectionSettings } from '../../../lib/store/cloudbase/base/connections';
import { openCloudBaseStore } from '../../../lib/store/cloudbase/store';
import type { Store } from '../../../lib/store/port';
import type { Clock } from '../../../lib/values/instant';
import { CloudBaseError } from '../../cloudbase/errors';
import type { Scheduler } from '../scheduler';
import { overWire, type Wires } from '../world/wire';
import type { Machine, World } from '../world/world';
import { answerTo } from './answers';
import { noAnswer, shownBySdk } from './errors';
import type { Platform } from './platform';
import { databaseOver, type DatabaseRequest } from './requests';

/** As a function of the cloud has them: `lib/hosting/cloud/sdk.ts`. */
const PATIENCE_MS = 1_500;
const WAIT_MS = 10_000;
const LONGEST_PAUSE_MS = 400;
const CALLBACK_PAUSE_MS = 100;

/** What a machine has of a platform without a limit. */
const UNSHARED = 20;

/** What a callback has, and of its ack's time: `lib/hosting/cloud/receive-deps.ts`. */
const OF_A_CALLBACK = 4;
const SDK_SHARE = 0.8;

/** Whose requests they are, and by which clock. */
interface Requesting {
  readonly machineOf: () => Machine;
  readonly clock: Clock;
}

/**
 * The CloudBase adapter of a machine, each of whose requests goes over a wire of its own. Only the
 * SDK is left out: what it would send is answered by the loopback's database in the history's time.
 */
export function cloudBaseStore(
  world: World,
  wires: Wires,
  platform: Platform,
  requesting: Requesting,
): Store {
  const { random, plan } = world;
  const { connections } = platform.plan;
  const db = databaseWith(world, wires, platform, requesting, {
    // Half of the connections for workers, as `lib/config` shares them out, and at least one.
    share: Number.isFinite(connections)
      ? Math.max(1, Math.floor(connections / 2 / plan.machines.length))
      : UNSHARED,
    patienceMs: PATIENCE_MS,
    waitMs: WAIT_MS,
    longestPauseMs: LONGEST_PAUSE_MS,
  });
  return openCloudBaseStore(
    { database: () => db },
    (problem) => {
      world.note(() => `${requesting.machineOf().group.name} · ${problem.message}`);
    },
    () => random.next(),
  );
}

/**
 * What a callback has of the store. Each notification is an instance's own, as the platform starts
 * one for each at a time: no worker's connections, and the patience of its ack.
 */
export function callbackStore(
  world: World,
  wires: Wires,
  platform: Platform,
  requesting: Requesting & { readonly ackBudgetMs: number },
): Pick<Store['inbox'], 'record' | 'countUnverified'> {
  const patienceMs = Math.floor(requesting.ackBudgetMs * SDK_SHARE);
  const limits = {
    share: OF_A_CALLBACK,
    patienceMs,
    waitMs: patienceMs,
    longestPauseMs: CALLBACK_PAUSE_MS,
  };
  const instance = (): Database => databaseWith(world, wires, platform, requesting, limits);
  return {
    record: (message) => record(instance(), message),
    countUnverified: (naming) => countUnverified(instance(), naming),
  };
}

function databaseWith(
  world: World,
  wires: Wires,
  platform: Platform,
  { machineOf, clock }: Requesting,
  limits: Pick<ConnectionSettings, 'share' | 'patienceMs' | 'waitMs' | 'longestPauseMs'>,
): Database {
  const { scheduler, random } = world;
  const ours = databaseOver((request) => {
    const machine = machineOf();
    const name = nameOf(request);
    return overWire(world, wires, machine, {
      name,
      take: (done, refused) => {
        const look = (): void => {
          platform.mirror(request.collection);
          world.watch.effect(machine, name);
        };
        platform.traffic
          .pass(async () => {
            await pause(scheduler, random.int(1, 8));
            return answerTo(platform, request, { look, random, pause: (ms) => pause(scheduler, ms) });
          })
          .then(done, (error: unknown) => {
            if (error instanceof CloudBaseError) refused(shownBySdk(error));
            else scheduler.fail(error);
          });
      },
      lost: () => noAnswer(random.chance(0.5)),
    });
  });
  return limitedDatabase(ours, {
    ...limits,
    clock,
    timers: { after: (ms, then) => scheduler.after(ms, machineOf().group, then) },
    random: () => random.next(),
  });
}

function pause(scheduler: Scheduler, ms: number): Promise<void> {
  return new Promise((resolve) => {
    scheduler.after(ms, null, resolve);
  });
}

/** Two updates have the names that the rules know them by. */
function nameOf(request: DatabaseRequest): string {
  const name = `${request.collection} ${request.action}`;
  if (request.action !== 'update' || request.collection !== 'wxpay_orders') return name;
  const set = request.change['$set'] ?? {};
  if (typeof set['fulfilment.begunAt'] === 'number') return 'orders.beginFulfilment';
  return typeof set['fulfilment.leaseToken'] === 'string' ? 'orders.claimFulfilments' : name;
}
