import type { Caller } from '../runtime/caller';
import type { PayerId } from '../values/ids';
import { maskPayer } from '../values/ids';
import type { Operator } from './api';

/**
 * Who a caller is to the operator's API; null for anybody who is no operator. The runtime proves authority (see `authorityOf`); the
 * merchant's own functions have none here: whatever they let a client ask would be asked in the merchant's name.
 *
 * Failure policy: fail closed. Only who is on a list, or holds the developer tools or the server's token, gets an answer.
 */
export function operatorOf(caller: Caller, readers: readonly PayerId[]): Operator | null {
  const { payer, source, authority } = caller;
  if (authority === 'operator') {
    return { name: payer === null ? source || 'operator' : maskPayer(payer), role: 'act' };
  }
  const isClient = source.split(',').every((hop) => hop.trim() === 'wx_client');
  return isClient && payer !== null && readers.includes(payer)
    ? { name: maskPayer(payer), role: 'read' }
    : null;
}
