import { ConfigError } from '../../lib/config/config';
import type { Config } from '../../lib/config/config-schema';
import type { MoneyMode } from '../../lib/model/money-mode';
import { createHttpTransport } from '../../lib/wechat/cloudrun/http-transport';
import type { CloudRunSettings } from '../../lib/wechat/cloudrun/requests';
import type { CloudRunTransport } from '../../lib/wechat/cloudrun/transport';

/** What the real channel of all merchants on Cloud Run is made of. */
export interface CloudRun {
  readonly transport: CloudRunTransport;
  readonly settings: CloudRunSettings;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The platform names a container's environment in it. */
export const CLOUD_RUN_ENVIRONMENT = 'CBR_ENV_ID';

/** How long one call may take, in ms. A refund has been seen to take several seconds. */
const CALL_MS = 10_000;

/** The same for a bill, in ms: a busy day's is a large answer. */
const BILL_MS = 25_000;

/** True when a merchant is on the channel cloudrun. */
export function usesCloudRun({ merchants }: Pick<Config, 'merchants'>): boolean {
  return merchants.some(({ channel }) => channel.kind === 'cloudrun');
}

/**
 * Refuses settings with which real money on the channel cloudrun could be taken and lost. Throws
 * `ConfigError`.
 *
 * Failure policy: fail closed. A container of Cloud Run keeps no disk: notifications in SQLite that
 * were acknowledged would be gone with the next version, or with an idle night.
 */
export function checkCloudRun(
  config: Config,
  { databaseUrl }: { readonly databaseUrl?: string },
  money: MoneyMode,
  env: Environment,
): void {
  if (money === 'simulated' || !usesCloudRun(config)) return;
  if (config.server.cloudRun === null) {
    throw new ConfigError(
      'server.cloudRun: was missing; must name the service in Cloud Run to which notifications go, such as { "service": "wxpay-inbox" }',
    );
  }
  environmentOf(config, env);
  if (databaseUrl === undefined) {
    throw new ConfigError(
      'DATABASE_URL: was missing; must be a MySQL database for real money on the channel cloudrun, because a container of Cloud Run keeps no disk (docs/servers.md)',
    );
  }
}

/**
 * How merchants on Cloud Run are served with real money; null where none uses it. Makes no
 * request. Throws `ConfigError` for settings that `checkCloudRun` refuses.
 */
export function realCloudRun(config: Config, env: Environment, baseUrl?: string): CloudRun | null {
  const { cloudRun } = config.server;
  if (cloudRun === null || !usesCloudRun(config)) return null;
  const transport = createHttpTransport({
    timeoutMs: CALL_MS,
    billTimeoutMs: BILL_MS,
    ...(baseUrl === undefined ? {} : { baseUrl }),
  });
  const settings = {
    envId: environmentOf(config, env),
    service: cloudRun.service,
    payPath: `${cloudRun.callbackPath}/pay`,
    refundPath: `${cloudRun.callbackPath}/refund`,
  };
  return { transport, settings };
}

function environmentOf({ envId }: Pick<Config, 'envId'>, env: Environment): string {
  const found = envId ?? env[CLOUD_RUN_ENVIRONMENT] ?? '';
  if (found !== '') return found;
  throw new ConfigError(
    `envId: was missing, and so was ${CLOUD_RUN_ENVIRONMENT} in the environment; must be the full id of the Cloud Run environment, such as "prod-8gxvz0f70375accc"`,
  );
}
