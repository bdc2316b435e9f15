import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SubMchId } from '../../../values/ids';
import { isRecord, parseJson } from '../../../values/json';
import type { V3Keys } from '../../../wechat/v3/keys/keys';
import type { WrittenReceivingKeys } from './receiving-keys';
import { readWrittenKeys, writtenKeysOf } from './receiving-keys';

/*
 * What a function that calls WeChat Pay needs of the keys: also the one that signs. The build puts
 * this file beside those bundles only, never beside a callback.
 */

/** The file beside the bundle of a function that calls WeChat Pay. */
export const CALLING_KEYS_FILE = 'calling-keys.json';

/** That file: the keys of each signing number. */
export type WrittenCallingKeys = Readonly<
  Record<
    string,
    WrittenReceivingKeys[string] & {
      readonly serial: string;
      readonly mode: V3Keys['mode'];
      /** PKCS #8, as PEM. */
      readonly privateKey: string;
    }
  >
>;

/** The keys of one signing number, as the build writes them. */
export function writtenCallingKeysOf(keys: V3Keys): WrittenCallingKeys[string] {
  return {
    ...writtenKeysOf(keys),
    serial: keys.serial,
    mode: keys.mode,
    privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/**
 * The keys of each signing number, from the folder of the bundle. Throws when the file is missing
 * or not as the build writes it; the error holds no part of a key.
 */
export function readCallingKeys(folder: string): (signer: SubMchId) => V3Keys {
  const written = parseJson(readFileSync(join(folder, CALLING_KEYS_FILE), 'utf8'));
  return (mchId) => {
    const one = isRecord(written) ? written[mchId] : null;
    const received = readWrittenKeys(one);
    if (!isRecord(one) || received === null) throw unusable(mchId);
    const { serial, mode, privateKey } = one;
    if (typeof serial !== 'string' || typeof privateKey !== 'string') throw unusable(mchId);
    if (mode !== 'public_key' && mode !== 'certificates') throw unusable(mchId);
    return { mchId, ...received, serial, mode, privateKey: createPrivateKey(privateKey) };
  };
}

function unusable(mchId: SubMchId): Error {
  return new Error(`${CALLING_KEYS_FILE} has no keys of ${mchId}: build again`);
}
