import { keepFigures } from '../../lib/ops/watch/keep-figures';
import type { Ports, WorkerHandler } from '../../lib/runtime/ports';

/** Measures how things stand, and keeps it for the operator's plots. */
export function watchdog(ports: Ports): WorkerHandler {
  return async () => {
    const { at } = await keepFigures(ports.store, ports.clock.now());
    return { measuredAt: at };
  };
}
