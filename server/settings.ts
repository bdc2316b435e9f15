import { sharedTokenProblems } from '../lib/ops/people/people';
import { ConfigError } from '../lib/config/config';
import { isGuessable, readTokens, TOKEN_VARIABLES } from '../lib/ops/people/tokens';
import type { Config } from '../lib/config/config-schema';
import type { Operator } from '../lib/model/operators/operator';
import { may } from '../lib/model/operators/principal';
import type { MoneyMode } from '../lib/model/money-mode';
import { databaseUrlIn } from './data/database-url';
import { isLoopback } from './door/own-page';

/** The server's settings from the environment, in addition to `config.json`. */
export interface ServerSettings {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** The data folder. */
  readonly dataDir: string;
  /** The database that several servers share; absent: SQLite in the data folder. A secret. */
  readonly databaseUrl?: string;
  /** The database that merchant/ reads; absent: merchant.db in the data folder. A secret. */
  readonly merchantDatabaseUrl?: string;
  /** The bearer token with the right to act; null when the server is open to this machine only. */
  readonly opsToken: string | null;
  /** The bearer token with the right to read; null for none. */
  readonly readToken: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `PORT` (3000), `HOST` (127.0.0.1), `DATA_DIR` (.data), `DATABASE_URL` and
 * `MERCHANT_DATABASE_URL` (or their `_FILE`), `OPS_TOKEN` and `OPS_READ_TOKEN`. Throws
 * `ConfigError` with the variable, its value and what is allowed.
 *
 * Failure policy: fail closed. Without a token, or a named operator who may act and has one, it
 * only listens on loopback, because anybody who reaches the server can start workers and play the
 * payer.
 */
export function readServerSettings(env: Environment, named: readonly Operator[] = []): ServerSettings {
  const host = env['HOST'] ?? '127.0.0.1';
  const { tokens, problems } = readTokens(env);
  const [problem] = [...problems, ...sharedTokenProblems(named, tokens)];
  if (problem !== undefined) throw new ConfigError(problem);
  const { act: opsToken, read: readToken } = tokens;
  for (const [role, token] of [
    ['act', opsToken],
    ['read', readToken],
  ] as const) {
    if (token !== null && isGuessable(token)) {
      throw new ConfigError(
        `${TOKEN_VARIABLES[role]}: was easy to guess; make one with: openssl rand -base64 32`,
      );
    }
  }
  const isGuarded = opsToken !== null || hasActor(named);
  if (readToken !== null && !isGuarded) {
    throw new ConfigError('OPS_READ_TOKEN: was set alone; needs an OPS_TOKEN as well');
  }
  if (!isGuarded && !isLoopback(host)) {
    throw new ConfigError(`HOST: was ${host}; must be 127.0.0.1 or ::1 unless OPS_TOKEN is set`);
  }
  const port = Number(env['PORT'] ?? '3000');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ConfigError(`PORT: was ${String(env['PORT'])}; must be a whole number from 0 to 65535`);
  }
  const [databaseUrl, merchantDatabaseUrl] = [
    databaseUrlIn(env),
    databaseUrlIn(env, 'MERCHANT_DATABASE_URL'),
  ];
  const shared = {
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(merchantDatabaseUrl === undefined ? {} : { merchantDatabaseUrl }),
  };
  return { host, port, dataDir: env['DATA_DIR'] ?? '.data', opsToken, readToken, ...shared };
}

/** True when one of these operators may act and has a token. */
function hasActor(named: readonly Operator[]): boolean {
  return named.some((one) => may(one, 'operate') && one.keys.length > 0 && !one.revoked);
}

/** Whether this server's money is simulated: as config.json says, otherwise as its program does. */
export function moneyModeOf(config: Config, byDefault: MoneyMode): MoneyMode {
  const { enabled } = config.simulator;
  if (enabled === null) return byDefault;
  return enabled ? 'simulated' : 'real';
}

/**
 * Refuses settings that this server cannot serve. Throws `ConfigError`.
 *
 * Failure policy: fail closed. Each would lose sight of payments, or let anybody act.
 */
export function checkForServer(
  config: Config,
  money: MoneyMode,
  opsToken: string | null,
  named: readonly Operator[] = [],
): void {
  if (config.fulfilment.cloudFunction !== null) {
    throw new ConfigError(
      'fulfilment.cloudFunction: was set; must be null on the server, because it cannot call cloud functions: use merchant/fulfill.ts or fulfilment.webhook',
    );
  }
  if (money === 'simulated') return;
  for (const { subMchId, channel } of config.merchants) {
    if (channel.kind === 'cloudpay') {
      throw new ConfigError(
        `merchants: ${subMchId} is on the channel cloudpay: only cloud functions can call it; use the channel v3, or cloudrun in WeChat Cloud Run (docs/channels.md), or set simulator.enabled to true for simulated money`,
      );
    }
  }
  if (config.server.publicUrl === null && config.merchants.some(({ channel }) => channel.kind === 'v3')) {
    throw new ConfigError(
      'server.publicUrl: was missing; must be the https address under which WeChat Pay reaches this server, because notify_url is made from it',
    );
  }
  // A reverse proxy on this machine makes every caller look like this machine.
  if (opsToken === null && !hasActor(named)) {
    throw new ConfigError(
      'OPS_TOKEN: was missing; must be set for real money; make one with: openssl rand -base64 32',
    );
  }
}

/**
 * Refuses a database that is not the one config.json expects, and servers that could not be one
 * shop. Throws `ConfigError`, which never contains the address.
 *
 * Failure policy: fail closed. Without its address a server would start an empty shop beside the
 * real one.
 */
export function checkDatabase(
  { store, server }: Config,
  { databaseUrl }: Pick<ServerSettings, 'databaseUrl'>,
  money: MoneyMode,
  env: Environment,
): void {
  if (store.kind === 'mysql' && databaseUrl === undefined) {
    throw new ConfigError(
      'store.kind: was mysql; needs DATABASE_URL=mysql://user:password@host:port/database',
    );
  }
  if (store.kind === 'sqlite' && databaseUrl !== undefined) {
    throw new ConfigError('store.kind: was sqlite; remove DATABASE_URL, or set store.kind to mysql');
  }
  const loginsAreShared = databaseUrl === undefined || env['LOGIN_SECRET'] !== undefined;
  if (money === 'real' && server.loginAppId !== null && !loginsAreShared) {
    throw new ConfigError(
      'LOGIN_SECRET: was missing; must be the same on all servers of one DATABASE_URL; make one with: openssl rand -base64 32',
    );
  }
}
