/** A request to the simulated API v3. */
export interface V3Request {
  readonly method: string;
  /** Path and query exactly as sent, such as `/simulator/v3/certificates`: they are signed. */
  readonly path: string;
  /** By lower-case name. `host` tells the first host from the backup. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An answer of the simulated API v3. */
export interface V3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A v3 notification on its way to the merchant's `notify_url`. */
export interface V3Delivery {
  /** The path of `notify_url`. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Posts a notification to the merchant and resolves with the status of its answer; 200 and 204 ack.
 * May reject, which counts as no ack.
 */
export type DeliverV3 = (delivery: V3Delivery) => Promise<{ readonly status: number }>;
