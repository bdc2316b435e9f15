import { DUPLICATE_SHAPES } from '../../cloudbase/database/collections';
import type { LoopbackOptions } from '../../cloudbase/gateway';
import { ONE_MEGABYTE } from '../../cloudbase/limits';

/** As kind as any platform: what the loopback does when it is not told otherwise. */
export const KIND: LoopbackOptions = { updatedCounts: 'modified' };

const limits = {
  readLagMs: Number.POSITIVE_INFINITY,
  interleaves: true,
  connections: 20,
  requestsPerSecond: 25,
  resultBytes: ONE_MEGABYTE,
  idBytes: 200,
  idCharacters: /^[0-9A-Za-z_\-|*@:.]+$/,
  // Longer than the leases of the cases.
  clockAheadMs: 180_000,
} as const;

/** Everything that can be against us, at once. */
export const ADVERSE: LoopbackOptions = { updatedCounts: 'matched', duplicates: 'chinese', limits };

/** Each switch alone. */
export const SWITCHES: Readonly<Record<string, LoopbackOptions>> = {
  'updates counted as matched': { updatedCounts: 'matched' },
  'reads that are behind': { limits: { readLagMs: limits.readLagMs } },
  'updates that interleave': { limits: { interleaves: true } },
  'few connections': { limits: { connections: limits.connections } },
  'few requests a second': { limits: { requestsPerSecond: limits.requestsPerSecond } },
  'slow counts': { limits: { countMs: 20 } },
  'results of 1 MB': { limits: { resultBytes: limits.resultBytes } },
  'a second host whose clock is ahead': { limits: { clockAheadMs: limits.clockAheadMs } },
  'a second host whose clock is a little ahead': { limits: { clockAheadMs: 20_000 } },
  'a second host whose clock is behind': { limits: { clockAheadMs: -limits.clockAheadMs } },
  'a second host whose clock is a little behind': { limits: { clockAheadMs: -20_000 } },
  'ids with limits': { limits: { idBytes: limits.idBytes, idCharacters: limits.idCharacters } },
  ...Object.fromEntries(
    DUPLICATE_SHAPES.map((duplicates) => [`duplicates worded as ${duplicates}`, { duplicates }] as const),
  ),
};
