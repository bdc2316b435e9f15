import type { OpsDeps } from '../ops/deps';
import type { Ports } from './ports';

/** How long the last action may still take, in ms: longer than one call to WeChat Pay. */
const LAST_ACT_MS = 12_000;

/** What this runtime gives operations beside the ports. */
export type OpsHost = Pick<OpsDeps, 'examine' | 'targets' | 'workers' | 'webhook'>;

/** What operations need, from the ports of this runtime. */
export function opsDeps(ports: Ports, { examine, targets, workers, webhook }: OpsHost): OpsDeps {
  const settings = ports.config.inbox;
  return {
    ...ports,
    settings,
    orderSettings: ports.config.orders,
    refundSettings: ports.config.refunds,
    merchants: settings.merchants,
    secondPersonAbove: ports.config.ops.secondPersonAbove,
    secondPerson: ports.config.ops.secondPerson,
    lateness: ports.config.watchdog,
    targets,
    workers,
    webhook,
    speech: ports.config.watchdog.speech,
    examine,
    actForMs: Math.max(1_000, ports.config.functions.ops.timeoutMs - LAST_ACT_MS),
    newId: () => ports.newToken(),
  };
}
