/**
 * An error its reader can fix: a wrong argument, or a server that does not answer. Shown as one
 * sentence; exit code 2.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads arguments. Throws the reader's own `UsageError`, or one with what `parseArgs` says and the
 * usage below it.
 */
export function withUsage<Read>(usage: string, read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${error instanceof Error ? error.message : 'bad arguments'}\n${usage}`);
  }
}
