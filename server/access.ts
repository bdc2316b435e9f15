import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Operator } from '../lib/ops/api';
import type { OpsTokens } from '../lib/ops/tokens';
import { bearerOf, operatorByToken } from '../lib/ops/tokens';
import type { Authority, Caller, Staff } from '../lib/runtime/caller';
import { authorityOf } from '../lib/runtime/caller';
import type { Clock, Instant } from '../lib/values/instant';
import { later } from '../lib/values/instant';

/** Says who an HTTP request comes from. */
export interface Access {
  /** The operator a request is from, by its bearer token, its session or because it comes from this very machine; null for others. */
  operatorOf(request: IncomingMessage): Operator | null;
  /**
   * In whose name a function is called. With tokens: an operator's or a reader's for who shows one, nobody's for the rest, because whoever
   * reaches the port can set any header. Without: what the headers say, because nobody but this machine reaches it.
   */
  authorityOf(request: IncomingMessage, caller: Caller, staff: Staff): Authority;
  /** Begins a session for whoever knows a token: the cookie to set, or null. */
  logIn(
    request: IncomingMessage,
    token: string,
  ): { readonly operator: Operator; readonly cookie: string } | null;
  /** Ends the request's session: the cookie that removes it. */
  logOut(request: IncomingMessage): string;
}

const COOKIE = 'wxpay_inbox_session';

/** A session ends after this, in ms: a working day. */
const SESSION_MS = 12 * 3_600_000;

/** More sessions than this and the oldest ends. */
const MOST_SESSIONS = 1_000;

interface Session {
  readonly operator: Operator;
  readonly until: Instant;
}

/**
 * Access by bearer token, or by a session in a cookie that scripts cannot read and other sites' requests do not carry. Sessions are
 * known by the hash of what the browser holds, and end with the process.
 *
 * Without an acting token the server listens on loopback only, and whoever is on this machine may act. A page of another site in a
 * browser on this machine is not: its requests name another origin, or another host when it has bent a name to 127.0.0.1.
 *
 * Failure policy: fail closed. What is not plainly one of these is nobody.
 */
export function openAccess(tokens: OpsTokens, clock: Clock): Access {
  const sessions = new Map<string, Session>();

  const bySession = (request: IncomingMessage): Operator | null => {
    const id = cookieOf(request);
    const session = id === null ? undefined : sessions.get(hash(id));
    if (session === undefined || session.until <= clock.now()) return null;
    return isOwnPage(request) ? session.operator : null;
  };

  const operatorOf = (request: IncomingMessage): Operator | null => {
    const bearer = bearerOf(request.headers.authorization);
    if (bearer !== null) return operatorByToken(tokens, bearer);
    if (tokens.act === null) {
      return isOwnPage(request) && isLocalName(request) ? { name: 'this machine', role: 'act' } : null;
    }
    return bySession(request);
  };

  return {
    operatorOf,
    authorityOf(request, { source, payer }, staff) {
      const operator = operatorOf(request);
      if (operator === null) return 'none';
      if (tokens.act === null) return authorityOf(source, payer, staff);
      return operator.role === 'act' ? 'operator' : 'reader';
    },
    logIn(request, token) {
      const operator = isOwnPage(request) ? operatorByToken(tokens, token) : null;
      if (operator === null) return null;
      const id = randomBytes(32).toString('base64url');
      sessions.set(hash(id), { operator, until: later(clock.now(), SESSION_MS) });
      const [oldest] = sessions.keys();
      if (sessions.size > MOST_SESSIONS && oldest !== undefined) sessions.delete(oldest);
      return { operator, cookie: cookie(request, id, SESSION_MS / 1000) };
    },
    logOut(request) {
      const id = cookieOf(request);
      if (id !== null && isOwnPage(request)) sessions.delete(hash(id));
      return cookie(request, '', 0);
    },
  };
}

/** `Secure` when the proxy in front says that the browser speaks TLS to it. */
function cookie(request: IncomingMessage, value: string, seconds: number): string {
  const secure = request.headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
  return `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
}

function cookieOf(request: IncomingMessage): string | null {
  const found = (request.headers.cookie ?? '').split(';').map((part) => part.trim().split('='));
  const values = found.flatMap(([name, value]) => (name === COOKIE && value ? [value] : []));
  // Two of them: one was planted from elsewhere.
  return values.length === 1 ? (values[0] ?? null) : null;
}

/**
 * True unless a browser says that another site's page sent this: browsers name the origin of every request that can change something,
 * and all of today's say whose page it was. What is no browser is not told to do anything by a page.
 */
function isOwnPage(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function isLocalName(request: IncomingMessage): boolean {
  const host = request.headers.host ?? '';
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}

function hash(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}
