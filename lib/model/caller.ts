import type { PayerId } from '../values/ids';
import { maskPayer } from '../values/ids';
import type { Operator } from './operators/operator';
import type { Principal } from './operators/principal';
import { asPerson, NOBODY } from './operators/principal';

/** Who called a function, as reported by the platform; never taken from the event. */
export interface Caller {
  /**
   * The OPENID of the mini program's user, or null without one (timers, WeChat Pay, other servers).
   */
  readonly payer: PayerId | null;
  /** The platform's source mark (`TCB_SOURCE` / `X-WX-SOURCE`); empty when there is none. */
  readonly source: string;
  /** The caller's IP address, or `127.0.0.1` when the platform reports none. */
  readonly ip: string;
  /** On whose authority: derived from what the platform or a token proves, never from the event. */
  readonly by: Principal;
  /**
   * How long the call waited on this machine before its function started, in ms; absent when
   * unknown.
   */
  readonly waitedMs?: number;
}

/**
 * True for a call that originates in a mini program's client, even through the merchant's own
 * functions.
 */
export function isClientCall(source: string): boolean {
  return source.split(',').some((hop) => hop.trim() === 'wx_client');
}

/**
 * Sources that no client can use: the developer tools, another function, the HTTP API with the
 * app's secret, a timer.
 */
const TRUSTED_HOPS: ReadonlySet<string> = new Set(['wx_devtools', 'scf', 'wx_http', 'wx_trigger']);

/**
 * On whose authority a call in the cloud is made, from the platform's source mark. Calls between
 * functions append to the mark, so every hop counts: `scf` is the merchant's own function,
 * `wx_client,scf` a client's call through one. A client is nobody unless its OPENID is an
 * operator's who is not revoked.
 *
 * Failure policy: fail closed. An empty or unknown mark is nobody's, because it does not prove who
 * calls.
 */
export function principalOf(source: string, payer: PayerId | null, people: readonly Operator[]): Principal {
  const hops = source.split(',').map((hop) => hop.trim());
  if (!hops.every((hop) => hop === 'wx_client' || TRUSTED_HOPS.has(hop))) return NOBODY;
  if (isClientCall(source)) return payer === null ? NOBODY : memberOf(payer, people);
  if (!hops.includes('wx_devtools')) return { kind: 'merchant' };
  return { kind: 'person', name: payer === null ? source : maskPayer(payer), role: 'act' };
}

function memberOf(payer: PayerId, people: readonly Operator[]): Principal {
  const found = people.find(({ openIds, revoked }) => !revoked && openIds.includes(payer));
  return found === undefined ? NOBODY : { kind: 'person', ...asPerson(found) };
}
