import { overloaded } from './errors';
import type { PlatformLimits } from './limits';

/** The database requests of one environment, as many as its plan admits. */
export interface Traffic {
  /** Runs a request, or refuses it for load without running it. */
  pass<Reply>(request: () => Promise<Reply>): Promise<Reply>;
}

/** Counts requests in flight and within the last second. */
export function newTraffic(limits: PlatformLimits, clock: { now(): number }): Traffic {
  let inFlight = 0;
  let startedAt: number[] = [];

  return {
    async pass(request) {
      const { connections = Infinity, requestsPerSecond = Infinity } = limits;
      if (inFlight >= connections) throw overloaded('connections');
      if (Number.isFinite(requestsPerSecond)) {
        const now = clock.now();
        startedAt = startedAt.filter((at) => at > now - 1_000);
        if (startedAt.length >= requestsPerSecond) throw overloaded('requests');
        startedAt.push(now);
      }
      inFlight += 1;
      try {
        return await request();
      } finally {
        inFlight -= 1;
      }
    },
  };
}
