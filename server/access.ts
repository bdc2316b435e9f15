import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { serialize } from 'hono/utils/cookie';
import type { Person, Role } from '../lib/model/principal';
import type { OpsTokens } from '../lib/ops/tokens';
import { bearerOf, operatorByToken } from '../lib/ops/tokens';
import type { Log } from '../lib/runtime/log';
import type { Clock, Instant } from '../lib/values/instant';
import { later } from '../lib/values/instant';
import { isLoginToken } from './login';
import type { SignInOutcome } from './metrics';
import { isFromThisMachine, isOwnPage } from './own-page';
import { openSignIns } from './sign-ins';

/** The operator a request comes from, if any. */
export type Visitor =
  | { readonly kind: 'operator'; readonly operator: Person }
  | { readonly kind: 'nobody' }
  /**
   * This address has shown too many wrong tokens; the next is only checked after this many seconds.
   */
  | { readonly kind: 'slowed'; readonly seconds: number };

/** The result of an attempt to sign in. */
export type LogIn =
  | { readonly kind: 'begun'; readonly operator: Person; readonly cookie: string }
  | Exclude<Visitor, { readonly kind: 'operator' }>;

/** Tells whether an HTTP request comes from an operator. */
export interface Access {
  /**
   * The operator behind a request, by bearer token, by session, or because it comes from this
   * machine.
   */
  visitorOf(request: IncomingMessage): Visitor;
  /** Starts a session for a valid token. */
  logIn(request: IncomingMessage, token: string): LogIn;
  /** Ends the request's session; returns the cookie that removes it. */
  logOut(request: IncomingMessage): string;
}

/** What access needs. */
export interface AccessParts {
  readonly tokens: OpsTokens;
  readonly clock: Clock;
  readonly log: Log;
  /** The caller's address, also behind a gateway. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Counts the outcome of each token that was shown. */
  readonly observe: (outcome: SignInOutcome) => void;
}

const COOKIE = 'wxpay_inbox_session';

/** A session ends after this, in ms: a working day. */
const SESSION_MS = 12 * 3_600_000;

/** Beyond this number of sessions for one right, its oldest ends. */
const MOST_SESSIONS = 200;

interface Session {
  readonly operator: Person;
  readonly until: Instant;
}

const NOBODY = { kind: 'nobody' } as const;

/**
 * Access by bearer token, or by a session in a cookie that scripts cannot read and other sites'
 * requests do not carry. Sessions are stored by the hash of the browser's secret and end with the
 * process. Each right has its own sessions, so a read-only operator cannot end another's session by
 * starting many.
 *
 * Without an acting token the server listens on loopback only, and everybody on this machine may
 * act; a page of another site in a browser on this machine may not.
 *
 * Failure policy: fail closed. A request that is not clearly one of these is nobody's, and an
 * address that shows wrong tokens must pause.
 */
export function openAccess({ tokens, clock, log, addressOf, observe }: AccessParts): Access {
  const sessions: Readonly<Record<Role, Map<string, Session>>> = {
    read: new Map(),
    act: new Map(),
  };
  const signIns = openSignIns(clock);

  const bySession = (request: IncomingMessage): Visitor => {
    const id = cookieOf(request);
    if (id === null) return NOBODY;
    const key = hash(id);
    const session = sessions.act.get(key) ?? sessions.read.get(key);
    if (session === undefined || session.until <= clock.now() || !isOwnPage(request)) return NOBODY;
    return { kind: 'operator', operator: session.operator };
  };

  const byToken = (request: IncomingMessage, token: string): Visitor => {
    const address = addressOf(request);
    const seconds = signIns.pauseSeconds(address);
    if (seconds > 0) {
      observe('slowed');
      return { kind: 'slowed', seconds };
    }
    const operator = operatorByToken(tokens, token);
    if (operator === null) {
      signIns.failed(address);
      observe('refused');
      log.warn('sign_in_refused', { outTradeNo: null, address });
      return NOBODY;
    }
    // A command shows its token with every request, so it is logged once in a quarter of an hour
    // only.
    if (signIns.succeeded(address, operator.role)) {
      observe('accepted');
      log.info('sign_in_accepted', { outTradeNo: null, address, role: operator.role });
    }
    return { kind: 'operator', operator };
  };

  return {
    visitorOf(request) {
      const bearer = bearerOf(request.headers.authorization);
      if (bearer !== null) return isLoginToken(bearer) ? NOBODY : byToken(request, bearer);
      if (tokens.act !== null) return bySession(request);
      return isOwnPage(request) && isFromThisMachine(request)
        ? { kind: 'operator', operator: { name: 'this machine', role: 'act' } }
        : NOBODY;
    },
    logIn(request, token) {
      const visitor = isOwnPage(request) ? byToken(request, token) : NOBODY;
      if (visitor.kind !== 'operator') return visitor;
      const { operator } = visitor;
      const mine = sessions[operator.role];
      const id = randomBytes(32).toString('base64url');
      mine.set(hash(id), { operator, until: later(clock.now(), SESSION_MS) });
      const [oldest] = mine.keys();
      if (mine.size > MOST_SESSIONS && oldest !== undefined) mine.delete(oldest);
      return { kind: 'begun', operator, cookie: cookie(request, id, SESSION_MS / 1000) };
    },
    logOut(request) {
      const id = cookieOf(request);
      if (id !== null && isOwnPage(request))
        for (const each of Object.values(sessions)) each.delete(hash(id));
      return cookie(request, '', 0);
    },
  };
}

/** `Secure` when the proxy in front says that the browser uses TLS. */
function cookie(request: IncomingMessage, value: string, seconds: number): string {
  return serialize(COOKIE, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    maxAge: seconds,
    secure: request.headers['x-forwarded-proto'] === 'https',
  });
}

/** By hand: a library's parser takes the first of two cookies, or the last. */
function cookieOf(request: IncomingMessage): string | null {
  const found = (request.headers.cookie ?? '').split(';').map((part) => part.trim().split('='));
  const values = found.flatMap(([name, value]) => (name === COOKIE && value ? [value] : []));
  // Two of them: one was planted by somebody else.
  return values.length === 1 ? (values[0] ?? null) : null;
}

function hash(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}
