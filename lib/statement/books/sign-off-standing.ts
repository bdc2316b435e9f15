/**
 * How the books of a day or month stand. `unsigned`: nobody has signed them; `signed`: they are as
 * they were signed; `amended`: they have changed since, or an amendment was opened; `not_kept`:
 * they were signed, and retention has removed what was.
 */
export const SIGN_OFF_STANDINGS = ['unsigned', 'signed', 'amended', 'not_kept'] as const;

/** One of `SIGN_OFF_STANDINGS`. */
export type SignOffStanding = (typeof SIGN_OFF_STANDINGS)[number];
