import type { ReceiveDeps } from '../../../inbox/receive';

/** Opens nothing: no merchant of this installation has an APIv3 key. */
export function openGenerated(): Pick<ReceiveDeps, 'open'> {
  return {};
}
