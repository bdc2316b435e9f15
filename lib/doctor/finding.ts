import type { Finding } from '../ops/api';

/** Where a check can look: at this checkout (`npm run doctor`), in a running server, in the `ops` function. */
export type Place = 'checkout' | 'server' | 'cloud';

/** Every check the doctor makes, by its stable name, and where it is made. docs/doctor.md says what each looks at and how it is fixed. */
export const CHECKS = {
  node: ['checkout', 'server', 'cloud'],
  config: ['checkout'],
  merchants: ['checkout', 'server', 'cloud'],
  environment_id: ['checkout', 'cloud'],
  operators: ['checkout', 'cloud'],
  tokens: ['checkout', 'server', 'cloud'],
  robots: ['checkout', 'server', 'cloud'],
  time_limits: ['checkout', 'server', 'cloud'],
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
  timers: ['server', 'cloud'],
  trigger_token: ['server', 'cloud'],
} as const satisfies Readonly<Record<string, readonly Place[]>>;

/** The stable name of a check. */
export type CheckName = keyof typeof CHECKS;

/** Nothing to fix. */
export function well(check: CheckName, what: string): Finding {
  return { check, level: 'ok', what, fix: '' };
}

/** Something to fix, or something that cannot be seen from here and how to look at it. */
export function ill(
  check: CheckName,
  level: Exclude<Finding['level'], 'ok'>,
  what: string,
  fix: string,
): Finding {
  return { check, level, what, fix };
}
