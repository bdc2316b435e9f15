import type { Caller } from '../runtime/caller';
import { maskPayer } from '../values/ids';
import type { Operator } from './api';

/**
 * Who a caller is to the operator's API; null for anybody who is no operator. The runtime proves authority (see `authorityOf`); the
 * merchant's own functions have none here: whatever they let a client ask would be asked in the merchant's name.
 *
 * Failure policy: fail closed. Only who is on a list, or holds the developer tools or the server's token, gets an answer.
 */
export function operatorOf({ payer, source, authority }: Caller): Operator | null {
  const name = payer === null ? source || 'operator' : maskPayer(payer);
  switch (authority) {
    case 'operator':
      return { name, role: 'act' };
    case 'reader':
      return { name, role: 'read' };
    case 'merchant':
    case 'none':
      return null;
  }
}
