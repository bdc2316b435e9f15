import type { IncomingMessage } from 'node:http';
import { bearerOf } from '../lib/ops/tokens';
import type { Caller, Staff } from '../lib/runtime/caller';
import { authorityOf } from '../lib/runtime/caller';
import type { PayerId } from '../lib/values/ids';
import { isPayerId } from '../lib/values/ids';
import type { Access } from './access';
import type { Gateways } from './gateways';
import type { LoginTokens } from './login';
import { isLoginToken } from './login';

/** Whom a call is made for, or why that is not said. */
export type Called =
  | { readonly kind: 'caller'; readonly caller: Caller }
  /** Two headers name a payer: whichever was taken could be the one that a stranger slipped in. */
  | { readonly kind: 'two_payers' }
  /** The address has shown too many wrong tokens, and has to pause for so many seconds. */
  | { readonly kind: 'slowed'; readonly seconds: number };

/** Says whom a request is from. */
export interface Identity {
  /** The platform's mark of a request: empty unless a gateway vouches for it. */
  sourceOf(request: IncomingMessage): string;
  /** Who calls a function. */
  callerOf(request: IncomingMessage): Called;
  /** The address of whoever called. */
  addressOf(request: IncomingMessage): string;
}

/** What telling callers apart needs. */
export interface IdentityParts {
  readonly gateways: Gateways;
  readonly access: Access;
  readonly logins: LoginTokens;
  readonly staff: Staff;
  /** Whether whoever reaches this server is believed: loopback, no token, and no money but the simulator's. */
  readonly open: boolean;
}

const NOBODY = { kind: 'nobody' } as const;

/** The mark of a mini program's client, which a call without a mark is taken for. */
const CLIENT = 'wx_client';

/**
 * Who calls. `X-WX-SOURCE` and `X-WX-OPENID`, which WeChat Cloud Run sets, are believed from a gateway of the configuration, or on a
 * server that is open to this machine only. An operator's bearer token may name the payer: it is how a merchant's own backend calls.
 * Anybody else is whom their login token names.
 *
 * Failure policy: fail closed. Whoever reaches a port can set any header. A mark that comes twice is joined, and a joined mark is
 * never exactly the platform's; an OPENID that comes twice is refused.
 */
export function openIdentity({ gateways, access, logins, staff, open }: IdentityParts): Identity {
  const believed = (request: IncomingMessage): boolean => open || gateways.vouchFor(request);
  const loggedIn = (request: IncomingMessage): PayerId | null => {
    const bearer = bearerOf(request.headers.authorization);
    return bearer !== null && isLoginToken(bearer) ? logins.payerOf(bearer) : null;
  };
  return {
    addressOf: (request) => gateways.addressOf(request),
    sourceOf: (request) => (believed(request) ? markOf(request) : ''),
    callerOf(request) {
      const payers = request.headersDistinct['x-wx-openid'] ?? [];
      if (payers.length > 1) return { kind: 'two_payers' };
      const named = isPayerId(payers[0]) ? payers[0] : null;
      const ip = gateways.addressOf(request) || '127.0.0.1';
      const caller = (payer: PayerId | null, source: string, authority: Caller['authority']): Called => ({
        kind: 'caller',
        caller: { payer, source, authority, ip },
      });
      // A token says more than where a call came through: a merchant's backend may stand behind a gateway, too.
      const visitor = open ? NOBODY : access.visitorOf(request);
      switch (visitor.kind) {
        case 'slowed':
          return visitor;
        case 'operator':
          return visitor.operator.role === 'act'
            ? caller(named, CLIENT, 'operator')
            : caller(null, CLIENT, 'reader');
        case 'nobody':
          break;
      }
      if (!believed(request)) return caller(loggedIn(request), CLIENT, 'none');
      const source = markOf(request) || CLIENT;
      const payer = named ?? loggedIn(request);
      return caller(payer, source, authorityOf(source, payer, staff));
    },
  };
}

function markOf(request: IncomingMessage): string {
  return (request.headersDistinct['x-wx-source'] ?? []).join(',');
}
