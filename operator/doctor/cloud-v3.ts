import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../../lib/config/config-schema';
import { signerOf } from '../../lib/config/v3-party';
import { examineApiV3 } from '../../lib/doctor/api-v3';
import { problem } from '../../lib/doctor/finding';
import type { Finding } from '../../lib/ops/api';
import { systemClock } from '../../lib/runtime/system-clock';
import type { SubMchId } from '../../lib/values/ids';
import { KeyError } from '../../lib/wechat/v3/keys/key-sources';
import { notifyUrl } from '../../lib/wechat/v3/notify-url';
import type { KeySet } from '../../lib/wechat/v3/keys/read-keys';
import { folderKeys } from '../../scripts/build/key-folder';
import { v3Parties, type RealWeChatPay } from '../../server/money/api-v3';
import { readAllKeys } from '../../server/money/keys';

/**
 * Checks the merchants on API v3 of cloud functions from the checkout they are built in: the keys
 * of its folder `keys`, one signed call with them, and whether `cloud.callbackUrl` leads to a
 * callback. A function could not check that: those with the key that signs are called by nobody.
 *
 * Nothing without such merchants, without `cloud.callbackUrl`, or with simulated money. Never
 * rejects.
 */
export async function examineCloudV3(
  config: Config,
  root: string,
  { hosts, transport }: RealWeChatPay,
): Promise<readonly Finding[]> {
  const [first, ...rest] = v3Parties(config);
  const { callbackUrl } = config.cloud;
  if (first === undefined || callbackUrl === null || config.simulator.enabled === true) return [];
  const keys = keysIn(join(root, 'keys'), [first, ...rest].map(signerOf));
  if ('check' in keys) return [keys];
  return examineApiV3({
    parties: [first, ...rest],
    keysOf: (signer) => {
      const found = keys.get(signer);
      if (found === undefined) throw new TypeError(`${signer} signs for no merchant of config.json`);
      return found;
    },
    transport,
    host: hosts[0],
    addressSetting: 'cloud.callbackUrl or the routes of the HTTP access service (docs/deploy.md)',
    notifyUrl: (signer) => notifyUrl(callbackUrl, 'pay', signer),
    clock: systemClock,
    nonce: () => randomBytes(12).toString('hex'),
  });
}

function keysIn(folder: string, signers: readonly SubMchId[]): ReadonlyMap<SubMchId, KeySet> | Finding {
  try {
    return readAllKeys(signers, folderKeys(folder).keys);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    return problem('api_keys', 'error', error.message, 'put it into the folder keys (docs/keys.md)');
  }
}
