import type { Finding } from '../ops/api';
import type { OpsDeps } from '../ops/deps';
import type { Ports } from './ports';
import { fen } from '../values/fen';
import { inboxSettings, orderSettings, refundSettings } from './settings';

/** How long the last action may still take, in ms: longer than one call to WeChat Pay. */
const LAST_ACT_MS = 12_000;

/** What operations need, from the ports of this runtime. `examine` runs the doctor's checks. */
export function opsDeps(ports: Ports, examine: () => Promise<readonly Finding[]>): OpsDeps {
  const settings = inboxSettings(ports.config);
  const { secondPersonAbove } = ports.config.ops;
  return {
    ...ports,
    settings,
    orderSettings: orderSettings(ports.config),
    refundSettings: refundSettings(ports.config),
    merchants: settings.merchants,
    secondPersonAbove: secondPersonAbove === null ? null : fen(secondPersonAbove),
    examine,
    actForMs: Math.max(1_000, ports.config.functions.ops.timeoutSeconds * 1000 - LAST_ACT_MS),
    newId: () => ports.newToken(),
  };
}
