import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * True unless a browser says that another site's page sent this. Browsers name the origin of every
 * request that can change something, and current ones also say whose page it was. Other clients are
 * not controlled by a page.
 */
export function isOwnPage(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

/** True for an address this server listens on without a token. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * True when the request names this machine, and not a name that somebody points at it (DNS
 * rebinding).
 */
export function isLocalName({ headers: { host = '' } }: IncomingMessage): boolean {
  // Parsed by hand for notifications' sake; only other hosts need a URL parser.
  const name = /^([0-9a-z.]+|\[::1\])(?::\d{1,5})?$/.exec(host)?.[1];
  return name !== undefined && (name === '[::1]' || isLoopback(name));
}

/** What proxies add to a request that they pass on. */
const OF_PROXIES = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'] as const;

/**
 * True for a request that a proxy on this machine passes on: it names this machine, and anybody may
 * have sent it. One that is addressed as to a proxy (`POST http://name/path`) names another host
 * than its header.
 */
function isPassedOn({ headers, url = '/' }: IncomingMessage): boolean {
  return !url.startsWith('/') || OF_PROXIES.some((name) => headers[name] !== undefined);
}

/**
 * Whether a server without a token, which trusts everybody on this machine, answers a request at
 * all. A page of another site in a browser on this machine is not trusted: its requests name
 * another origin, or another host when its name was pointed here. Following a link is harmless: the
 * other site learns and changes nothing.
 *
 * Failure policy: fail closed. A Host header that is missing, doubled or unreadable names no
 * machine.
 */
export function isFromThisMachine(request: IncomingMessage): boolean {
  if (isPassedOn(request)) return false;
  if ((request.headersDistinct.host ?? []).length !== 1 || !isLocalName(request)) return false;
  return isOwnPage(request) || (request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate');
}
