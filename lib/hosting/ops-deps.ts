import type { Finding } from '../ops/api';
import type { OpsDeps } from '../ops/deps';
import type { Ports } from './ports';
import { fen } from '../values/fen';
import { inboxSettings, orderSettings, refundSettings } from './settings';

/** What was begun last still has this long to end, in ms: longer than one call to WeChat Pay may take. */
const LAST_ACT_MS = 12_000;

/** What operating needs, from the ports of this runtime. `examine` looks at the installation. */
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
