import { randomBytes, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { quotaOfUnverified } from '../lib/inbox/quota';
import type { ReceiveDeps } from '../lib/inbox/receive';
import { CALLBACK_ERRCODE } from '../lib/inbox/receive';
import type { OpsDeps } from '../lib/ops/deps';
import type { Config } from '../lib/config/config-schema';
import type { FunctionName, WorkerName } from '../lib/config/jobs';
import { FUNCTION_NAMES, FUNCTIONS, isFunctionName, WORKER_NAMES } from '../lib/config/jobs';
import { errorText } from '../lib/runtime/error-text';
import type { Log } from '../lib/runtime/log';
import type { Environment } from '../lib/robots/targets';
import { openTargets } from '../lib/robots/targets';
import { opsDeps } from '../lib/hosting/ops-deps';
import type { FunctionHandler, MerchantPorts } from '../lib/hosting/ports';
import { systemTimers } from '../lib/runtime/timers';
import { leaseToken } from '../lib/model/lease';
import type { Inbox } from '../lib/store/port';
import type { SqliteStore } from '../lib/store/sqlite/open';
import { NOBODY } from '../lib/model/principal';
import { isPayerId } from '../lib/values/ids';
import type { Clock } from '../lib/values/instant';
import { recordOf } from '../lib/values/record-of';
import { createCloudPay } from '../lib/wechat/cloudpay/adapter';
import type { PayTransport } from '../lib/wechat/cloudpay/transport';
import type { Simulator } from '../simulator/simulator';
import { createSimulator } from '../simulator/simulator';
import { openData } from './data';
import { keepLowWaterMark } from './low-water';
import type { ReadinessCheck } from './readiness';
import { openReadiness } from './readiness';
import { watchReadiness } from './readiness-alarm';
import { examineServer } from './examine';
import { observedLog } from './observed-log';
import { createMetrics, type Metrics, type NotificationResult } from './metrics';
import { SERVED_FUNCTIONS, SERVED_WORKERS } from './registry';
import type { Workers } from './workers';
import { startBeijingTimer, startWorkers } from './workers';

/** The whole running system. */
export interface System {
  readonly functions: Readonly<Record<FunctionName, FunctionHandler>>;
  readonly workers: Workers;
  readonly simulator: Simulator;
  readonly store: SqliteStore;
  readonly config: Config;
  readonly metrics: Metrics;
  /** What the operator API needs. */
  readonly opsDeps: OpsDeps;
  /** Whether a notification could be made durable. */
  readonly readiness: ReadinessCheck;
  /** Lets running work finish or be returned, then closes the files. */
  stop(): Promise<void>;
}

/** Parts of the system that a test may choose. */
export interface SystemParts {
  readonly config: Config;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the addresses of alarm targets come from. */
  readonly env: Environment;
}

/**
 * The one place that chooses adapters for this runtime: SQLite as the store and, for WeChat Pay,
 * the simulator behind the same adapter that reads real answers. Throws `StoreError` when the data
 * cannot be opened.
 */
export function composeSystem({ config, dataDir, clock, log: written, env }: SystemParts): System {
  const writer = availableParallelism() > 1 ? 'thread' : 'here';
  const data = openData(dataDir, writer, clock.now());
  const { store, journal, archive, merchantDb } = data;
  const metrics = createMetrics(store, clock, config.watchdog);
  const log = observedLog(written, metrics.logged);
  const simulator = createSimulator({
    clock,
    schedule: (delayMs, run) => systemTimers.after(delayMs, run),
    deliver: async (notification, { source, functionName }) => {
      const answer = await deliver(notification, source, functionName);
      const { outTradeNo } = notification;
      log.info('simulator_delivery', { outTradeNo: null, simulatedOrder: outTradeNo, source });
      return answer;
    },
    journal,
    speed: config.simulator.speed,
    random: Math.random,
  });

  const ports: MerchantPorts = {
    store,
    wechat: createCloudPay(simulatedTransport(simulator), {
      envId: 'this-machine',
      payFunction: 'payCallback',
      refundFunction: 'refundCallback',
      nonce: () => randomBytes(16).toString('hex'),
    }),
    archive,
    merchantDb,
    clock,
    timers: systemTimers,
    random: Math.random,
    newToken: () => leaseToken(randomUUID()),
    log,
    config,
  };
  const examine = () => examineServer({ store, config, dataDir, file: data.names.database, clock, env });
  const readiness = openReadiness({
    probe: store,
    timers: systemTimers,
    boundMs: config.inbox.ackBudgetMs,
    elapsed: () => performance.now(),
  });
  const mark = keepLowWaterMark({
    file: data.names.mark,
    standings: store.standings,
    timers: systemTimers,
    log,
  });
  const targets = openTargets(config.watchdog.targets, env, ports);
  const { speech } = config.watchdog;
  const alarm = watchReadiness({
    check: () => readiness.check(),
    targets,
    speech,
    clock,
    timers: systemTimers,
    elapsed: () => performance.now(),
    log,
  });
  const workerHost = { ports, lanes: writer === 'thread' ? 2 : 1, targets };
  const workers = startWorkers({
    handlers: recordOf(WORKER_NAMES, (name) => SERVED_WORKERS[name](workerHost)),
    config,
    clock,
    log,
    observe: (worker, report, seconds) => {
      metrics.workerRan(worker, report !== null, seconds);
      if (worker === 'processInbox' && changedSomething(report)) workers.wake('fulfillOrders');
    },
    startTimer: startBeijingTimer,
  });

  const stored: Inbox['record'] = async (message) => {
    try {
      readiness.refuseLostFiles();
      return await store.inbox.record(message);
    } catch (error) {
      readiness.doubt();
      throw error;
    }
  };
  /**
   * For the callback, which leaves its message to a worker. All other code that records also
   * processes.
   */
  const recordAndWake: Inbox['record'] = async (message) => {
    const recorded = await stored(message);
    metrics.notified(recorded);
    if (recorded === 'stored') workers.wake('processInbox');
    return recorded;
  };
  const receiveDeps: ReceiveDeps = {
    record: recordAndWake,
    clock,
    timers: systemTimers,
    log,
    ackBudgetMs: config.inbox.ackBudgetMs,
    admitUnverified: quotaOfUnverified({
      countUnverified: (naming) => store.inbox.countUnverified(naming),
      clock,
      log,
      megabytes: config.inbox.unverifiedMegabytes,
      merchants: config.merchants.map(({ subMchId }) => subMchId),
    }),
  };
  const functionHost = { ports, receiveDeps, examine };
  const functions = recordOf(FUNCTION_NAMES, (name): FunctionHandler => {
    const { open, wakes } = SERVED_FUNCTIONS[name];
    const handler = open(functionHost);
    if (FUNCTIONS[name].calledBy === 'wechat_pay') return timed(metrics, handler);
    return wakes === undefined ? handler : waking(handler, wakes);
  });
  function waking(handler: FunctionHandler, worker: WorkerName): FunctionHandler {
    return async (event, caller) => {
      const reply = await handler(event, caller);
      workers.wake(worker);
      return reply;
    };
  }
  async function deliver(notification: object, source: string, functionName: string): Promise<unknown> {
    if (!isFunctionName(functionName) || FUNCTIONS[functionName].calledBy !== 'wechat_pay') {
      throw new TypeError(`${functionName} is not a callback function`);
    }
    const handler = functions[functionName];
    const openId: unknown = Reflect.get(notification, 'subOpenid');
    const reply = await handler(notification, {
      payer: isPayerId(openId) ? openId : null,
      source,
      ip: '127.0.0.1',
      by: NOBODY,
    });
    metrics.simulatorDelivered();
    return reply;
  }

  // Work that a crash left behind is due already.
  workers.wake('processInbox');
  workers.wake('fulfillOrders');

  return {
    functions,
    workers,
    simulator,
    store,
    config,
    metrics,
    readiness,
    opsDeps: opsDeps(ports, examine),
    async stop() {
      simulator.stop();
      alarm.stop();
      await workers.stop();
      await mark.stop();
      data.close();
    },
  };
}

function simulatedTransport(simulator: Simulator): PayTransport {
  return async (apiName, request) => {
    try {
      const { body } = await simulator.payApi(apiName, request);
      return { kind: 'body', bytes: Buffer.from(body) };
    } catch (error) {
      // A test lost the answer on purpose, or the simulator was stopped meanwhile: there is none.
      return { kind: 'failure', failure: { kind: 'transport', message: errorText(error) } };
    }
  };
}

const NOT_ACKED: ReadonlyMap<unknown, NotificationResult> = new Map([
  [CALLBACK_ERRCODE.REFUSED, 'refused'],
  [CALLBACK_ERRCODE.UNREADABLE, 'unreadable'],
  [CALLBACK_ERRCODE.TOO_LARGE, 'too_large'],
  [CALLBACK_ERRCODE.OVER_QUOTA, 'over_quota'],
  [CALLBACK_ERRCODE.NOT_STORED, 'not_stored'],
]);

/** Times the callback's answers and counts those without an ack, from any caller. */
function timed(metrics: Metrics, handler: FunctionHandler): FunctionHandler {
  return async (event, caller) => {
    const begun = performance.now();
    const reply = await handler(event, caller);
    metrics.answered((performance.now() - begun + (caller.waitedMs ?? 0)) / 1000);
    const result = 'errcode' in reply ? NOT_ACKED.get(reply.errcode) : undefined;
    if (result !== undefined) metrics.notified(result);
    return reply;
  };
}

function changedSomething(report: object | null): boolean {
  return report !== null && 'applied' in report && typeof report.applied === 'number' && report.applied > 0;
}
