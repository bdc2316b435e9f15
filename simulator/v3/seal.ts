import { createCipheriv, sign, type KeyObject } from 'node:crypto';
import { later, type Clock, type Instant } from '../../lib/values/instant';
import { hex, type Random } from '../randomness';
import type { PlatformCertificate } from './certificate';
import type { KeyStage, V3Conditions } from './conditions';
import type { SimulatedKeys } from './keys';

/** A key that signs, and the name it is known by. */
interface SigningKey {
  readonly serial: string;
  readonly key: KeyObject;
}

/** How an answer or a notification is signed. */
export type SealKind = 'truly' | 'signtest' | 'unknown_key';

/** Signs what WeChat Pay sends, with the keys that sign now. */
export interface Seal {
  /**
   * The signature headers of a body. `named`: the request's `Wechatpay-Serial`, which an answer
   * follows while the merchant changes keys.
   */
  headers(body: Buffer, how: SealKind, named?: string): Readonly<Record<string, string>>;
  /** The certificates that are listed now. */
  listed(): readonly PlatformCertificate[];
  /** WeChat Pay's own time, wrong by as much as the conditions say. */
  now(): Instant;
}

/** Creates a seal. */
export function createSeal(parts: {
  readonly keys: SimulatedKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly conditions: () => V3Conditions;
}): Seal {
  const { keys, clock, random, conditions } = parts;
  /** Counts what was signed, for keys that sign in turn. */
  let turn = 0;

  const publicKey: SigningKey = { serial: keys.wechatKeyId, key: keys.wechatKey };
  const certificate = (index: 0 | 1): SigningKey => {
    const { serial, privateKey } = keys.certificates()[index];
    return { serial, key: privateKey };
  };

  function keyNow(stage: KeyStage, named: string | undefined): SigningKey {
    switch (stage) {
      case 'public_key':
        return publicKey;
      case 'certificate':
      case 'certificate_announced':
        return certificate(0);
      case 'certificates_both':
        return certificate(turn++ % 2 === 0 ? 0 : 1);
      case 'certificate_replaced':
        return certificate(1);
      case 'to_public_key':
        if (named !== undefined) return named === publicKey.serial ? publicKey : certificate(0);
        return turn++ % 2 === 0 ? publicKey : certificate(0);
      case 'unknown_key':
        return { serial: 'PUB_KEY_ID_0999999999999999999999999999', key: keys.certificates()[1].privateKey };
    }
  }

  const now = (): Instant => later(clock.now(), conditions().clockAheadSeconds * 1000);

  return {
    now,
    headers(body, how, named) {
      const { serial, key } = keyNow(how === 'unknown_key' ? 'unknown_key' : conditions().keys, named);
      const timestamp = String(Math.floor(now() / 1000));
      const nonce = hex(random, 32);
      const text = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')]);
      const signature = sign('sha256', text, key).toString('base64');
      return {
        'wechatpay-timestamp': timestamp,
        'wechatpay-nonce': nonce,
        'wechatpay-signature':
          how === 'signtest'
            ? `WECHATPAY/SIGNTEST/${signature.slice('WECHATPAY/SIGNTEST/'.length)}`
            : signature,
        'wechatpay-serial': serial,
        'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
      };
    },
    listed() {
      switch (conditions().keys) {
        case 'public_key':
        case 'unknown_key':
          return [];
        case 'certificate':
        case 'to_public_key':
          return keys.certificates().slice(0, 1);
        case 'certificate_announced':
        case 'certificates_both':
          return keys.certificates();
        case 'certificate_replaced':
          return keys.certificates().slice(1);
      }
    },
  };
}

/** A text encrypted with the APIv3 key, as notifications and certificates carry it. */
export function encrypted(text: string, apiV3Key: string, nonce: string, associatedData: string) {
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(apiV3Key), Buffer.from(nonce));
  cipher.setAAD(Buffer.from(associatedData));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return {
    algorithm: 'AEAD_AES_256_GCM',
    nonce,
    associated_data: associatedData,
    ciphertext: ciphertext.toString('base64'),
  };
}
