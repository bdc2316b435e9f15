const { relative } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Slow suites, the slowest first, with the seconds they took on two idle cores. Jest itself only
 * knows the duration of suites it has run, and otherwise starts the largest file first: a suite of
 * 40 s that starts last keeps one core busy while the other is idle.
 */
const SECONDS = {
  'test/refunds/any-history.test.ts': 45,
  'test/console/fix.test.ts': 44,
  'test/console/screens.test.ts': 41,
  'test/operator/doctor.test.ts': 37,
  'test/server/kill.test.ts': 30,
  'test/server/hurt.test.ts': 29,
  'test/store/sqlite.test.ts': 25,
  'test/store/cloudbase.test.ts': 25,
  'test/fuzz/fuzz.test.ts': 25,
  'test/build/own-function.test.ts': 20,
  'test/build/ops-over-http.test.ts': 20,
  'test/console/late.test.ts': 20,
  'test/operator/ops.test.ts': 19,
  'test/accountant/match.test.ts': 17,
  'test/build/entry-points.test.ts': 14,
  'test/store/cloudbase-requests.test.ts': 14,
  'test/server/clock.test.ts': 14,
  'test/store/sqlite-thread.test.ts': 12,
  'test/build/payment.test.ts': 12,
  'test/build/failures.test.ts': 12,
  'test/build/watchdog.test.ts': 12,
  'test/statement/any-bill.test.ts': 11,
  'test/cloudbase/function-runner.test.ts': 10,
  'test/statement/refusals.test.ts': 9,
  'test/server/contract.test.ts': 9,
  'test/statement/runs/interrupted.test.ts': 8,
  'test/server/ops.test.ts': 7,
};

/** Begins the suites that take long before the others, which follow as Jest would have them. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const seconds = ({ path, context }) =>
      SECONDS[relative(context.config.rootDir, path).replaceAll('\\', '/')] ?? 0;
    return super.sort(tests).sort((a, b) => seconds(b) - seconds(a));
  }
};
