/** A short text of a thrown value that may be stored and logged: our own and the SDK's messages carry no payload. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 200) : 'unknown error';
}
