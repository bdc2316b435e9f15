import type { Finding } from '../ops/api';
import type { OpsDeps } from '../ops/deps';
import type { Ports } from './ports';
import { inboxSettings, orderSettings, refundSettings } from './settings';

/** What operating needs, from the ports of this runtime. `examine` looks at the installation. */
export function opsDeps(ports: Ports, examine: () => Promise<readonly Finding[]>): OpsDeps {
  const settings = inboxSettings(ports.config);
  return {
    ...ports,
    settings,
    orderSettings: orderSettings(ports.config),
    refundSettings: refundSettings(ports.config),
    merchants: settings.merchants,
    examine,
    newId: () => ports.newToken(),
  };
}
