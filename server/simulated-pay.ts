import { systemTimers } from '../lib/runtime/timers';
import type { Log } from '../lib/runtime/log';
import type { Config } from '../lib/config/config-schema';
import type { Clock } from '../lib/values/instant';
import type { Journal } from '../simulator/journal';
import type { Simulator } from '../simulator/simulator';
import { createSimulator } from '../simulator/simulator';
import type { DeliverCallback } from './served-functions';

/**
 * The simulated WeChat Pay of this machine. It keeps its records in `journal` and delivers its
 * notifications with `deliver`, one log line each.
 */
export function openSimulator(parts: {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Journal;
  readonly deliver: DeliverCallback;
}): Simulator {
  const { config, clock, log, journal, deliver } = parts;
  return createSimulator({
    clock,
    schedule: (delayMs, run) => systemTimers.after(delayMs, run),
    deliver: async (notification, { source, functionName }) => {
      const answer = await deliver(notification, source, functionName);
      const { outTradeNo } = notification;
      log.info('simulator_delivery', { outTradeNo: null, simulatedOrder: outTradeNo, source });
      return answer;
    },
    journal,
    speed: config.simulator.speed,
    random: Math.random,
  });
}
