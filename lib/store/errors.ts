/**
 * How a store can fail.
 * - `unavailable`: no usable answer; the effect is unknown and the call may be repeated.
 * - `overloaded`: the database refused because of its load; nothing happened, retry later.
 * - `misconfigured`: a collection, index or permission is missing; a retry helps only once that is
 *   fixed.
 * - `too_large`: the answer does not fit; nothing happened, and a smaller request helps.
 * - `invalid`: the stored data or the request breaks the contract.
 * - `damaged`: the database's own file cannot be read or written correctly; a retry does not help.
 */
export type StoreErrorCode =
  'unavailable' | 'overloaded' | 'misconfigured' | 'too_large' | 'invalid' | 'damaged';

/** The only error a Store method rejects with. The message contains the fix and no payload. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The page mark was not given by this list. */
export class PageMarkError extends StoreError {
  constructor(message: string) {
    super('invalid', message);
  }
}
