import type { UnknownReason } from '../port';

/** The pay APIs of WeChat cloud development that this service calls, by the names the gateway knows. */
export type PayApiName =
  'unifiedOrder' | 'queryOrder' | 'closeOrder' | 'refund' | 'queryRefund' | 'downloadBill';

/** A request as it goes over the wire: snake_case, amounts as Numbers in fen. */
export type PayApiRequest = Readonly<Record<string, unknown>>;

/** Why no answer of WeChat Pay's own came back; a subset of the port's reasons, since the body was never read. */
export interface TransportFailure {
  readonly kind: Extract<UnknownReason, 'transport' | 'gateway' | 'missing_api_token' | 'rate_limited'>;
  /** For people: no secret, no payer. */
  readonly message: string;
}

/** The body as it came, or what went wrong on the way. */
export type TransportResult =
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'failure'; readonly failure: TransportFailure };

/** Carries one call to the pay gateway. Must not reject; a rejection is nevertheless taken as a `transport` failure. */
export type PayTransport = (apiName: PayApiName, request: PayApiRequest) => Promise<TransportResult>;
