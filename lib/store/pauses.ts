import type { WorkerName } from '../config/jobs';
import type { Pausable, Pause, Pauses } from '../model/operators/pause';
import { isPausable, isPause, isSamePausable, pausesAt } from '../model/operators/pause';
import type { Log } from '../runtime/log';
import type { SharedEntry, SharedState } from '../runtime/shared-state';
import { stopwatch } from '../runtime/stopwatch';
import type { SubMchId } from '../values/ids';
import type { Clock, Instant } from '../values/instant';
import { later } from '../values/instant';
import type { Json } from '../values/json';
import { isRecord } from '../values/json';
import { StoreError } from './errors';

/** What reading and writing pauses needs. */
export interface PauseDeps {
  readonly store: { readonly shared: SharedState };
  readonly clock: Clock;
  readonly log: Log;
}

/** All pauses are one shared value, so that a run learns of all of them by one request. */
export const PAUSES_KEY = 'pauses';

/** Far beyond any pause, in ms: the value itself says when a pause ends. */
const KEPT_MS = 20 * 366 * 86_400_000;

/**
 * A pause is kept this long after its end, in ms: a host whose clock is ahead must not take away
 * one that still stands on the other hosts.
 */
const KEPT_ENDED_MS = 86_400_000;

/** How often a change is tried when other operators change pauses at the same time. */
const TRIES = 5;

/** A run that goes on looks at the pauses again after this long, in ms. */
const LOOK_AGAIN_MS = 5_000;

/**
 * The pauses that stand now. CloudBase: 1 request. Rejects with a `StoreError`.
 *
 * Failure policy: fail closed where the store does not answer: the caller starts nothing, and could
 * do nothing without the store. Fail open for a value that cannot be read, which is logged each
 * time: one broken document must not stop every worker.
 */
export async function standingPauses(deps: PauseDeps): Promise<Pauses> {
  const now = deps.clock.now();
  return pausesOf(deps.log, await deps.store.shared.read(PAUSES_KEY, now), now);
}

/** The pauses that stand now, of the shared value under `PAUSES_KEY`. */
export function pausesOf(log: Log, entry: SharedEntry | null, now: Instant): Pauses {
  return pausesAt(pausesIn(log, entry), now);
}

function pausesIn(log: Log, entry: SharedEntry | null): readonly Pause[] {
  if (entry === null) return [];
  const stored: unknown = entry.value;
  const all: readonly unknown[] = Array.isArray(stored) ? stored : [stored];
  const read = all.filter((one) => isPause(one));
  if (read.length < all.length) log.error('pauses_unreadable', { outTradeNo: null });
  return read;
}

/**
 * The entries that a change leaves as they are: a newer version may be able to read them, and its
 * pause must not end because an operator of this one changes another. One that says it is of
 * `pausable` is what the change replaces.
 */
function unreadableIn(entry: SharedEntry | null, pausable: Pausable): readonly Json[] {
  const all: readonly Json[] = Array.isArray(entry?.value) ? entry.value : [];
  return all.filter((one) => isRecord(one) && !isPause(one) && !isOf(one['of'], pausable));
}

function isOf(named: unknown, pausable: Pausable): boolean {
  return isPausable(named) && isSamePausable(named, pausable);
}

/** What the pauses say to one run of a worker. */
export interface RunPauses {
  /** The worker is paused: the run starts nothing more. */
  readonly isPaused: boolean;
  /** The paused merchants: the run starts nothing for them. */
  readonly merchants: readonly SubMchId[];
}

/** The pauses as one run sees them; read again when the last reading failed or is over 5 s old. */
export type LookAtPauses = () => Promise<RunPauses>;

/**
 * The pauses during one run of `worker`. A look rejects like `standingPauses`. CloudBase: 1 request
 * per 5 s of a run that has work, none for a run that finds none before it looks here.
 */
export function watchPauses(deps: PauseDeps, worker: WorkerName): LookAtPauses {
  const elapsed = stopwatch(deps.clock);
  let last: { readonly at: number; readonly pauses: Promise<RunPauses> } | null = null;
  const read = async (): Promise<RunPauses> => {
    const pauses = await standingPauses(deps);
    const isPaused = pauses.isPaused(worker);
    if (isPaused) deps.log.info('worker_paused', { outTradeNo: null, worker });
    return { isPaused, merchants: pauses.merchants };
  };
  return () => {
    if (last === null || elapsed() - last.at >= LOOK_AGAIN_MS) {
      const looked = { at: elapsed(), pauses: read() };
      last = looked;
      looked.pauses.catch(() => {
        if (last === looked) last = null;
      });
    }
    return last.pauses;
  };
}

/**
 * Makes a pause stand, in place of one of the same thing. Returns the one before; null if there was
 * none. Rejects with a `StoreError`; then it may or may not stand. CloudBase: 2 or 3 requests.
 */
export function setPause(deps: PauseDeps, pause: Pause): Promise<Pause | null> {
  return changed(deps, pause.of, [pause]);
}

/**
 * Ends a pause. Returns it; null when none stood. Rejects with a `StoreError`; then it may or may
 * not stand. CloudBase: 2 requests, 1 when none stood.
 */
export function liftPause(deps: PauseDeps, pausable: Pausable): Promise<Pause | null> {
  return changed(deps, pausable, []);
}

/** Replaces the pause of one thing. Returns the one before. */
async function changed(
  deps: PauseDeps,
  pausable: Pausable,
  instead: readonly Pause[],
): Promise<Pause | null> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const now = deps.clock.now();
    const entry = await deps.store.shared.read(PAUSES_KEY, now);
    const kept = pausesAt(pausesIn(deps.log, entry), later(now, -KEPT_ENDED_MS)).all;
    const same = kept.filter((one) => isSamePausable(one.of, pausable));
    if (same.length + instead.length === 0) return null;
    const before = pausesAt(same, now).all[0] ?? null;
    const all = [...kept.filter((one) => !isSamePausable(one.of, pausable)), ...instead];
    const value = [
      ...unreadableIn(entry, pausable),
      ...all.map((pause) => ({ ...pause, of: { ...pause.of } })),
    ];
    const version = entry?.version ?? null;
    const expiresAt = later(now, KEPT_MS);
    if (await deps.store.shared.write({ key: PAUSES_KEY, version, value, expiresAt, now })) return before;
  }
  throw new StoreError('unavailable', 'others kept changing the pauses: try again');
}
