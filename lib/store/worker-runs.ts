import type { WorkerName } from '../config/jobs';
import type { SharedState } from '../runtime/shared-state';
import type { Instant } from '../values/instant';
import { isInstant, later } from '../values/instant';
import { isRecord } from '../values/json';

/** The outcomes of a run. `broke_off`: it failed; the log has the error (`worker_failed`). */
export const RUN_ENDS = ['done', 'broke_off'] as const;

/** A run that has ended. */
export interface WorkerRun {
  readonly startedAt: Instant;
  readonly ms: number;
  readonly outcome: (typeof RUN_ENDS)[number];
}

/** A run noted longer ago than this, in ms, says nothing any more. */
const KEPT_MS = 7 * 86_400_000;

const keyOf = (worker: WorkerName): string => `run:${worker}`;

/** The last noted run of a worker; null for none. Rejects with a `StoreError`. 1 request. */
export async function lastNotedRun(
  shared: SharedState,
  worker: WorkerName,
  now: Instant,
): Promise<WorkerRun | null> {
  const entry = await shared.read(keyOf(worker), now);
  return entry !== null && isWorkerRun(entry.value) ? entry.value : null;
}

/** What noting the last run returned: the version of its note, null for none that is known. */
export type NoteVersion = number | null;

/**
 * Notes a run that has ended at `now`, over the note of `version`, or over whatever there is. One
 * that others note at the same time may be lost. Returns what to name the next time. Rejects with a
 * `StoreError`. CloudBase: 1 request over a note of this process, else 2 to 4.
 */
export async function noteRun(
  shared: SharedState,
  worker: WorkerName,
  run: WorkerRun,
  now: Instant,
  version: NoteVersion = null,
): Promise<NoteVersion> {
  const key = keyOf(worker);
  const write = (over: NoteVersion): Promise<boolean> =>
    shared.write({ key, version: over, value: { ...run }, expiresAt: later(now, KEPT_MS), now });
  if (version !== null && (await write(version))) return version + 1;
  const found = (await shared.read(key, now))?.version ?? null;
  return (await write(found)) ? (found ?? 0) + 1 : null;
}

function isWorkerRun(value: unknown): value is WorkerRun {
  if (!isRecord(value)) return false;
  const { startedAt, ms, outcome } = value;
  return isInstant(startedAt) && Number.isFinite(ms) && RUN_ENDS.some((end) => end === outcome);
}
