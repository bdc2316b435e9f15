import { createHttpsTransport } from '../../lib/wechat/v3/https-transport';

/** The API v3 of built functions in tests: on loopback, by default a port where nobody listens. */
export function realV3() {
  const hosts: readonly [string, ...string[]] = [process.env['LOOPBACK_WECHAT_PAY'] ?? 'http://127.0.0.1:9'];
  return { hosts, transport: createHttpsTransport({ plainOnLoopback: true }) };
}
