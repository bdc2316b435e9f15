import type { Ports, WorkerHandler } from '../../lib/hosting/ports';
import { stopwatch } from '../../lib/runtime/stopwatch';
import { signallingToken } from '../../lib/hosting/token-signal';
import { reconcileStatement as reconcileDue } from '../../lib/statement/run/reconcile';

/**
 * Reconciles each day with WeChat Pay's bill, and recovers missed payments and refunds through the
 * inbox.
 *
 * Days that lack a run are looked for in every run at least `openEveryMs` after the last one that
 * had nothing to do. On CloudBase a run that does not look costs one request when nothing is due,
 * and the look 2 or more.
 */
export function reconcileStatement(given: Ports, openEveryMs = 0): WorkerHandler {
  return signallingToken(given, 'reconcileStatement', (ports) => {
    const deps = {
      ...ports,
      settings: { ...ports.config.statement, chunkRows: ports.store.chunk },
      inbox: { ...ports, settings: ports.config.inbox },
    };
    const elapsed = stopwatch(ports.clock);
    let openAt = 0;
    return async (budget) => {
      const opens = elapsed() >= openAt;
      const report = await reconcileDue(deps, budget, opens);
      const isIdle = report.opened + report.triedAgain + report.runs.length === 0;
      if (!isIdle) openAt = 0;
      else if (opens) openAt = elapsed() + openEveryMs;
      return report;
    };
  });
}

/**
 * How often an idle function looks for days without a run, in ms. The first run of a morning always
 * does: no timer ran in the night before it.
 */
const OPEN_EVERY_MS = 3_600_000;

/** The same where each request is a call that costs. */
export function reconcileStatementInCloud(ports: Ports): WorkerHandler {
  return reconcileStatement(ports, OPEN_EVERY_MS);
}
