/**
 * An error its reader can fix: a wrong argument, or a server that does not answer. Shown as one
 * sentence; exit code 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
