import type { PayerId } from '../values/ids';

/**
 * In whose name a call is made: an operator's, who may move the merchant's money; a reader's, who
 * may look at what operators see; the merchant's own code's; or nobody's. The runtime says it, from
 * what the platform or the operator's token proves; never from the event.
 */
export type Authority = 'operator' | 'reader' | 'merchant' | 'none';

/** The OPENIDs of those who may act, and of those who may look (`ops` in config.json). */
export interface Staff {
  readonly operators: readonly string[];
  readonly readers: readonly string[];
}

/** Who called a function, by the platform's word; never taken from the event. */
export interface Caller {
  /**
   * The OPENID of the mini program's user, or null when there is none (timers, WeChat Pay, other
   * servers).
   */
  readonly payer: PayerId | null;
  /**
   * The platform's mark of where the call came from (`TCB_SOURCE` / `X-WX-SOURCE`), empty when it
   * set none.
   */
  readonly source: string;
  /** The caller's IP address, or `127.0.0.1` when the platform told none. */
  readonly ip: string;
  readonly authority: Authority;
  /** How long the call had waited on this machine before its function was entered, in ms; absent where nobody can tell. */
  readonly waitedMs?: number;
}

/**
 * True for a call that began in a mini program's client, also when it came through functions of the
 * merchant's own.
 */
export function isClientCall(source: string): boolean {
  return source.split(',').some((hop) => hop.trim() === 'wx_client');
}

/**
 * Where a call can come from that no client can have made: the developer tools, another function,
 * the HTTP API with the app's secret, a timer.
 */
const TRUSTED_HOPS: ReadonlySet<string> = new Set(['wx_devtools', 'scf', 'wx_http', 'wx_trigger']);

/**
 * The authority of a call in the cloud, by the platform's mark. Calls from function to function
 * append to the mark, so every hop counts: `scf` is the merchant's own function, `wx_client,scf` a
 * client's call through one. A client has no authority, unless its OPENID is on one of the lists.
 *
 * Failure policy: fail closed. A mark that is empty or not known here gives none: it cannot be told
 * whose call it is.
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
