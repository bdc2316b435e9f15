import type { IncomingMessage } from 'node:http';
import { bearerOf } from '../../lib/ops/people/tokens';
import type { Caller } from '../../lib/model/caller';
import { principalOf } from '../../lib/model/caller';
import type { Operator } from '../../lib/model/operators/operator';
import type { Principal } from '../../lib/model/operators/principal';
import { may, NOBODY } from '../../lib/model/operators/principal';
import type { PayerId } from '../../lib/values/ids';
import { isPayerId } from '../../lib/values/ids';
import type { Access, Visitor } from './access';
import type { Gateways } from './gateways';
import type { LoginTokens } from './login';
import { isLoginToken } from './login';

/** On whose behalf a call is made, or why that is unknown. */
export type Called =
  | { readonly kind: 'caller'; readonly caller: Caller }
  /** Two headers name a payer, and a stranger may have added one of them. */
  | { readonly kind: 'two_payers' }
  /** This address has shown too many wrong tokens and must pause for this many seconds. */
  | { readonly kind: 'slowed'; readonly seconds: number };

/** Identifies the caller of a request. */
export interface Identity {
  /** The platform's mark of a request: empty unless a gateway is trusted with it. */
  sourceOf(request: IncomingMessage): string;
  /** The caller of a function. */
  callerOf(request: IncomingMessage): Called;
  /** The caller's address. */
  addressOf(request: IncomingMessage): string;
}

/** What identifying callers needs. */
export interface IdentityParts {
  readonly gateways: Gateways;
  readonly access: Access;
  readonly logins: LoginTokens;
  readonly people: () => readonly Operator[];
  /** Whether every caller is trusted: loopback, no token, and simulated money only. */
  readonly isOpen: () => boolean;
}

/** The mark of a mini program's client, assumed for a call without one. */
const CLIENT = 'wx_client';

/**
 * Identifies the caller. `X-WX-SOURCE` and `X-WX-OPENID`, which WeChat Cloud Run sets, are trusted
 * from a configured gateway, or on a server that is open to this machine only. An operator's bearer
 * token may name the payer, as a merchant's own backend does. Any other caller is the payer of
 * their login token.
 *
 * Failure policy: fail closed. Any client can set any header. A mark that comes twice is joined and
 * then never equals the platform's; an OPENID that comes twice is refused.
 */
export function openIdentity({ gateways, access, logins, people, isOpen }: IdentityParts): Identity {
  const believed = (request: IncomingMessage): boolean => isOpen() || gateways.vouchFor(request);
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
      const caller = (payer: PayerId | null, source: string, by: Principal): Called => ({
        kind: 'caller',
        caller: { payer, source, by, ip },
      });
      // A token outranks the gateway: a merchant's backend may be behind one, too.
      const visitor: Visitor = isOpen() ? { kind: 'nobody' } : access.visitorOf(request);
      switch (visitor.kind) {
        case 'slowed':
          return visitor;
        case 'operator':
          return caller(may(visitor.operator, 'speak_for_payers') ? named : null, CLIENT, {
            kind: 'person',
            ...visitor.operator,
          });
        case 'nobody':
          break;
      }
      if (!believed(request)) return caller(loggedIn(request), CLIENT, NOBODY);
      const source = markOf(request) || CLIENT;
      const payer = named ?? loggedIn(request);
      return caller(payer, source, principalOf(source, payer, people()));
    },
  };
}

function markOf(request: IncomingMessage): string {
  return (request.headersDistinct['x-wx-source'] ?? []).join(',');
}
