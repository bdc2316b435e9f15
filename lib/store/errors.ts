/**
 * What can go wrong with a store. `unavailable`: no answer, or not a usable one; the effect is unknown and the
 * call may be made again. `overloaded`: the database refused for load; nothing happened, try later.
 * `misconfigured`: a collection, index or permission is missing; trying again does not help until it is fixed.
 * `too_large`: the answer does not fit; nothing happened, and asking for less helps. `invalid`: what is stored, or was asked for,
 * breaks the contract. `damaged`: the database's own file cannot be read or written right; trying again does not help.
 */
export type StoreErrorCode =
  'unavailable' | 'overloaded' | 'misconfigured' | 'too_large' | 'invalid' | 'damaged';

/** The only error a Store method rejects with. The message says what to do and holds no payload. */
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

/** What was given as the mark of a page is none that this list gave. */
export class PageMarkError extends StoreError {
  constructor(message: string) {
    super('invalid', message);
  }
}
