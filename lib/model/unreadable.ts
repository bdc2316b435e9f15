/**
 * A stored order or refund that this version cannot read: written by another version, an import or
 * by hand. It is shown as it is stored, so that a person can repair it in the database. Once it
 * fits, its queries continue and its fulfilment can be retried.
 */
export interface Unreadable {
  /** The order or refund number. */
  readonly name: string;
  /** What does not fit, in one sentence without a value. */
  readonly problem: string;
  /** Everything stored of it, as JSON text. Contains the payer: mask it before showing it. */
  readonly raw: string;
}
