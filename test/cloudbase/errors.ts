/**
 * An error answered by CloudBase: HTTP 200 and `{code, message}`. The SDK maps the few codes it
 * knows and drops the others, so the message text is part of the protocol.
 */
export class CloudBaseError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** The HTTP status of the answer. From 400 on the SDK shows neither code nor message. */
    readonly status = 200,
  ) {
    super(message);
    this.name = 'CloudBaseError';
  }
}

/**
 * A request the real SDK never sends. It is answered with INVALID_PARAM and kept in
 * `protocolErrors`.
 */
export class MalformedRequest extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedRequest';
  }
}

/** The database understood the request and cannot do it: what MongoDB itself refuses. */
export function requestFailed(message: string): CloudBaseError {
  return new CloudBaseError('DATABASE_REQUEST_FAILED', `[FailedOperation] ${message}`);
}

/**
 * An operator that is not allowed. Failure policy: fail closed. A query engine that silently
 * differs from MongoDB would let wrong product code pass its tests.
 */
export function operatorRefused(operator: string, where: string): CloudBaseError {
  return new CloudBaseError(
    'DATABASE_INVALID_OPERRATOR',
    `[InvalidParameter] the loopback database does not offer ${operator} in ${where}; add it to the allow-list with a test`,
  );
}

/** Refused for load: with the two codes of CloudBase for it. */
export function overloaded(of: 'requests' | 'connections'): CloudBaseError {
  return of === 'requests'
    ? new CloudBaseError('EXCEED_REQUEST_LIMIT', '[LimitExceeded] request rate exceeds the limit')
    : new CloudBaseError('EXCEED_CONCURRENT_REQUEST_LIMIT', '[LimitExceeded] too many connections');
}
