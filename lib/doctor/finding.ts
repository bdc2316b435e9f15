import type { Finding } from '../ops/api';

/**
 * Where a check runs: in this checkout (`npm run doctor`), in a running server, in the `ops`
 * function.
 */
export type Place = 'checkout' | 'server' | 'cloud';

/**
 * Every check of the doctor by its stable name, and where it runs. docs/doctor.md says what each
 * checks and how to fix it.
 */
export const CHECKS = {
  node: ['checkout', 'server', 'cloud'],
  config: ['checkout'],
  merchants: ['checkout', 'server', 'cloud'],
  environment_id: ['checkout', 'cloud'],
  operators: ['checkout', 'cloud'],
  tokens: ['checkout', 'server', 'cloud'],
  robots: ['checkout', 'server', 'cloud'],
  time_limits: ['checkout', 'server', 'cloud'],
  quiet_hours: ['checkout', 'server', 'cloud'],
  build: ['checkout'],
  callback_functions: ['checkout', 'cloud'],
  ack_shape: ['checkout', 'cloud'],
  security_rules: ['checkout', 'cloud'],
  data_folder: ['checkout', 'server'],
  server: ['checkout'],
  clock: ['checkout', 'cloud'],
  store_inbox: ['server', 'cloud'],
  store_orders: ['server', 'cloud'],
  store_refunds: ['server', 'cloud'],
  store_discrepancies: ['server', 'cloud'],
  store_statement_runs: ['server', 'cloud'],
  store_audit: ['server', 'cloud'],
  store_figures: ['server', 'cloud'],
  store_alarms: ['server', 'cloud'],
  indexes: ['server', 'cloud'],
  database: ['checkout', 'server'],
  low_water_mark: ['checkout', 'server'],
  database_writes: ['server'],
  database_tables: ['server'],
  database_durability: ['server'],
  database_connections: ['server'],
  database_packet: ['server'],
  database_session: ['server'],
  database_clock: ['server'],
  merchant_database: ['server'],
  timers: ['server', 'cloud'],
  trigger_token: ['server', 'cloud'],
  api_keys: ['checkout', 'server'],
  notify_url: ['checkout', 'server'],
  signed_call: ['checkout', 'server'],
  wechat_clock: ['checkout', 'server'],
  echo_call: ['checkout', 'server'],
  cloud_run_call: ['server'],
  cloud_run_environment: ['server'],
  cloud_run_callbacks: ['server'],
} as const satisfies Readonly<Record<string, readonly Place[]>>;

/** The stable name of a check. */
export type CheckName = keyof typeof CHECKS;

/** The checks that are made for merchants on the channel v3 with real money only. */
export const CHECKS_OF_V3: readonly CheckName[] = [
  'api_keys',
  'notify_url',
  'signed_call',
  'wechat_clock',
  'echo_call',
];

/** The checks that are made for merchants on the channel cloudrun with real money only. */
export const CHECKS_OF_CLOUD_RUN: readonly CheckName[] = [
  'cloud_run_call',
  'cloud_run_environment',
  'cloud_run_callbacks',
];

/** The checks that are made where the data is in MySQL only. */
export const CHECKS_OF_MYSQL: readonly CheckName[] = [
  'database_writes',
  'database_tables',
  'database_durability',
  'database_connections',
  'database_packet',
  'database_session',
  'database_clock',
];

/** The checks that are made with `MERCHANT_DATABASE_URL` only. */
export const CHECKS_OF_MERCHANT_DATABASE: readonly CheckName[] = ['merchant_database'];

/** A finding with nothing to fix. */
export function passed(check: CheckName, what: string): Finding {
  return { check, level: 'ok', what, fix: '' };
}

/**
 * A finding with something to fix, or one that cannot be checked from here, with how to check it.
 */
export function problem(
  check: CheckName,
  level: Exclude<Finding['level'], 'ok'>,
  what: string,
  fix: string,
): Finding {
  return { check, level, what, fix };
}
