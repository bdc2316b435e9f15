import { spawnSync } from 'node:child_process';

/*
 * Runs the suites about days, deadlines, bills and the console once per zone, each as the host's
 * zone: two with clock changes, one in each hemisphere, and one that is not a whole number of hours
 * ahead.
 */

const ZONES = ['Australia/Sydney', 'America/Los_Angeles', 'Asia/Kathmandu'] as const;

/** Paths of suites, as Jest matches them. */
const SUITES = [
  'test/values/',
  'test/accountant/',
  'test/statement/(?!large)',
  'test/simulator/bills',
  'test/wechat/(notification|cloudpay-requests|cloudpay-orders|cloudpay-refunds-and-bills)',
  'test/orders/(create|ask-schedule|reconcile|late-money)',
  'test/refunds/(follow|notification)',
  'test/retention/retain',
  'test/ops/(causes|notices|runbook)',
  'test/console/(reading|screens)',
] as const;

const failed = ZONES.filter((zone) => {
  console.log(`\nTZ=${zone}`);
  const run = spawnSync(process.execPath, ['node_modules/jest/bin/jest.js', ...SUITES], {
    stdio: 'inherit',
    env: { ...process.env, TZ: zone },
  });
  return run.status !== 0;
});

if (failed.length > 0) {
  console.error(`\nfailed with TZ=${failed.join(', TZ=')}`);
  process.exitCode = 1;
}
