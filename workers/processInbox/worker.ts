import { processInbox as processDue } from '../../lib/inbox/process';
import type { Ports, WorkerHandler } from '../../lib/hosting/ports';
import { inboxSettings } from '../../lib/hosting/settings';
import { signallingToken } from '../../lib/hosting/token-signal';

/** Works off the inbox: each notification is applied to its order once. So many batches are under way at the same time. */
export function processInbox(given: Ports, lanes = 1): WorkerHandler {
  return signallingToken(given, 'processInbox', (ports) => {
    const deps = { ...ports, settings: inboxSettings(ports.config), lanes };
    return (budget) => processDue(deps, budget);
  });
}
