import type { PayerId } from '../values/ids';

/**
 * The rights of a call: an operator's (read and write, including the merchant's money), a reader's
 * (read only), the merchant's own code's, or none. The runtime derives it from what the platform or
 * the operator token proves, never from the event.
 */
export type Authority = 'operator' | 'reader' | 'merchant' | 'none';

/** The OPENIDs with read and write access, and with read-only access (`ops` in config.json). */
export interface Staff {
  readonly operators: readonly string[];
  readonly readers: readonly string[];
}

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
  readonly authority: Authority;
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
 * The authority of a call in the cloud, from the platform's source mark. Calls between functions
 * append to the mark, so every hop counts: `scf` is the merchant's own function, `wx_client,scf` a
 * client's call through one. A client has no authority unless its OPENID is on one of the lists.
 *
 * Failure policy: fail closed. An empty or unknown mark gives none, because it does not prove who
 * calls.
 */
export function authorityOf(source: string, payer: PayerId | null, staff: Staff): Authority {
  const hops = source.split(',').map((hop) => hop.trim());
  if (!hops.every((hop) => hop === 'wx_client' || TRUSTED_HOPS.has(hop))) return 'none';
  if (isClientCall(source)) return payer === null ? 'none' : staffAuthority(payer, staff);
  return hops.includes('wx_devtools') ? 'operator' : 'merchant';
}

function staffAuthority(payer: PayerId, { operators, readers }: Staff): Authority {
  if (operators.includes(payer)) return 'operator';
  return readers.includes(payer) ? 'reader' : 'none';
}
