import type { SubMchId } from '../values/ids';

/*
 * Apart from the settings' other types: callbacks need this, and no validation of settings, which
 * would double what their cold start loads.
 */

/** In whose name calls of API v3 are made. */
export type V3Party =
  | { readonly mode: 'direct'; readonly mchId: SubMchId; readonly appId: string }
  | {
      readonly mode: 'partner';
      readonly spMchId: SubMchId;
      readonly spAppId: string;
      readonly subMchId: SubMchId;
      readonly subAppId: string;
    };

/** The number that signs calls, whose keys are used and whose rate limits count. Pure. */
export function signerOf(party: V3Party): SubMchId {
  return party.mode === 'direct' ? party.mchId : party.spMchId;
}

/** The number that money is paid to: what the rest of the program calls the merchant. Pure. */
export function collectorOf(party: V3Party): SubMchId {
  return party.mode === 'direct' ? party.mchId : party.subMchId;
}
