import type { Budget } from '../../runtime/budget';
import type { StatementDeps } from './deps';
import type { Unresolved } from '../compare/explain';
import { loadUnresolved } from '../compare/explain';

/**
 * With less than this left, in ms, no run is begun: a download may take 25 s, and what comes of it
 * has to be kept.
 */
const BEGIN_MS = 30_000;

/**
 * With less than this left, in ms, a run stops at its checkpoint: the next chunk might not come to
 * its end.
 */
const GO_ON_MS = 5_000;

/** How long a moment is, in ms: who has a message in hand is mostly done with it by then. */
const MOMENT_MS = 1_000;

/** One turn of the worker: what the runs it works on share. */
export interface Turn {
  readonly deps: StatementDeps;
  /** True while there is time to take up a run. */
  mayBegin(): boolean;
  /** True when the run at hand should be put back at its next checkpoint. */
  isShort(): boolean;
  /**
   * Waits a moment for somebody else to be done with a message, if there is the time; answers false
   * when there is not.
   */
  moment(): Promise<boolean>;
  /** The unresolved disagreements, loaded when they are needed for the first time. */
  unresolved(): Promise<Unresolved>;
  /**
   * Whether the platform was found to give this turn no token for cloud calls: then no other run
   * asks in vain.
   */
  tokenMissing: boolean;
}

/** Begins a turn. */
export function beginTurn(deps: StatementDeps, budget: Budget): Turn {
  let unresolved: Promise<Unresolved> | null = null;
  const isShort = () => budget.stopping || budget.remaining() < GO_ON_MS;
  return {
    deps,
    mayBegin: () => !budget.stopping && budget.remaining() >= BEGIN_MS,
    isShort,
    async moment() {
      if (isShort()) return false;
      await new Promise<void>((resolve) => {
        deps.timers.after(MOMENT_MS, resolve);
      });
      return !isShort();
    },
    unresolved: () => (unresolved ??= loadUnresolved(deps.store)),
    tokenMissing: false,
  };
}
