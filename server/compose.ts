import type { Config } from '../lib/config/config-schema';
import { WORKER_NAMES } from '../lib/config/jobs';
import { opsDeps } from '../lib/hosting/ops-deps';
import { v3Signers, V3_OUTCOMES } from '../lib/inbox/v3/receive-v3';
import { merchantFulfil } from '../lib/hosting/merchant/fulfil';
import type { OpsDeps } from '../lib/ops/deps';
import type { Environment } from '../lib/robots/targets';
import { openTargets } from '../lib/robots/targets';
import type { Person } from '../lib/model/operators/principal';
import type { MoneyMode } from '../lib/model/money-mode';
import type { Log } from '../lib/runtime/log';
import type { Store } from '../lib/store/port';
import type { Probe } from '../lib/store/probe';
import type { Clock } from '../lib/values/instant';
import { recordOf } from '../lib/values/record-of';
import { readWebhookSecrets } from '../lib/webhook/secrets';
import { openWebhook } from '../lib/webhook/webhook';
import type { Simulator } from '../simulator/simulator';
import { examineServer } from './health/examine';
import { callbackAt } from './door/callback-address';
import { realCloudRun } from './money/cloud-run';
import type { Intake } from './door/intake';
import { openIntake } from './door/intake';
import { environmentKeys } from './money/keys';
import { createMetrics, type Metrics } from './health/metrics';
import { observedLog } from './health/observed-log';
import { openOversight } from './health/oversight';
import { serverPorts } from './ports';
import type { ReadinessCheck } from './health/readiness';
import { receivingKeys } from './money/receiving-keys';
import { SERVED_WORKERS } from './registry';
import { deliverTo, serveFunctions, type ServedFunctions } from './served-functions';
import { openSimulatedPay } from './simulated/simulated-pay';
import { openSystemData } from './data/system-data';
import type { RealWeChatPay } from './money/api-v3';
import { realApiV3 } from './money/api-v3';
import { openWeChatPay } from './money/wechat-pay';
import { LAST_FLUSH_MS, openTracing } from './health/tracing';
import type { Workers } from './workers';
import { startBeijingTimer, startWorkers } from './workers';

/** The whole running system. */
export interface System extends Pick<Intake, 'receive' | 'receiveV3'> {
  readonly functions: ServedFunctions;
  readonly workers: Workers;
  readonly money: MoneyMode;
  /** The WeChat Pay that this server plays; null with real money, or where another one plays it. */
  readonly simulator: Simulator | null;
  /** What another server shows to call the WeChat Pay that this one plays; null: it plays none. */
  readonly relaySecret: string | null;
  /** To be called once the server listens: this is its address on this machine. */
  readonly announce: (url: string) => Promise<void>;
  readonly store: Store;
  /** Makes a write as a notification does. */
  readonly probe: Probe;
  readonly config: Config;
  readonly metrics: Metrics;
  /** What the operator API needs. */
  readonly opsDeps: OpsDeps;
  /** Whether a notification could be made durable. */
  readonly readiness: ReadinessCheck;
  /** Lets running work finish or be returned, then closes the files. */
  stop(): Promise<void>;
}

/** A system that plays WeChat Pay. */
export interface SimulatedSystem extends System {
  readonly simulator: Simulator;
}

/** True for a system that plays WeChat Pay. */
export function isSimulated(system: System): system is SimulatedSystem {
  return system.simulator !== null;
}

/** Parts of the system that a test may choose. */
export interface SystemParts {
  readonly config: Config;
  readonly dataDir: string;
  /** The database that several servers share; absent: SQLite in the data folder. */
  readonly databaseUrl?: string;
  /** The database that merchant/ reads; absent: a file in the data folder. */
  readonly merchantDatabaseUrl?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the addresses of alarm targets come from. */
  readonly env: Environment;
  readonly money: MoneyMode;
  /** Everybody who may come in now. */
  readonly people: () => readonly Person[];
  /** The WeChat Pay of real money, where it is another than WeChat's own. */
  readonly realWeChatPay?: RealWeChatPay;
}

/**
 * Puts the parts of this runtime together: data (`system-data.ts`), WeChat Pay (`wechat-pay.ts`),
 * ports (`ports.ts`), workers and functions (`registry.ts`). Rejects with `StoreError` when the
 * data cannot be opened, and with `KeyError` for unusable keys, before it opens any.
 */
export async function composeSystem(parts: SystemParts): Promise<System> {
  const { config, clock, log: written, env, money } = parts;
  const real = money === 'real' ? realApiV3(config, env, parts.realWeChatPay) : null;
  const cloudRun = money === 'real' ? realCloudRun(config, env, parts.realWeChatPay?.cloudRunUrl) : null;
  const secrets = config.fulfilment.webhook === null ? [] : readWebhookSecrets(environmentKeys(env));
  const data = await openSystemData(parts);
  const { store, simulation } = data;
  const metrics = createMetrics(
    store,
    clock,
    config.watchdog,
    config.watchdog.targets.map(({ name }) => name),
    data.counts,
  );
  const log = observedLog(written, metrics.logged);
  const simulated =
    simulation === null
      ? null
      : openSimulatedPay({
          config,
          clock,
          log,
          simulation,
          deliver: (...notification) => deliverTo(functions, metrics)(...notification),
          deliverV3: async ({ path, headers, body }) => {
            const address = callbackAt(path);
            if (address?.kind !== 'v3') return { status: 404 };
            const outcome = await intake.receiveV3({ headers, body, mchId: address.mchId });
            return { status: V3_OUTCOMES[outcome] };
          },
        });
  const simulator = simulated?.simulator ?? null;
  const apiV3 = simulated === null ? real : simulated.apiV3;
  const { wechat, certificatesOf } = openWeChatPay({
    config,
    payApi: simulated?.payApi ?? null,
    apiV3,
    cloudRun,
    shared: store.shared,
    clock,
    log,
  });
  const trace = await openTracing(config, { env, clock, log, count: (...spans) => metrics.spans(...spans) });
  const ports = serverPorts({ data, wechat, clock, log, config, trace });
  const examine = () =>
    examineServer({ data, config, clock, env, realApiV3: real, cloudRun: cloudRun && wechat });
  const targets = openTargets(config.watchdog.targets, env, ports);
  const { readiness, alarm, mark } = openOversight({ data, targets, config, clock, log });

  const { webhook: address, timeoutMs } = config.fulfilment;
  const webhook = address === null ? null : openWebhook({ ...address, timeoutMs, secrets }, ports);
  const merchant = merchantFulfil(ports, { webhook, ownFunction: null });
  const workerHost = { ports, lanes: data.lanes, targets, merchant };
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
  const opsHost = {
    examine,
    people: parts.people,
    targets,
    workers: async () => workers.standings(),
    webhook,
  };
  const stored = (): void => {
    workers.wake('processInbox');
  };
  const signers = apiV3 === null ? [] : v3Signers(config.merchants, receivingKeys(apiV3, certificatesOf));
  const intake = openIntake({ ports, readiness, metrics, signers, stored });
  const functions = serveFunctions(
    { ports, receiveDeps: intake.receiveDeps, receiveV3: intake.receiveV3, opsHost },
    metrics,
    (worker) => {
      workers.wake(worker);
    },
  );

  // Work that a crash left behind is due already.
  workers.wake('processInbox');
  workers.wake('fulfillOrders');

  return {
    functions,
    receive: (event, source, waitedMs) => intake.receive(event, source, waitedMs),
    receiveV3: (delivery, waitedMs) => intake.receiveV3(delivery, waitedMs),
    workers,
    money,
    simulator,
    relaySecret: simulation?.kind === 'here' ? simulation.secret : null,
    announce: async (url) => {
      if (simulation?.kind === 'here') await simulation.announce(url);
    },
    store,
    probe: data.probe,
    config,
    metrics,
    readiness,
    opsDeps: opsDeps(ports, opsHost),
    async stop() {
      simulator?.stop();
      alarm.stop();
      await workers.stop();
      await trace?.flush(LAST_FLUSH_MS);
      await mark.stop();
      await data.close();
    },
  };
}

function changedSomething(report: object | null): boolean {
  return report !== null && 'applied' in report && typeof report.applied === 'number' && report.applied > 0;
}
