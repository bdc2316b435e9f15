import type { DeliberateFault } from './fault';
import { testNamed } from './fault';

/** Mistakes about machines whose clocks are set while they work. */
export const CLOCK_FAULTS: readonly DeliberateFault[] = [
  {
    name: 'let work wait for a clock to come as far as one that was ahead',
    guarantee: 'G8',
    file: 'lib/ops/watch/watch.ts',
    find: 'pullsForward && !isPaused ? await pullForward(deps, deps.longestWaits, now, memory.isIdle) : 0;',
    replace: '0;',
    caughtBy: testNamed('test/ops/watch.test.ts', 'a clock that was a day ahead'),
  },
  {
    name: 'request a refund while another host, whose clock is behind, hands over',
    guarantee: 'G3',
    file: 'lib/rules/hold.ts',
    find: 'later(fulfilment.lease.until, CLOCKS_APART_MS) > now',
    replace: 'fulfilment.lease.until > now',
    caughtBy: testNamed('test/store/sqlite/conformance.test.ts', 'no longer than its lease, and than clocks'),
  },
  {
    name: 'take the difference of two times for how long something lasted',
    guarantee: 'G8',
    file: 'lib/runtime/stopwatch.ts',
    find: 'elapsed += Math.max(0, now - last);',
    replace: 'elapsed += now - last;',
    caughtBy: testNamed('test/runtime/stopwatch.test.ts', 'the clock is set back'),
  },
];
