import { processInbox as processDue } from '../../lib/inbox/process';
import type { Ports, WorkerHandler } from '../../lib/runtime/ports';
import { inboxSettings } from '../../lib/runtime/settings';
import { signallingToken } from '../../lib/runtime/token-signal';

/** Works off the inbox: each notification is applied to its order once. */
export function processInbox(given: Ports): WorkerHandler {
  return signallingToken(given, 'processInbox', (ports) => {
    const deps = { ...ports, settings: inboxSettings(ports.config) };
    return (budget) => processDue(deps, budget);
  });
}
