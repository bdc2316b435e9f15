import { createHttpsTransport } from '../../../wechat/v3/https-transport';
import { REAL_HOSTS } from '../../../wechat/v3/real-hosts';
import type { V3Transport } from '../../../wechat/v3/transport';

/**
 * The API v3 of real money. Tests build with `test/shop/real-v3.ts` in its place: a deployed
 * function has no setting for another host.
 */
export function realV3(): {
  readonly hosts: readonly [string, ...string[]];
  readonly transport: V3Transport;
} {
  return { hosts: REAL_HOSTS, transport: createHttpsTransport() };
}
