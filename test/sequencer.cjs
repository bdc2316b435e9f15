const { relative } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Slow suites, the slowest first, with the seconds they take on one of two idle cores. Jest itself
 * only knows the duration of suites it has run, and otherwise starts the largest file first: a
 * suite of 40 s that starts last keeps one core busy while the other is idle.
 */
const SECONDS = {
  'test/store/cloudbase-messages.test.ts': 32,
  'test/console/screens.test.ts': 30,
  'test/console/fix.test.ts': 30,
  'test/operator/doctor.test.ts': 25,
  'test/server/kill.test.ts': 25,
  'test/simulation/simulation.test.ts': 24,
  'test/server/hurt.test.ts': 22,
  'test/store/cloudbase-orders.test.ts': 22,
  'test/store/cloudbase-books.test.ts': 20,
  'test/console/late.test.ts': 20,
  'test/refunds/any-history.test.ts': 19,
  'test/store/cloudbase-refunds.test.ts': 18,
  'test/operator/ops.test.ts': 16,
  'test/statement/runs/interrupted.test.ts': 15,
  'test/fuzz/fuzz.test.ts': 14,
  'test/build/own-function.test.ts': 14,
  'test/build/ops-over-http.test.ts': 13,
  'test/store/cloudbase-workers.test.ts': 12,
  'test/build/payment.test.ts': 11,
  'test/server/door.test.ts': 11,
  'test/build/failures.test.ts': 11,
  'test/store/sqlite-thread.test.ts': 10,
  'test/store/sqlite.test.ts': 10,
  'test/server/clock.test.ts': 10,
  'test/store/cloudbase-requests.test.ts': 9,
  'test/values/zones.test.ts': 9,
  'test/config/agreement.test.ts': 9,
  'test/accountant/match.test.ts': 8,
  'test/simulation/faults/faults.test.ts': 8,
  'test/build/watchdog.test.ts': 8,
  'test/server/contract.test.ts': 7,
  'test/statement/large.test.ts': 7,
  'test/ops/watch.test.ts': 6,
  'test/whole/alarms.test.ts': 6,
  'test/server/strangers.test.ts': 6,
  'test/server/ops.test.ts': 6,
};

/** Begins the suites that take long before the others, which follow as Jest would have them. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const seconds = ({ path, context }) =>
      SECONDS[relative(context.config.rootDir, path).replaceAll('\\', '/')] ?? 0;
    return super.sort(tests).sort((a, b) => seconds(b) - seconds(a));
  }
};
