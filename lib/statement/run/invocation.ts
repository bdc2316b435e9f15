import type { Budget } from '../../runtime/budget';
import type { SubMchId } from '../../values/ids';
import type { StatementDeps } from './deps';
import type { Unresolved } from '../compare/explain';
import { loadUnresolved } from '../compare/explain';

/**
 * No run is started with less than this left, in ms: a download may take 25 s, and its result must
 * be stored.
 */
const START_MS = 30_000;

/**
 * A run stops at its checkpoint with less than this left, in ms: the next chunk might not finish.
 */
const CONTINUE_MS = 5_000;

/** One pause, in ms: another worker has usually finished a message by then. */
const PAUSE_MS = 1_000;

/** One invocation of the worker: state that its runs share. */
export interface Invocation {
  readonly deps: StatementDeps;
  /** True while there is time to start a run. */
  mayStart(): boolean;
  /** True when the current run must be released at its next checkpoint. */
  isShort(): boolean;
  /** Waits for another worker to finish a message. False when there is no time to wait. */
  pause(): Promise<boolean>;
  /** The unresolved discrepancies, loaded on first use. */
  unresolved(): Promise<Unresolved>;
  /**
   * The merchants whose bill this invocation may not download, as it has no token for their
   * channel: their other days are not tried.
   */
  readonly withoutToken: Set<SubMchId>;
}

/** Starts an invocation. */
export function startInvocation(deps: StatementDeps, budget: Budget): Invocation {
  let unresolved: Promise<Unresolved> | null = null;
  const isShort = () => budget.stopping || budget.remaining() < CONTINUE_MS;
  return {
    deps,
    mayStart: () => !budget.stopping && budget.remaining() >= START_MS,
    isShort,
    async pause() {
      if (isShort()) return false;
      await new Promise<void>((resolve) => {
        deps.timers.after(PAUSE_MS, resolve);
      });
      return !isShort();
    },
    unresolved: () => (unresolved ??= loadUnresolved(deps.store)),
    withoutToken: new Set(),
  };
}
