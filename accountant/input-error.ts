/**
 * What the accountant has to fix before anything can be compared: one sentence that says what was
 * wrong and what to do.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}
