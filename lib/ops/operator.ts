import type { Caller } from '../runtime/caller';
import { maskPayer } from '../values/ids';
import type { Operator } from './api';

/**
 * The operator behind a caller; null when there is none. The runtime proves authority (see
 * `authorityOf`). The merchant's own functions have none here: a request that they forward for a
 * client would run in the merchant's name.
 *
 * Failure policy: fail closed. Only people on a list, the developer tools and holders of the
 * server's token get an answer.
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
