import type { UnknownReason } from '../port';

/** The pay APIs of CloudBase that this service calls, by the gateway's names. */
export type PayApiName =
  'unifiedOrder' | 'queryOrder' | 'closeOrder' | 'refund' | 'queryRefund' | 'downloadBill';

/** A request as it goes over the wire: snake_case, amounts as Numbers in fen. */
export type PayApiRequest = Readonly<Record<string, unknown>>;

/**
 * Why no answer from WeChat Pay arrived; a subset of the port's reasons, since no body was read.
 */
export interface TransportFailure {
  readonly kind: Extract<
    UnknownReason,
    'transport' | 'gateway' | 'missing_api_token' | 'rate_limited' | 'unverified'
  >;
  /** For people. Contains no secret and no payer. */
  readonly message: string;
}

/** The body as received, or what failed on the way. */
export type TransportResult =
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'failure'; readonly failure: TransportFailure };

/**
 * Carries one call to the pay gateway. Must not reject; a rejection still counts as a `transport`
 * failure.
 */
export type PayTransport = (apiName: PayApiName, request: PayApiRequest) => Promise<TransportResult>;
