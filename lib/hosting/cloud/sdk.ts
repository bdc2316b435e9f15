import cloud from 'wx-server-sdk';
import type { CloudFiles } from '../../archive/cloudbase/archive';
import type { Cloud, Database } from '../../store/cloudbase/base/database';
import type { FunctionName, WorkerName } from '../../config/jobs';
import { systemClock } from '../../runtime/system-clock';
import { systemTimers } from '../../runtime/timers';
import { limitedDatabase } from '../../store/cloudbase/base/connections';
import { builtConfig } from './built-config';
import { environmentId } from './environment';

/**
 * Initialises the SDK for this function's environment. Only the first call of a process counts: the
 * SDK ignores a second `init`. Throws when the environment has no id.
 *
 * `timeoutMs` limits silence on the socket, not the whole request. Node 18 opens a connection per
 * request by default; with `keepalive` one connection serves the life of the process.
 */
export function openCloud(timeoutMs: number): Cloud & CloudFiles {
  // The SDK passes all of these to @cloudbase/node-sdk; its own types know only `env`.
  const settings = { env: environmentId(), timeout: timeoutMs, keepalive: true };
  cloud.init(settings);
  return cloud;
}

/**
 * For how long a request is repeated that CloudBase refuses for load, in ms. Together with
 * `WAIT_MS` and `STORE_TIMEOUT_MS` it stays within the shortest lease, 20 s.
 */
const PATIENCE_MS = 1_500;

/**
 * For how long a request waits for a connection of this process, in ms. With one connection, at 50
 * ms a request, 200 requests go before it: three lanes of 20, and 16 hooks, are fewer.
 */
const WAIT_MS = 10_000;

/** The longest pause before a refused request is repeated, in ms: a worker's and a callback's. */
const LONGEST_PAUSE_MS = 400;
const CALLBACK_PAUSE_MS = 100;

/** What a function has that serves one person at a time, and makes no bursts of its own. */
const UNSHARED = 4;

/**
 * As `openCloud`, with the database through this function's share of the environment's connections,
 * which everything in this process uses together.
 */
export function openShared(name: FunctionName | WorkerName, timeoutMs: number): Cloud & CloudFiles {
  const cloud = openCloud(timeoutMs);
  return {
    database: () =>
      (limited ??= limitedDatabase(
        cloud.database(),
        settingsOf(shareOf(name), PATIENCE_MS, WAIT_MS, LONGEST_PAUSE_MS),
      )),
    uploadFile: (options) => cloud.uploadFile(options),
    downloadFile: (options) => cloud.downloadFile(options),
    deleteFile: (options) => cloud.deleteFile(options),
  };
}

/** Like the SDK's own state, one for the process. */
let limited: Database | null = null;

function shareOf(name: FunctionName | WorkerName): number {
  const shares: Readonly<Record<string, { readonly connections: number }>> = builtConfig.shares;
  return shares[name]?.connections ?? UNSHARED;
}

/**
 * The database of a callback: a request that CloudBase refuses for load is repeated for
 * `patienceMs`. It makes one at a time, so it needs no share. It asks four times as often as a
 * worker: of what the platform admits, callbacks get more than those who can wait.
 */
export function openPatient(timeoutMs: number, patienceMs: number): Database {
  return limitedDatabase(
    openCloud(timeoutMs).database(),
    settingsOf(UNSHARED, patienceMs, patienceMs, CALLBACK_PAUSE_MS),
  );
}

function settingsOf(share: number, patienceMs: number, waitMs: number, longestPauseMs: number) {
  return {
    share,
    patienceMs,
    waitMs,
    longestPauseMs,
    clock: systemClock,
    timers: systemTimers,
    random: Math.random,
  };
}
