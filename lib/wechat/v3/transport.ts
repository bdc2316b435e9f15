/** One HTTP request to API v3, complete: nothing may be added to it or changed on the way. */
export interface V3HttpRequest {
  readonly method: 'GET' | 'POST';
  /** The whole address. Its path and query are what was signed. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes that were signed; null for none. */
  readonly body: Buffer | null;
  /** Time limit of the whole exchange, connecting and reading included, in ms. */
  readonly timeoutMs: number;
  /** The most bytes read of the answer's body. A longer one is a failure. */
  readonly maxBytes: number;
}

/**
 * What came back. `sent` of a failure: `no` when the request certainly did not leave this machine,
 * `maybe` when it may have taken effect.
 */
export type V3HttpAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** By lower-case name. */
      readonly headers: Readonly<Record<string, string>>;
      /** The bytes that the signature covers. */
      readonly body: Buffer;
    }
  | {
      readonly kind: 'failure';
      readonly sent: 'no' | 'maybe';
      /** For people. Contains no secret and no payer. */
      readonly message: string;
    };

/** One HTTP exchange, without retries and without following redirects. Never rejects. */
export type V3Transport = (request: V3HttpRequest) => Promise<V3HttpAnswer>;
