import type { V3Party } from '../../../config/v3-party';
import type { SharedState } from '../../../runtime/shared-state';
import type { WeChatPay } from '../../../wechat/port';

/*
 * How a channel is opened in cloud functions. `#cloud/call-…` in package.json names the code that
 * does it, or a stand-in: a bundle carries a channel, and the keys of API v3, only where a merchant
 * uses it.
 */

/** What a channel needs besides its settings. */
export interface Calling {
  /** How long one call of the port may take, in ms. */
  readonly timeoutMs: number;
  /** What all instances share. */
  readonly shared: SharedState;
}

/** Opens the channel of one merchant on API v3; null where the bundle does not carry it. */
export type OpenV3 = (calling: Calling) => (party: V3Party) => WeChatPay | null;

/** Opens cloud calls, for all merchants on cloudpay; null where the bundle does not carry them. */
export type OpenCloudPay = (calling: Calling) => WeChatPay | null;
