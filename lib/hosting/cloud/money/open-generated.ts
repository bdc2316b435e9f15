import type { ReceiveDeps } from '../../../inbox/receive';
import { openWithKeysOf, v3Signers } from '../../../inbox/v3/receive-v3';
import { builtConfig } from '../built-config';
import { readReceivingKeys } from './receiving-keys';

/** Opens what an integration hands over encrypted, for installations with a merchant on API v3. */
export function openGenerated(): Pick<ReceiveDeps, 'open'> {
  const keysOf = readReceivingKeys(__dirname);
  return {
    open: openWithKeysOf(v3Signers(builtConfig.merchants, (signer) => ({ keys: () => keysOf(signer) }))),
  };
}
