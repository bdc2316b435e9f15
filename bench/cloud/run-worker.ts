import { performance } from 'node:perf_hooks';
import { readConfig } from '../../lib/config/config';
import { processInbox } from '../../lib/inbox/process';
import { leaseToken } from '../../lib/model/lease';
import { fulfilDue } from '../../lib/orders/fulfil';
import { budgetOf } from '../../lib/runtime/budget';
import { pinoLog } from '../../lib/runtime/pino-log';
import { systemTimers } from '../../lib/runtime/timers';
import { limitedDatabase } from '../../lib/store/cloudbase/base/connections';
import { openCloudBaseStore } from '../../lib/store/cloudbase/store';
import { instant } from '../../lib/values/instant';
import { isRecord } from '../../lib/values/json';
import { useFunctionEnvironment } from '../../test/cloudbase/function-environment';
import { MERCHANT, START } from '../../test/store/builders';
import { newInstance } from '../../test/store/cloudbase/harness';

/**
 * One instance of a worker's function: an SDK, a share of the connections and a process of its own.
 * Runs the worker once for each message from the bench and reports what it did. Arguments: address
 * and id of the environment, how many connections it has.
 */

/** As in `workers/processInbox/worker.ts`. */
const LANES = 3;

const begun = performance.now();
const clock = { now: () => instant(START + 60_000 + Math.round(performance.now() - begun)) };
const sayNothing = async () => ({ kind: 'unknown', reason: 'transport', detail: '' }) as const;
const [url = '', envId = '', connections = ''] = process.argv.slice(2);
const config = readConfig({
  merchants: [{ subMchId: MERCHANT }],
  store: { connections: Number(connections) },
});
let problems = 0;

async function runOnce(worker: 'processInbox' | 'fulfillOrders', hookMs: number): Promise<number> {
  const db = limitedDatabase(newInstance({ url, envId }, 8_000).database(), {
    share: config.shares[worker].connections,
    patienceMs: 1_500,
    longestPauseMs: 400,
    waitMs: 10_000,
    clock,
    timers: systemTimers,
    random: Math.random,
  });
  const deps = {
    store: openCloudBaseStore({ database: () => db }, () => {
      problems += 1;
    }),
    wechat: { queryOrder: sayNothing, queryRefund: sayNothing },
    timers: systemTimers,
    clock,
    random: Math.random,
    newToken: () => leaseToken(crypto.randomUUID()),
    log: pinoLog('silent'),
  };
  const budget = budgetOf(clock, 58_500);
  if (worker === 'processInbox') {
    const inbox = { ...deps, settings: config.inbox, believedOnly: true, lanes: LANES };
    const { applied, failed, leaseLost } = await processInbox(inbox, budget);
    problems += failed + leaseLost;
    return applied;
  }
  const fulfil = () => new Promise<undefined>((resolve) => setTimeout(resolve, hookMs, undefined));
  const { done, failed, leaseLost } = await fulfilDue(
    { ...deps, fulfil, settings: config.fulfilment },
    budget,
  );
  problems += failed + leaseLost;
  return done;
}

function main(): void {
  useFunctionEnvironment({ url, envId });
  process.on('message', (message) => {
    const { worker, hookMs } = isRecord(message) ? message : {};
    const cpu = process.cpuUsage();
    problems = 0;
    const name = worker === 'processInbox' ? worker : 'fulfillOrders';
    void runOnce(name, Number(hookMs)).then((done) => {
      const { user, system } = process.cpuUsage(cpu);
      process.send?.({ done, problems, cpuMs: (user + system) / 1_000 });
    });
  });
  process.send?.({ ready: true });
}

main();
