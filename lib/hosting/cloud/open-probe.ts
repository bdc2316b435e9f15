import { randomUUID } from 'node:crypto';
import cloud from 'wx-server-sdk';
import type { ProbeDeps } from '../../doctor/probe/probe';
import type { Budget } from '../../runtime/budget';
import { budgetOf } from '../../runtime/budget';
import { systemClock } from '../../runtime/system-clock';
import { systemTimers } from '../../runtime/timers';
import { builtConfig } from './built-config';
import { openQuietPorts } from './quiet-ports';

/** What the function `probe` asks with. Makes no request. */
export function openProbe(): { readonly deps: ProbeDeps; readonly budgetOf: () => Budget } {
  const { store } = openQuietPorts('probe');
  return {
    deps: {
      db: cloud.database(),
      files: cloud,
      clock: systemClock,
      timers: systemTimers,
      newId: randomUUID,
      hasOrders: async () => (await store.orders.firstCreatedAt()) !== null,
      environment: process.env,
      nodeVersion: process.version,
    },
    budgetOf: () => budgetOf(systemClock, builtConfig.functions.probe.timeoutMs),
  };
}
