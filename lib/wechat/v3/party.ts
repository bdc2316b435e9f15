import type { SubMchId } from '../../values/ids';

/** Whose name a v3 call is made in. */
export type V3Party =
  | { readonly mode: 'direct'; readonly mchId: SubMchId; readonly appId: string }
  | {
      readonly mode: 'partner';
      readonly spMchId: SubMchId;
      readonly spAppId: string;
      readonly subMchId: SubMchId;
      readonly subAppId: string;
    };

/** The number that signs and whose limits count. */
export function signerOf(party: V3Party): SubMchId {
  return party.mode === 'direct' ? party.mchId : party.spMchId;
}

/** The number that money is paid to. */
export function collectorOf(party: V3Party): SubMchId {
  return party.mode === 'direct' ? party.mchId : party.subMchId;
}
