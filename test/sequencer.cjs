const { relative } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Slow suites, the slowest first, with the seconds they take on one of two idle cores. Jest itself
 * only knows the duration of suites it has run, and otherwise starts the largest file first: a
 * suite of 40 s that starts last keeps one core busy while the other is idle.
 */
const SECONDS = {
  'test/console/screens.test.ts': 24,
  'test/store/cloudbase/books.test.ts': 24,
  'test/store/cloudbase/orders.test.ts': 20,
  'test/console/fix.test.ts': 18,
  'test/store/cloudbase/messages.test.ts': 17,
  'test/operator/doctor.test.ts': 16,
  'test/console/late.test.ts': 16,
  'test/store/mysql/conformance.test.ts': 15,
  'test/console/night.test.ts': 14,
  'test/server/data/kill.test.ts': 14,
  'test/server/door/hurt.test.ts': 14,
  'test/doctor/probe.test.ts': 14,
  'test/build/own-function.test.ts': 14,
  'test/build/ops-over-http.test.ts': 14,
  'test/statement/runs/interrupted.test.ts': 13,
  'test/simulation/simulation.test.ts': 12,
  'test/refunds/any-history.test.ts': 12,
  'test/server/npm-start.test.ts': 12,
  'test/build/payment.test.ts': 11,
  'test/build/v3-in-the-cloud.test.ts': 11,
  'test/server/door/door.test.ts': 11,
  'test/store/sqlite/conformance.test.ts': 10,
  'test/server/clock.test.ts': 10,
  'test/store/cloudbase/counts.test.ts': 9,
  'test/store/sqlite/thread.test.ts': 8,
  'test/store/cloudbase/requests.test.ts': 8,
  'test/simulation/faults/faults.test.ts': 8,
  'test/cloudbase/function-runner.test.ts': 8,
  'test/cloud/setup.test.ts': 8,
  'test/build/failures.test.ts': 8,
  'test/console/static.test.ts': 8,
  'test/whole/alarms.test.ts': 7,
  'test/security/labels.test.ts': 7,
  'test/values/zones.test.ts': 7,
  'test/server/contract.test.ts': 7,
  'test/accountant/match.test.ts': 6,
  'test/build/watchdog.test.ts': 6,
  'test/store/cloudbase/refunds.test.ts': 6,
  'test/server/operators/ops.test.ts': 6,
  'test/server/door/strangers.test.ts': 6,
  'test/ops/watch.test.ts': 6,
  'test/house.test.ts': 6,
  'test/server/health/metrics.test.ts': 6,
  'test/operator/ops.test.ts': 5,
  'test/fuzz/fuzz.test.ts': 5,
  'test/build/bundles.test.ts': 5,
  'test/statement/cash/month.test.ts': 5,
  'test/orders/contrary-evidence.test.ts': 5,
  'test/accountant/cash.test.ts': 4,
};

/** Begins the suites that take long before the others, which follow as Jest would have them. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const seconds = ({ path, context }) =>
      SECONDS[relative(context.config.rootDir, path).replaceAll('\\', '/')] ?? 0;
    return super.sort(tests).sort((a, b) => seconds(b) - seconds(a));
  }
};
