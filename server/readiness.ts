import { StoreError } from '../lib/store/errors';
import type { Probe } from '../lib/store/sqlite/disk/probe';
import { errorText } from '../lib/runtime/error-text';
import type { Timers } from '../lib/runtime/timers';
import { within } from '../lib/runtime/timers';

/** Whether a notification could be made durable now, and if not, why. */
export type Readiness = { readonly kind: 'ready' } | { readonly kind: 'not_ready'; readonly why: string };

/** Knows whether a notification could be made durable. */
export interface ReadinessCheck {
  /** Tries it, or answers what a try of the last 5 s came to. Never rejects, and takes no longer than an acknowledgement may. */
  check(): Promise<Readiness>;
  /** A notification could not be stored: a try that succeeded before proves nothing any more. */
  doubt(): void;
  /** Throws `StoreError` when the files are gone: what is written then is not durable, whatever the database says. Costs next to nothing. */
  refuseLostFiles(): void;
}

/** A try is good for so long, in ms: whoever asks more often costs nothing. */
const KEPT_MS = 5_000;

/** The files are looked at so often while notifications come, in ms. */
const FILES_MS = 1_000;

/**
 * Opens the check. `boundMs`: how long an acknowledgement may take. `elapsed`: a clock in ms that nobody sets.
 *
 * Failure policy: fail closed. A try that has not ended in time is a failed one, and no other is begun before it ends.
 */
export function openReadiness(parts: {
  readonly probe: Probe;
  readonly timers: Timers;
  readonly boundMs: number;
  readonly elapsed: () => number;
}): ReadinessCheck {
  const { probe, timers, boundMs, elapsed } = parts;
  let last: { readonly at: number; readonly state: Readiness } | null = null;
  let flight: Promise<Readiness> | null = null;
  let busy = false;
  let files: { readonly at: number; readonly lost: StoreError | null } | null = null;

  const attempt = async (): Promise<void> => {
    busy = true;
    try {
      await probe.probe();
    } finally {
      busy = false;
    }
  };

  const tryNow = async (): Promise<Readiness> => {
    const tried = await within(timers, boundMs, attempt);
    switch (tried.kind) {
      case 'value':
        return { kind: 'ready' };
      case 'timeout':
        return { kind: 'not_ready', why: `the database wrote nothing within ${boundMs} ms` };
      case 'error':
        return {
          kind: 'not_ready',
          why: tried.error instanceof StoreError ? tried.error.message : errorText(tried.error),
        };
    }
  };

  return {
    check() {
      if (flight !== null) return flight;
      if (last !== null && elapsed() - last.at < KEPT_MS) return Promise.resolve(last.state);
      if (busy)
        return Promise.resolve({ kind: 'not_ready', why: 'the database has not ended its last write' });
      flight = tryNow().then((state) => {
        last = { at: elapsed(), state };
        flight = null;
        return state;
      });
      return flight;
    },
    doubt() {
      if (last?.state.kind === 'ready') last = null;
    },
    refuseLostFiles() {
      const now = elapsed();
      if (files === null || now - files.at >= FILES_MS) files = { at: now, lost: probe.filesGone() };
      if (files.lost !== null) throw files.lost;
    },
  };
}
