import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { ConfigError } from '../../lib/config/config';
import type { Config } from '../../lib/config/config-schema';

/**
 * Gateways in front of the server that may state who calls: WeChat's own, or a proxy that sets and
 * strips `X-WX-*`.
 */
export interface Gateways {
  /**
   * True for a request that came through one, by its address, its secret or both, as configured.
   */
  vouchFor(request: IncomingMessage): boolean;
  /** The caller's address: the last entry of a gateway's `X-Forwarded-For`, otherwise the peer. */
  addressOf(request: IncomingMessage): string;
}

type GatewayConfig = Config['server']['gateways'][number];

/** The header in which a gateway sends its secret. It must strip what clients send in it. */
export const SECRET_HEADER = 'x-gateway-secret';

/** A shorter secret could be guessed. */
const LEAST_SECRET = 22;

/** The variable with a gateway's secret: `GATEWAY_CLOUD_RUN_SECRET` for `cloud-run`. */
export function secretVariable(name: string): string {
  return `GATEWAY_${name.toUpperCase().replaceAll('-', '_')}_SECRET`;
}

/**
 * The gateways of config.json, with their secrets from the environment. Throws `ConfigError` for a
 * secret that is missing or short.
 *
 * Failure policy: fail closed. A gateway with addresses and a secret must match both; without
 * gateways nobody is trusted.
 */
export function openGateways(
  configured: readonly GatewayConfig[],
  env: Readonly<Record<string, string | undefined>>,
): Gateways {
  const gateways = configured.map((one) => openGateway(one, env));
  const vouchFor = (request: IncomingMessage): boolean => gateways.some((vouches) => vouches(request));
  return {
    vouchFor,
    addressOf(request) {
      const forwarded = request.headersDistinct['x-forwarded-for']?.at(-1)?.split(',').at(-1)?.trim() ?? '';
      return isIP(forwarded) !== 0 && vouchFor(request) ? forwarded : peerOf(request);
    },
  };
}

function openGateway(
  { name, addresses, secret }: GatewayConfig,
  env: Readonly<Record<string, string | undefined>>,
): (request: IncomingMessage) => boolean {
  const known = new BlockList();
  for (const range of addresses) {
    const [address = '', bits] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) known.addAddress(address, family);
    else known.addSubnet(address, Number(bits), family);
  }
  const comesFrom = (request: IncomingMessage): boolean => {
    const peer = peerOf(request);
    return addresses.length === 0 || (isIP(peer) !== 0 && known.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4'));
  };
  if (!secret) return comesFrom;
  const variable = secretVariable(name);
  const wanted = env[variable] ?? '';
  if (wanted.length < LEAST_SECRET) {
    throw new ConfigError(
      `${variable}: was ${wanted === '' ? 'missing' : 'too short'}; the gateway ${name} needs at least ${LEAST_SECRET} characters: openssl rand -base64 32`,
    );
  }
  return (request) => {
    const given = request.headersDistinct[SECRET_HEADER] ?? [];
    return given.length === 1 && same(given[0] ?? '', wanted) && comesFrom(request);
  };
}

/** The peer's address; an IPv4 address mapped into IPv6 (`::ffff:10.0.0.1`) as plain IPv4. */
function peerOf(request: IncomingMessage): string {
  const address = request.socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

function same(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
