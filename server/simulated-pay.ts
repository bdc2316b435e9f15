import { systemTimers } from '../lib/runtime/timers';
import type { Log } from '../lib/runtime/log';
import type { Config } from '../lib/config/config-schema';
import type { V3Party } from '../lib/config/v3-party';
import type { Clock } from '../lib/values/instant';
import type { Journal } from '../simulator/journal';
import type { Simulator } from '../simulator/simulator';
import { createSimulator } from '../simulator/simulator';
import type { DeliverV3 } from '../simulator/v3/http';
import type { SimulatedKeys } from '../simulator/v3/keys';
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
  /** The keys of its API v3; null when no merchant uses it. */
  readonly keys: SimulatedKeys | null;
  readonly deliverV3: DeliverV3;
}): Simulator {
  const { config, clock, log, journal, deliver, keys, deliverV3 } = parts;
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
    ...(keys === null
      ? {}
      : {
          v3: {
            parties: v3PartiesOf(config),
            keys,
            async deliver(delivery) {
              const answer = await deliverV3(delivery);
              log.info('simulator_delivery', {
                outTradeNo: null,
                path: delivery.path,
                status: answer.status,
              });
              return answer;
            },
          },
        }),
  });
}

/** The merchants on API v3, as its parties. */
export function v3PartiesOf({ merchants }: Config): readonly V3Party[] {
  return merchants.flatMap(({ channel }) => (channel.kind === 'v3' ? [channel.party] : []));
}
