import type { SimulatedParty } from './party';

/** An authenticated call of API v3, as an API sees it. */
export interface V3Call {
  readonly mode: SimulatedParty['mode'];
  /** The number that signed, and the party of this call under it. */
  readonly signer: string;
  readonly party: SimulatedParty;
  /** The number that money is paid to. */
  readonly collector: string;
  /** The variable parts of the path, decoded. */
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  /** The parsed body; null without one. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** Where a file is fetched from: scheme, host and everything before `/v3/`. */
  readonly base: string;
}
