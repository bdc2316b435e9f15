import { StoreError } from '../../lib/store/errors';
import type { Probe } from '../../lib/store/probe';
import { errorText } from '../../lib/runtime/error-text';
import type { Timers } from '../../lib/runtime/timers';
import { within } from '../../lib/runtime/timers';

/** Whether a notification could be made durable now, and if not, why. */
export type Readiness = { readonly kind: 'ready' } | { readonly kind: 'not_ready'; readonly why: string };

/** Knows whether a notification could be made durable. */
export interface ReadinessCheck {
  /**
   * Tests it, or returns the result of a test of the last 5 s. Never rejects, and takes no longer
   * than an ack may.
   */
  check(): Promise<Readiness>;
  /** A notification could not be stored, so an earlier successful test proves nothing any more. */
  doubt(): void;
  /**
   * Throws `StoreError` when the files are gone: a write is not durable then, whatever the database
   * says. Costs next to nothing.
   */
  refuseLostFiles(): void;
}

/** How long a test's result is reused, in ms, so that frequent requests cost nothing. */
const KEPT_MS = 5_000;

/** How often the files are checked while notifications arrive, in ms. */
const FILES_MS = 1_000;

/**
 * Opens the check. `boundMs`: how long an ack may take. `elapsed`: a clock in ms that nobody sets.
 *
 * Failure policy: fail closed. A test that does not end in time has failed, and no other starts
 * before it ends.
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
        return Promise.resolve({ kind: 'not_ready', why: 'the database has not finished its last write' });
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
