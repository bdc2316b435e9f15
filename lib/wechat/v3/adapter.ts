import type { Log } from '../../runtime/log';
import type { Timers } from '../../runtime/timers';
import type { Clock } from '../../values/instant';
import type { WeChatPay } from '../port';
import type { WeChatKey } from './keys';
import type { V3Keys } from './keys';
import type { V3Party } from './party';
import type { V3Transport } from './transport';

/** One merchant on API v3. */
export interface V3Settings {
  readonly party: V3Party;
  readonly keys: V3Keys;
  /** Base addresses without a final slash, such as `https://api.mch.weixin.qq.com`; then backups. */
  readonly hosts: readonly [string, ...string[]];
  readonly notifyUrls: { readonly pay: string; readonly refund: string };
  /** Time limit of one call of the port, retries included, in ms; 10,000 when absent. */
  readonly callMs?: number;
}

/** Platform certificates of one signer. In public-key mode there are none, and none is asked for. */
export interface V3Certificates {
  /** Keys that are known, downloaded first when there are none or they are old. Never rejects. */
  known(): Promise<readonly WeChatKey[]>;
  /**
   * Downloads again, because something is signed with a key that is not known, unless any process
   * did so a short time ago. Never rejects.
   */
  afterUnknownKey(): Promise<readonly WeChatKey[]>;
}

/** Calls that share a limit of WeChat Pay's. */
export const V3_RATE_GROUPS = ['prepay', 'query', 'close', 'refund', 'refund_query', 'bill'] as const;

/** One of `V3_RATE_GROUPS`. */
export type V3RateGroup = (typeof V3_RATE_GROUPS)[number];

/** The rate of one signer's calls, shared by all processes. */
export interface V3Rates {
  /**
   * Waits for a turn, for at most `withinMs`. False: none in time, and the call must not be sent.
   * Never rejects.
   */
  turn(group: V3RateGroup, withinMs: number): Promise<boolean>;
  /** WeChat Pay said "too many": every process pauses these calls for a moment. Never rejects. */
  refused(group: V3RateGroup): Promise<void>;
}

/** What the adapter needs besides its settings. */
export interface V3Deps {
  readonly transport: V3Transport;
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly log: Log;
  /** A fresh random text, at most 32 of `0-9A-Za-z`. */
  readonly nonce: () => string;
  readonly certificates: V3Certificates;
  readonly rates: V3Rates;
}

/** Certificates of a merchant in public-key mode. */
export const noCertificates: V3Certificates = {
  known: () => Promise.resolve([]),
  afterUnknownKey: () => Promise.resolve([]),
};

/** WeChat Pay through API v3, for one merchant. Every method resolves. */
export function createV3(deps: V3Deps, settings: V3Settings): WeChatPay {
  void [deps, settings];
  const answer = { kind: 'unknown', reason: 'transport', detail: 'not built yet' } as const;
  return {
    prepayBody: () => null,
    unifiedOrder: () => Promise.resolve(answer),
    queryOrder: () => Promise.resolve(answer),
    closeOrder: () => Promise.resolve(answer),
    refund: () => Promise.resolve(answer),
    queryRefund: () => Promise.resolve(answer),
    downloadBill: () => Promise.resolve(answer),
  };
}
