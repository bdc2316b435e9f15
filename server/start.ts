import { createServer } from 'node:http';
import type { Config } from '../lib/config/config-schema';
import type { Operator } from '../lib/model/operators/operator';
import { peopleIn } from '../lib/model/operators/operator';
import type { MoneyMode } from '../lib/model/money-mode';
import type { Environment } from '../lib/robots/targets';
import { openSignInLog } from '../lib/ops/people/sign-in-log';
import { operatorsOfTokens } from '../lib/ops/people/tokens';
import type { Log } from '../lib/runtime/log';
import { systemTimers } from '../lib/runtime/timers';
import { systemClock } from '../lib/runtime/system-clock';
import type { Clock } from '../lib/values/instant';
import { code2Session } from '../simulator/login';
import type { LoginExchange } from '../lib/wechat/login';
import { readCode2Session } from '../lib/wechat/login';
import { openAccess, THIS_MACHINE } from './door/access';
import type { AdmissionHooks } from './door/admission';
import { openAdmission } from './door/admission';
import type { Arrivals, LoopHooks } from './door/arrivals';
import { HEARTBEAT_MS, watchArrivals } from './door/arrivals';
import type { RealWeChatPay } from './money/api-v3';
import type { System } from './compose';
import { composeSystem, isSimulated } from './compose';
import { checkCloudRun } from './money/cloud-run';
import { openConsole } from './operators/console';
import type { ConsoleBuild } from './operators/console-place';
import { servedPlace } from './operators/console-place';
import type { Door } from './door/door';
import { openDoor } from './door/door';
import type { Gateways } from './door/gateways';
import { openGateways } from './door/gateways';
import { openIdentity } from './door/identity';
import { openLoginExchange, openLoginTokens, readLoginSecret } from './door/login';
import { isLoopback } from './door/own-page';
import type { ServerSettings } from './settings';
import { checkDatabase, checkForServer, moneyModeOf } from './settings';

/** A running server. */
export interface RunningServer {
  /** Where it listens, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly system: System;
  /** All addresses it answers; `:name` and `*` stand for any text. */
  readonly addresses: readonly string[];
  /** Accepts nothing new, lets running work finish or be returned, then closes the files. */
  stop(): Promise<void>;
}

/** What a server is started with. */
export interface ServerParts {
  readonly config: Config;
  readonly settings: ServerSettings;
  readonly log: Log;
  readonly clock?: Clock;
  /** Where the addresses of alarm targets come from; absent: nowhere. */
  readonly env?: Environment;
  /** How long a request may take to arrive completely, in ms; 10,000. */
  readonly requestTimeoutMs?: number;
  /** Whether money is simulated when config.json does not say; `simulated`. */
  readonly moneyByDefault?: MoneyMode;
  /** The WeChat Pay of real money; WeChat's own hosts over HTTPS. */
  readonly realWeChatPay?: RealWeChatPay;
  /** The named operators now; those of `config`. */
  readonly people?: () => readonly Operator[];
  /** How the console is made; bundled from the checkout. */
  readonly console?: ConsoleBuild;
  /** What is known of the event loop; Node's own. */
  readonly loop?: LoopHooks & AdmissionHooks;
}

/**
 * A request must arrive completely within this, in ms, so that a slow body cannot hold a connection
 * indefinitely.
 */
const REQUEST_TIMEOUT_MS = 10_000;

/** How often that is checked, in ms; Node's own 30 s would allow four times as long. */
const TIMEOUT_CHECK_MS = 1_000;

/**
 * Starts everything and resolves once it listens. Rejects with `ConfigError` for unsupported
 * settings, with `StoreError` when the data cannot be opened, or with the system's error when the
 * address is in use.
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { config, log, settings } = parts;
  const money = moneyModeOf(config, parts.moneyByDefault ?? 'simulated');
  const named = parts.people ?? (() => config.ops.people);
  checkForServer(config, money, settings.opsToken, named());
  checkDatabase(config, settings, money, parts.env ?? {});
  checkCloudRun(config, settings, money, parts.env ?? {});
  const clock = parts.clock ?? systemClock;
  const tokens = operatorsOfTokens({ act: settings.opsToken, read: settings.readToken });
  // `OPS_TOKEN` and `OPS_READ_TOKEN` need a restart to change, as all of the environment does.
  const operators = () => [...named(), ...tokens];
  const isOpen = untilFirstToken(operators);
  const thisMachineOnly = isOpen();
  const gateways = openGateways(config.server.gateways, parts.env ?? {});
  const system = await composeSystem({
    config,
    dataDir: settings.dataDir,
    ...(settings.databaseUrl === undefined ? {} : { databaseUrl: settings.databaseUrl }),
    ...(settings.merchantDatabaseUrl === undefined
      ? {}
      : { merchantDatabaseUrl: settings.merchantDatabaseUrl }),
    clock,
    log,
    env: parts.env ?? {},
    money,
    people: () => [...peopleIn(operators(), clock.now()), ...(isOpen() ? [THIS_MACHINE] : [])],
    ...(parts.realWeChatPay === undefined ? {} : { realWeChatPay: parts.realWeChatPay }),
  });
  const arrivals = watchArrivals(parts.loop ?? NODE_LOOP);
  const heart = setInterval(() => {
    arrivals.beat();
  }, HEARTBEAT_MS);
  heart.unref();
  const giveUp = async (): Promise<void> => {
    clearInterval(heart);
    await system.stop();
  };
  const front = { system, clock, gateways, arrivals, people: operators, isOpen, thisMachineOnly };
  const door = await openFront(parts, front).catch(async (error: unknown) => {
    await giveUp();
    throw error;
  });
  const server = createServer(
    {
      requestTimeout: parts.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      headersTimeout: parts.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, parts.requestTimeoutMs ?? TIMEOUT_CHECK_MS),
    },
    door.listener,
  );
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(settings.port, settings.host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    await giveUp();
    throw error;
  }
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  const url = `http://${host}:${port}`;
  try {
    await system.announce(url);
  } catch (error) {
    server.close();
    await giveUp();
    throw error;
  }
  log.info('server_started', { outTradeNo: null, host: settings.host, port });
  return {
    url,
    addresses: door.addresses,
    system,
    async stop() {
      log.info('server_stopping', { outTradeNo: null });
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeIdleConnections();
      // A request may wait for the worker it started, so both are asked to end before either is
      // awaited.
      await Promise.all([closed, system.workers.stop()]);
      await giveUp();
      log.info('server_stopped', { outTradeNo: null });
    },
  };
}

/**
 * True until an operator has a token, and never again: the token of somebody who joins while the
 * server runs closes it to everybody without one, and their leaving does not open it.
 */
function untilFirstToken(operators: () => readonly Operator[]): () => boolean {
  let isOpen = true;
  return () => {
    isOpen &&= operators().every(({ keys }) => keys.length === 0);
    return isOpen;
  };
}

const NODE_LOOP: LoopHooks & AdmissionHooks = {
  now: () => performance.now(),
  afterThisTurn: setImmediate,
  nextTurn: setImmediate,
  after: (ms, then) => {
    systemTimers.after(ms, then);
  },
};

const SIMULATED_LOGIN: LoginExchange = {
  exchange: (code) => Promise.resolve(readCode2Session(code2Session(code))),
};

/**
 * Builds the identification of callers and the entry. Rejects with `ConfigError` for an unusable
 * secret.
 */
async function openFront(
  { config, settings, log, env = {}, console: consoleBuild, loop = NODE_LOOP }: ServerParts,
  parts: {
    readonly system: System;
    readonly clock: Clock;
    readonly gateways: Gateways;
    readonly arrivals: Arrivals;
    readonly people: () => readonly Operator[];
    readonly isOpen: () => boolean;
    readonly thisMachineOnly: boolean;
  },
): Promise<Door> {
  const { system, clock, gateways, people, isOpen } = parts;
  // With real money, servers on a shared database keep no files.
  const keepsFiles = settings.databaseUrl === undefined || system.money === 'simulated';
  const logins = openLoginTokens(await readLoginSecret(env, keepsFiles ? settings.dataDir : null), clock);
  const isTrusting = isLoopback(settings.host) && system.money === 'simulated';
  const access = openAccess({
    people,
    isOpen,
    idleMs: config.ops.idleMs,
    clock,
    log,
    addressOf: (request) => gateways.addressOf(request),
    observe: (outcome) => {
      system.metrics.signedIn(outcome);
    },
    note: openSignInLog(system.opsDeps),
  });
  return openDoor({
    ...parts,
    log,
    access,
    console: openConsole(consoleBuild, servedPlace(isSimulated(system))),
    identity: openIdentity({
      gateways,
      access,
      logins,
      people,
      isOpen: () => isTrusting && isOpen(),
    }),
    login: {
      exchange: await openLoginExchange(
        config.server.loginAppId,
        env,
        system.money === 'simulated' ? SIMULATED_LOGIN : null,
      ),
      tokens: logins,
      log,
    },
    admission: openAdmission(loop),
  });
}
