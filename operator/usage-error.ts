/** What its reader can fix: a wrong argument, a server that does not answer. Shown as one sentence; the process ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
