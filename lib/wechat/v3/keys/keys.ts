import type { KeyObject } from 'node:crypto';
import type { SubMchId } from '../../../values/ids';

/** A key with which WeChat Pay signs: a public key of its own, or one of its certificates. */
export interface WeChatKey {
  /** `PUB_KEY_ID_…`, or a certificate's serial number in upper case. */
  readonly id: string;
  /** The public half. */
  readonly key: KeyObject;
  readonly from: 'configured' | 'downloaded';
}

/**
 * How WeChat Pay proves itself to this merchant. `certificates`: its platform certificates are
 * downloaded; configured public keys are believed too, as during a change from one to the other.
 */
export const V3_KEY_MODES = ['public_key', 'certificates'] as const;

/** One of `V3_KEY_MODES`. */
export type V3KeyMode = (typeof V3_KEY_MODES)[number];

/** The keys of one signing merchant number. They live in memory only: never in a log or a store. */
export interface V3Keys {
  /** The number that signs: the merchant's own, or its service provider's. */
  readonly mchId: SubMchId;
  readonly privateKey: KeyObject;
  /** The serial number of our own API certificate, in upper case. */
  readonly serial: string;
  /** APIv3 keys of 32 bytes: the present one first, and a second one during a rotation. */
  readonly apiV3Keys: readonly [Buffer, ...Buffer[]];
  /**
   * Public keys of WeChat Pay, the one to request first. Two during a change; may be empty in
   * certificate mode, where the rest is downloaded.
   */
  readonly wechatKeys: readonly WeChatKey[];
  readonly mode: V3KeyMode;
}
