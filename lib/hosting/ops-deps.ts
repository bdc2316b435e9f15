import type { OpsDeps } from '../ops/deps';
import { notedStandings } from '../ops/running/worker-standing';
import { NOTED_EVERY_MS } from './noted-runs';
import type { Ports } from './ports';

/** How long the last action may still take, in ms: longer than one call to WeChat Pay. */
const LAST_ACT_MS = 12_000;

/** What this runtime gives operations beside the ports. */
export interface OpsHost extends Pick<OpsDeps, 'examine' | 'people' | 'targets' | 'webhook'> {
  /** How the workers stand; null where every run is a process of its own, which notes its runs. */
  readonly workers: OpsDeps['workers'] | null;
}

/** What operations need, from the ports of this runtime. */
export function opsDeps(ports: Ports, { examine, people, targets, workers, webhook }: OpsHost): OpsDeps {
  const settings = ports.config.inbox;
  return {
    ...ports,
    settings,
    orderSettings: ports.config.orders,
    refundSettings: ports.config.refunds,
    statementSettings: { ...ports.config.statement, chunkRows: ports.store.chunk },
    merchants: settings.merchants,
    payOutMerchants: ports.config.merchants.flatMap(({ subMchId, channel }) =>
      channel.kind === 'v3' ? [subMchId] : [],
    ),
    secondPersonAbove: ports.config.ops.secondPersonAbove,
    secondPerson: ports.config.ops.secondPerson,
    people,
    books: ports.config.statement,
    lateness: ports.config.watchdog,
    targets,
    workers:
      workers ??
      (() => notedStandings(ports.store.shared, ports.config.timers, ports.clock.now(), NOTED_EVERY_MS)),
    webhook,
    speech: ports.config.watchdog.speech,
    examine,
    actForMs: Math.max(1_000, ports.config.functions.ops.timeoutMs - LAST_ACT_MS),
    newId: () => ports.newToken(),
  };
}
