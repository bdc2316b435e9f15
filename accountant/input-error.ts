/**
 * An error that the accountant can fix before comparing: one sentence with the problem and the
 * remedy.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}
