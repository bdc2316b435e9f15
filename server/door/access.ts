import type { IncomingMessage } from 'node:http';
import { serialize } from 'hono/utils/cookie';
import type { Operator } from '../../lib/model/operators/operator';
import { isKeyValid } from '../../lib/model/operators/operator';
import type { Person } from '../../lib/model/operators/principal';
import { asPerson } from '../../lib/model/operators/principal';
import type { SignInLog } from '../../lib/ops/people/sign-in-log';
import { bearerOf, operatorByToken } from '../../lib/ops/people/tokens';
import type { Log } from '../../lib/runtime/log';
import type { Clock } from '../../lib/values/instant';
import { isLoginToken } from './login';
import type { SignInOutcome } from '../health/metrics';
import { isFromThisMachine, isOwnPage } from './own-page';
import { openSessions, SESSION_MS } from '../operators/sessions';
import { openSignIns } from '../operators/sign-ins';

/** The operator a request comes from, if any. */
export type Visitor =
  | { readonly kind: 'operator'; readonly operator: Person }
  | { readonly kind: 'nobody' }
  /**
   * This address has shown too many wrong tokens; the next is only checked after this many seconds.
   */
  | { readonly kind: 'slowed'; readonly seconds: number };

/** The operator a token belongs to, and which of their tokens it is. */
type ByToken =
  | { readonly kind: 'operator'; readonly operator: Person; readonly sha256: string }
  | Exclude<Visitor, { readonly kind: 'operator' }>;

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
  /** Everybody who may come in now. */
  readonly people: () => readonly Operator[];
  /** True while the server has no token: then everybody on this machine may operate it. */
  readonly isOpen: () => boolean;
  /** A console session without anybody at it ends after this, in ms. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** The caller's address, also behind a gateway. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Counts the outcome of each token that was shown. */
  readonly observe: (outcome: SignInOutcome) => void;
  /** Records sign-ins and their ends. */
  readonly note: SignInLog;
}

const COOKIE = 'wxpay_inbox_session';

/** A page sends this header with requests that it makes by itself, without anybody at it. */
const UNATTENDED = 'x-unattended';

const NOBODY = { kind: 'nobody' } as const;

/** Who everybody on this machine is while the server is open to it only. */
export const THIS_MACHINE: Person = { name: 'this machine', role: 'act' };

/**
 * Access by bearer token, or by a session in a cookie that scripts cannot read and other sites'
 * requests do not carry. The operators are read again for every request, sessions included: a
 * revoked person, another role and the end of a token count at once.
 *
 * While no operator has a token the server listens on loopback only, and everybody on this machine
 * may act; a page of another site in a browser on this machine may not.
 *
 * Failure policy: fail closed. A request that is not clearly one of these is nobody's, and an
 * address that shows wrong tokens must pause.
 */
export function openAccess(parts: AccessParts): Access {
  const { people, isOpen, idleMs, clock, log, addressOf, observe, note } = parts;
  const signIns = openSignIns(clock);
  const sessions = openSessions(clock, idleMs, ({ name, address }) => {
    note({ event: 'session_expired', who: name, address });
  });

  const bySession = (request: IncomingMessage): Visitor => {
    const id = cookieOf(request);
    if (id === null || !isOwnPage(request)) return NOBODY;
    const session = sessions.find(id, request.headers[UNATTENDED] === undefined);
    if (session === null) return NOBODY;
    const operator = people().find(({ name }) => name === session.name);
    const now = clock.now();
    const isValid =
      operator !== undefined &&
      !operator.revoked &&
      operator.keys.some((key) => key.sha256 === session.sha256 && isKeyValid(key, now));
    if (isValid) return { kind: 'operator', operator: asPerson(operator) };
    sessions.end(id);
    note({ event: 'session_expired', who: session.name, address: session.address });
    return NOBODY;
  };

  const byToken = (request: IncomingMessage, token: string): ByToken => {
    const address = addressOf(request);
    const seconds = signIns.pauseSeconds(address);
    if (seconds > 0) {
      observe('slowed');
      return { kind: 'slowed', seconds };
    }
    const known = operatorByToken(people(), token, clock.now());
    if (known === null) {
      signIns.failed(address);
      observe('refused');
      log.warn('sign_in_refused', { outTradeNo: null, address });
      note({ event: 'sign_in_refused', who: null, address });
      return NOBODY;
    }
    const operator = asPerson(known.operator);
    // A command shows its token with every request, so it is logged once in a quarter of an hour
    // only.
    if (signIns.succeeded(address, operator.name)) {
      observe('accepted');
      const { name: who, role } = operator;
      log.info('sign_in_accepted', { outTradeNo: null, address, who, role });
      note({ event: 'sign_in', who, address });
    }
    return { kind: 'operator', operator, sha256: known.sha256 };
  };

  return {
    visitorOf(request) {
      const bearer = bearerOf(request.headers.authorization);
      if (bearer !== null) return isLoginToken(bearer) ? NOBODY : byToken(request, bearer);
      if (!isOpen()) return bySession(request);
      return isOwnPage(request) && isFromThisMachine(request)
        ? { kind: 'operator', operator: THIS_MACHINE }
        : NOBODY;
    },
    logIn(request, token) {
      const visitor = isOwnPage(request) ? byToken(request, token) : NOBODY;
      if (visitor.kind !== 'operator') return visitor;
      const { operator, sha256 } = visitor;
      const secret = sessions.begin({ name: operator.name, sha256, address: addressOf(request) });
      return { kind: 'begun', operator, cookie: cookie(request, secret, SESSION_MS / 1000) };
    },
    logOut(request) {
      const id = cookieOf(request);
      if (id !== null && isOwnPage(request)) {
        const ended = sessions.end(id);
        if (ended !== null) note({ event: 'sign_out', who: ended.name, address: addressOf(request) });
      }
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
