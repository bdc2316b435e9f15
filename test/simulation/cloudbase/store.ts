import { limitedDatabase } from '../../../lib/store/cloudbase/base/connections';
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

/** What a machine has of a platform without a limit. */
const UNSHARED = 20;

/**
 * The CloudBase adapter of a machine, each of whose requests goes over a wire of its own. Only the
 * SDK is left out: what it would send is answered by the loopback's database in the history's time.
 */
export function cloudBaseStore(
  world: World,
  wires: Wires,
  platform: Platform,
  { machineOf, clock }: { readonly machineOf: () => Machine; readonly clock: Clock },
): Store {
  const { scheduler, random, plan } = world;
  const { connections } = platform.plan;
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
  const db = limitedDatabase(ours, {
    // Half of the connections for workers, as `lib/config` shares them out, and at least one.
    share: Number.isFinite(connections)
      ? Math.max(1, Math.floor(connections / 2 / plan.machines.length))
      : UNSHARED,
    patienceMs: PATIENCE_MS,
    waitMs: WAIT_MS,
    clock,
    timers: { after: (ms, then) => scheduler.after(ms, machineOf().group, then) },
    random: () => random.next(),
  });
  return openCloudBaseStore(
    { database: () => db },
    (problem) => {
      world.note(() => `${machineOf().group.name} · ${problem.message}`);
    },
    () => random.next(),
  );
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
