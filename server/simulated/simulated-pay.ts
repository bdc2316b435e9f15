import { systemTimers } from '../../lib/runtime/timers';
import type { Log } from '../../lib/runtime/log';
import type { Config } from '../../lib/config/config-schema';
import type { V3Party } from '../../lib/config/v3-party';
import type { Clock } from '../../lib/values/instant';
import type { V3Transport } from '../../lib/wechat/v3/transport';
import type { Journal } from '../../simulator/journal';
import type { PayApi } from '../../simulator/pay-api';
import type { Simulator } from '../../simulator/simulator';
import { createSimulator } from '../../simulator/simulator';
import type { DeliverV3 } from '../../simulator/v3/http';
import type { SimulatedKeys } from '../../simulator/v3/keys';
import type { ApiV3 } from '../money/api-v3';
import { simulatedApiV3 } from '../money/api-v3';
import { farSimulator } from './far-simulator';
import type { Simulation } from './join-simulation';
import type { DeliverCallback } from '../served-functions';
import { openSimulatedKeys } from './simulated-keys';
import { simulatedTransport } from './simulated-v3';

/**
 * The simulated WeChat Pay of this machine. It keeps its records in `journal` and delivers its
 * notifications with `deliver`, one log line each.
 */
function openSimulator(parts: {
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

/** WeChat Pay as this server calls it while money is simulated. */
export interface SimulatedPay {
  /** Null where another server of this machine plays it. */
  readonly simulator: Simulator | null;
  readonly payApi: PayApi;
  /** Null when no merchant uses API v3. */
  readonly apiV3: ApiV3 | null;
}

/** Opens it: the simulator in this process, or the way to the one of another server. */
export function openSimulatedPay(parts: {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly simulation: Simulation;
  readonly deliver: DeliverCallback;
  readonly deliverV3: DeliverV3;
}): SimulatedPay {
  const { config, clock, simulation } = parts;
  const hasV3 = v3PartiesOf(config).length > 0;
  const keys = hasV3 ? openSimulatedKeys(simulation.keysFolder, clock.now()) : null;
  const apiV3 = (transport: V3Transport | null): ApiV3 | null =>
    transport === null || keys === null ? null : simulatedApiV3(transport, keys);
  switch (simulation.kind) {
    case 'here': {
      const simulator = openSimulator({ ...parts, journal: simulation.journal, keys });
      const v3 = simulator.v3 ?? null;
      return {
        simulator,
        payApi: (name, request) => simulator.payApi(name, request),
        apiV3: apiV3(v3 === null ? null : simulatedTransport(v3)),
      };
    }
    case 'elsewhere': {
      const { payApi, transport } = farSimulator(simulation.addressOf);
      return { simulator: null, payApi, apiV3: apiV3(transport) };
    }
  }
}

/** The merchants on API v3, as its parties. */
export function v3PartiesOf({ merchants }: Config): readonly V3Party[] {
  return merchants.flatMap(({ channel }) => (channel.kind === 'v3' ? [channel.party] : []));
}
