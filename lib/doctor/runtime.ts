import { LEAST_CLOUD_NODE, RECOMMENDED_RUNTIME } from '../config/runtimes';
import type { Finding } from '../ops/api';
import { passed, problem } from './finding';

/**
 * Whether this Node.js can run this version. `least`: 18 in the cloud, whose bundles target it, 20
 * elsewhere.
 */
export function checkNode(version: string, least: number): Finding {
  const [major = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major >= least) return passed('node', version);
  return problem(
    'node',
    'error',
    `${version} is older than ${least}`,
    least === LEAST_CLOUD_NODE
      ? `delete the function, create it with Node.js ${RECOMMENDED_RUNTIME.replace('Nodejs', '')} and upload it again: its runtime cannot be changed`
      : `install Node.js ${least} or later`,
  );
}

/**
 * A clock that is off by more than this is worth a warning, in ms: leases last a minute, and
 * Beijing days depend on it.
 */
const OFF_MS = 2_000;

/**
 * A clock that is off by more than this does harm, in ms: leases end early or late, bills are
 * requested too soon.
 */
const FAR_OFF_MS = 15_000;

/**
 * Compares this clock with another's. `sentAt` and `heardAt`: this clock before and after the
 * request. `theirs`: the other's answer, accurate to `precisionMs`.
 */
export function checkClock(
  clocks: { readonly sentAt: number; readonly heardAt: number; readonly theirs: number },
  precisionMs: number,
  whose: string,
  check: 'clock' | 'wechat_clock' = 'clock',
): Finding {
  const { sentAt, heardAt, theirs } = clocks;
  // A difference within travel time and precision proves nothing.
  const early = theirs - heardAt - precisionMs;
  const late = sentAt - (theirs + precisionMs);
  const off = Math.max(0, early, late);
  if (off <= OFF_MS) return passed(check, `agrees with ${whose}`);
  const seconds = Math.round(off / 1000);
  return problem(
    check,
    off > FAR_OFF_MS ? 'error' : 'warning',
    `${early > late ? 'behind' : 'ahead of'} ${whose} by ${seconds} s`,
    'synchronise the clock over the network (NTP); in the cloud, report it to the platform',
  );
}
