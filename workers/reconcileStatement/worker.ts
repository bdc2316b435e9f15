import type { Ports, WorkerHandler } from '../../lib/runtime/ports';
import { inboxSettings, statementSettings } from '../../lib/runtime/settings';
import { reconcileStatement as reconcileDue } from '../../lib/statement/reconcile';

/** Proves each day against WeChat Pay's statement, and repairs through the inbox what nobody told us of. */
export function reconcileStatement(ports: Ports): WorkerHandler {
  const deps = {
    ...ports,
    settings: statementSettings(ports.config),
    inbox: { ...ports, settings: inboxSettings(ports.config) },
  };
  return (budget) => reconcileDue(deps, budget);
}
