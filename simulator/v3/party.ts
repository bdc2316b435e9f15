/**
 * Whose calls the simulated API v3 accepts: a merchant with its own number, or one under a service
 * provider. The fields are those of the configuration.
 */
export type SimulatedParty =
  | { readonly mode: 'direct'; readonly mchId: string; readonly appId: string }
  | {
      readonly mode: 'partner';
      readonly spMchId: string;
      readonly spAppId: string;
      readonly subMchId: string;
      readonly subAppId: string;
    };

/** The number that signs the party's calls. */
export function signerNumber(party: SimulatedParty): string {
  return party.mode === 'direct' ? party.mchId : party.spMchId;
}

/** The number that money is paid to. */
export function collectingNumber(party: SimulatedParty): string {
  return party.mode === 'direct' ? party.mchId : party.subMchId;
}
