import { processInbox as processDue } from '../../lib/inbox/process';
import type { Ports, WorkerHandler } from '../../lib/runtime/ports';
import { inboxSettings } from '../../lib/runtime/settings';

/** Works off the inbox: each notification is applied to its order once. */
export function processInbox(ports: Ports): WorkerHandler {
  const deps = { ...ports, settings: inboxSettings(ports.config) };
  return (budget) => processDue(deps, budget);
}
