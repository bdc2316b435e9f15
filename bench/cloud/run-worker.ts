import { performance } from 'node:perf_hooks';
import { processInbox } from '../../lib/inbox/process';
import { leaseToken } from '../../lib/model/lease';
import { fulfillOrders } from '../../lib/orders/fulfil';
import { budgetOf } from '../../lib/runtime/budget';
import { pinoLog } from '../../lib/runtime/pino-log';
import { systemTimers } from '../../lib/runtime/timers';
import { openCloudBaseStore } from '../../lib/store/cloudbase/store';
import { instant } from '../../lib/values/instant';
import { readConfig } from '../../lib/config/config';
import { useFunctionEnvironment } from '../../test/cloudbase/function-environment';
import { newInstance } from '../../test/store/cloudbase-harness';
import { MERCHANT, START } from '../../test/store/builders';

/**
 * One instance of a worker's function: an SDK and a process of its own. Runs the worker once for
 * each message from the bench, and reports what it did. Arguments: address and id of the
 * environment.
 */

const begun = performance.now();
const clock = { now: () => instant(START + 60_000 + Math.round(performance.now() - begun)) };
const sayNothing = async () => ({ kind: 'unknown', reason: 'transport', detail: '' }) as const;

async function runOnce(worker: string, hookMs: number): Promise<number> {
  const [url = '', envId = ''] = process.argv.slice(2);
  const config = readConfig({ merchants: [{ subMchId: MERCHANT }] });
  const store = openCloudBaseStore(newInstance({ url, envId }, 8_000), (problem) => {
    process.send?.({ problem: problem.message });
  });
  const deps = {
    store,
    wechat: { queryOrder: sayNothing, queryRefund: sayNothing },
    timers: systemTimers,
    clock,
    random: Math.random,
    newToken: () => leaseToken(crypto.randomUUID()),
    log: pinoLog('silent'),
  };
  const budget = budgetOf(clock, 58_500);
  if (worker === 'processInbox') {
    return (await processInbox({ ...deps, settings: config.inbox, believedOnly: true }, budget)).applied;
  }
  const fulfil = () => new Promise<undefined>((resolve) => setTimeout(resolve, hookMs, undefined));
  return (await fulfillOrders({ ...deps, fulfil, settings: config.fulfilment }, budget)).done;
}

function main(): void {
  const [url = '', envId = ''] = process.argv.slice(2);
  useFunctionEnvironment({ url, envId });
  process.on('message', (message: { worker: string; hookMs: number }) => {
    const cpu = process.cpuUsage();
    void runOnce(message.worker, message.hookMs).then((done) => {
      const { user, system } = process.cpuUsage(cpu);
      process.send?.({ done, cpuMs: (user + system) / 1000 });
    });
  });
  process.send?.({ ready: true });
}

main();
