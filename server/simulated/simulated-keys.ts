import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SubMchId } from '../../lib/values/ids';
import type { Instant } from '../../lib/values/instant';
import type { V3Keys } from '../../lib/wechat/v3/keys/keys';
import {
  certificatesOf,
  newApiV3Key,
  newPublicKeyId,
  newRsaKey,
  newSerial,
  type SimulatedKeys,
} from '../../simulator/v3/keys';
import { inPlainWords } from '../data/data-folder';

/**
 * The keys of a simulated API v3, in `simulated-keys/` of the data folder, so that any client can
 * speak to the simulator. They protect nothing.
 */
const FILES = {
  merchantKey: 'merchant-key.pem',
  merchantSerial: 'merchant-serial.txt',
  wechatPublic: 'wechatpay-public.pem',
  wechatPublicId: 'wechatpay-public-id.txt',
  wechatPrivate: 'wechatpay-private.pem',
  apiV3Key: 'apiv3-key.txt',
} as const;

/**
 * Reads the keys, or makes them when a file is missing: once, in about half a second of processor
 * time. The folder is for this user only (0700). Throws `StoreError` `misconfigured` with a fix.
 *
 * Platform certificates are made anew in each process that asks: a merchant downloads them.
 */
export function openSimulatedKeys(folder: string, now: Instant): SimulatedKeys {
  return inPlainWords(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const isWhole = Object.values(FILES).every((name) => existsSync(join(folder, name)));
    if (!isWhole) writeKeys(folder);
    const text = (name: string): string => readFileSync(join(folder, name), 'utf8').trim();
    let certificates: ReturnType<SimulatedKeys['certificates']> | null = null;
    return {
      merchantKey: createPrivateKey(text(FILES.merchantKey)),
      merchantSerial: text(FILES.merchantSerial),
      apiV3Key: text(FILES.apiV3Key),
      wechatKey: createPrivateKey(text(FILES.wechatPrivate)),
      wechatKeyId: text(FILES.wechatPublicId),
      certificates: () => (certificates ??= certificatesOf(newRsaKey(), newRsaKey(), now)),
    };
  });
}

/** The keys as the merchant `mchId` holds them. */
export function merchantKeys(keys: SimulatedKeys, mchId: SubMchId): V3Keys {
  return {
    mchId,
    privateKey: keys.merchantKey,
    serial: keys.merchantSerial,
    apiV3Keys: [Buffer.from(keys.apiV3Key)],
    wechatKeys: [{ id: keys.wechatKeyId, key: createPublicKey(keys.wechatKey), from: 'configured' }],
    mode: 'public_key',
  };
}

function writeKeys(folder: string): void {
  const wechat = newRsaKey();
  const write = (name: string, text: string): void => {
    writeFileSync(join(folder, name), `${text.trimEnd()}\n`, { mode: 0o600 });
  };
  write(FILES.merchantKey, pem(newRsaKey()));
  write(FILES.merchantSerial, newSerial());
  write(FILES.wechatPrivate, pem(wechat));
  write(FILES.wechatPublic, createPublicKey(wechat).export({ type: 'spki', format: 'pem' }).toString());
  write(FILES.wechatPublicId, newPublicKeyId());
  write(FILES.apiV3Key, newApiV3Key());
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
