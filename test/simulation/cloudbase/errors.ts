import type { CloudBaseError } from '../../cloudbase/errors';

/** An error as wx-server-sdk shows it. */
export class SdkError extends Error {
  readonly errMsg: string;
  constructor(
    readonly errCode: number,
    text: string,
  ) {
    super(text);
    this.errMsg = `document:fail ${errCode}. ${text}`;
  }
}

/** The codes that wx-server-sdk keeps, of those the loopback answers with. */
const CODES: Readonly<Record<string, number>> = {
  EXCEED_REQUEST_LIMIT: -501_003,
  EXCEED_CONCURRENT_REQUEST_LIMIT: -501_004,
  DATABASE_REQUEST_FAILED: -502_001,
  DATABASE_INVALID_OPERRATOR: -502_002,
  DATABASE_COLLECTION_NOT_EXIST: -502_005,
};

/** What the SDK makes of a code it does not know. */
const SYSTEM_ERROR = -501_001;

/** A refusal by CloudBase, as the SDK shows it. Of an HTTP error it shows the status alone. */
export function shownBySdk({ code, message, status }: CloudBaseError): SdkError {
  if (status >= 400) return new SdkError(SYSTEM_ERROR, `resource system error. ${status} Conflict`);
  return new SdkError(CODES[code] ?? SYSTEM_ERROR, message);
}

/** What the SDK shows where no answer comes, one way or the other. */
export function noAnswer(isCut: boolean): SdkError {
  return isCut
    ? new SdkError(SYSTEM_ERROR, 'resource system error. socket hang up')
    : new SdkError(SYSTEM_ERROR, 'resource system error. 502 Bad Gateway');
}
