import { randomUUID } from 'node:crypto';
import cloud from 'wx-server-sdk';
import type { ProbeDeps } from '../../doctor/probe/probe';
import type { Budget } from '../../runtime/budget';
import { budgetOf } from '../../runtime/budget';
import { systemClock } from '../../runtime/system-clock';
import { systemTimers } from '../../runtime/timers';
import { builtConfig } from './built-config';
import { openQuietPorts } from './quiet-ports';

/** The probe ends this long before the platform would cut it off, in ms, to answer. */
const MARGIN_MS = 1_500;

/**
 * What the function `probe` asks with. Makes no request. Its budget is what the platform grants,
 * which may be less than the setting: a probe that is cut off tells nothing, not even that.
 */
export function openProbe(): {
  readonly deps: ProbeDeps;
  readonly budgetOf: (timeMs: number | null) => Budget;
} {
  const { timeoutMs, memoryMb } = builtConfig.functions.probe;
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
      settings: { connections: builtConfig.store.connections, timeMs: timeoutMs, memoryMb },
    },
    budgetOf: (timeMs) => budgetOf(systemClock, Math.min(timeMs ?? timeoutMs, timeoutMs) - MARGIN_MS),
  };
}
