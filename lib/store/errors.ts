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

/**
 * The data was moved to another store, which may have changed since: serving this one again would
 * make two shops of one. `place` names the other store, without user and password; `fix` says how
 * to serve it.
 */
export class MovedError extends StoreError {
  constructor(
    readonly place: string,
    on: string,
    fix: string,
  ) {
    super(
      'misconfigured',
      `this data was moved to ${place} on ${on} (Beijing) and is not served any more: ${fix} and ` +
        'start again. WeChat Pay delivers its notifications again meanwhile (docs/servers.md)',
    );
  }
}

/** The page mark was not given by this list. */
export class PageMarkError extends StoreError {
  constructor(message: string) {
    super('invalid', message);
  }
}
